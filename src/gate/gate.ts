// Why: the law. Turns changes into verdicts: role's write globs, the order's Files, and a floor nobody passes.
// Promises: total (each change gets one verdict), ordered (path and kind, floor, write and deny, Files, contract),
// explained (the deciding line is named). Pure.
// Never: asks a tool what it meant to do; knows which program wrote a file.
import type { Change } from '../changes/change.ts';
import type { Moves } from '../changes/move.ts';
import { pathFlaw } from '../changes/path.ts';
import type { Grant, Matcher } from '../role/grant.ts';
import type { ClosedPin } from './contract.ts';
import { askFloor } from './floor.ts';
import { type BasePaths, refuseRepositories } from './repository.ts';
import { refuseSpellings } from './spelling.ts';
import type { Deciding, RefusalReason, Verdict } from './verdict.ts';

/**
 * The rules for judging a run: the frozen card, the order's Files in workspace terms (null: the question has no order),
 * and the pinned files of its plan that it may not change.
 */
export type Law = {
  readonly grant: Grant;
  readonly scope: Matcher | null;
  readonly pinned: readonly ClosedPin[];
  /** True: by the floor of version 0.1, for what landed then. */
  readonly firstFloor?: boolean;
};

type GateAsked = Pick<Change, 'path' | 'what' | 'flaw'>;

/** Judges a path that somebody would change: by its name alone, before there is anything to look at. */
export function judgePath(path: string, law: Law, what: Change['what'] = 'modified'): Verdict {
  return judgeOne({ path, what, flaw: pathFlaw(path) }, law);
}

/** Judges one change on its own. */
export function judgeOne(change: GateAsked, law: Law): Verdict {
  const { grant, scope } = law;
  const refuse = (reason: RefusalReason, sentence: string, by: readonly Deciding[] = []): Verdict => ({
    decision: 'refuse',
    path: change.path,
    what: change.what,
    reason,
    sentence,
    by,
  });
  if (change.flaw !== null) return refuse(change.flaw.code.startsWith('path') ? 'path' : 'kind', change.flaw.message);
  if (change.path.startsWith('inbox/') || change.path === 'inbox') return judgeMail(change, grant, refuse);
  const floor = askFloor(change.path, law.firstFloor);
  if (floor.kind === 'closed') return refuse('floor', floor.sentence);
  const stands = change.what !== 'added';
  const deny = grant.deny.match(change.path, stands);
  if (deny !== undefined) return refuse('deny', 'the card denies it', [gatePlain(deny)]);
  const write =
    floor.kind === 'literal'
      ? grant.write.entries.find((one) => one.literal && one.pattern === change.path)
      : grant.write.match(change.path, stands);
  const inScope = scope?.match(change.path, stands);
  if (write === undefined) {
    const why = floor.kind === 'literal' ? floor.sentence : `no write: line of ${grant.file} matches`;
    return refuse(
      floor.kind === 'literal' ? 'floor' : 'write',
      scope !== null && inScope === undefined ? `not in the order's Files; ${why}` : why,
    );
  }
  if (scope === null) return { decision: 'allow', path: change.path, what: change.what, by: [gatePlain(write)] };
  if (inScope === undefined) return refuse('files', "not in the order's Files", [gatePlain(write)]);
  const pin = law.pinned.find((one) => one.path === change.path);
  if (pin !== undefined) return refuse('contract', pin.sentence, [gatePlain(write), gatePlain(inScope)]);
  return { decision: 'allow', path: change.path, what: change.what, by: [gatePlain(write), gatePlain(inScope)] };
}

// Mail is written as a new file of its own in the tray of a role that send: names.
function judgeMail(
  change: GateAsked,
  grant: Grant,
  refuse: (reason: RefusalReason, sentence: string, by?: readonly Deciding[]) => Verdict,
): Verdict {
  const [, role = '', name = '', ...deeper] = change.path.split('/');
  const send = grant.send.find((one) => one.role === role);
  if (send === undefined)
    return refuse(
      'send',
      grant.send.length === 0
        ? `send: of ${grant.file} names nobody`
        : `send: of ${grant.file} names ${grant.send.map((one) => one.role).join(', ')}`,
    );
  const by = [{ file: grant.file, line: send.line, pattern: `send: ${role}` }];
  if (deeper.length > 0 || !/^[^.].*\.md$/.test(name))
    return refuse('mail', 'an order is one .md file in the tray', by);
  if (change.what === 'deleted') return refuse('mail', 'mail cannot be taken back', by);
  return { decision: 'allow', path: change.path, what: change.what, by };
}

function gatePlain(source: Deciding): Deciding {
  return { file: source.file, line: source.line, pattern: source.pattern };
}

/**
 * Judges all changes of a run. `basePaths` are the paths of the base around them (see `standingAround`), or all: a file
 * may not take the place of a folder (or the reverse) when that would take along a path that does not land, none may
 * stand beside another spelling of its name, and no folder may become a git repository. `moves` says where deleted
 * files went: a deletion whose content lands nowhere else is refused with it.
 */
export function judge(
  changes: readonly Change[],
  law: Law,
  basePaths: Iterable<string>,
  moves: Moves = new Map(),
): Verdict[] {
  // Only an addition, or a part of a repository, is held against the base.
  let known: ReadonlySet<string> | undefined;
  const base: BasePaths = () => {
    known ??= new Set(basePaths);
    return known;
  };
  let current = changes.map((change) => judgeOne(change, law));
  // One refusal can be the cause of another.
  for (let before = -1; before !== countRefused(current); ) {
    before = countRefused(current);
    const apart = refuseSpellings(refuseClashes(refuseHalfMoves(current, moves), base), base);
    current = law.firstFloor === true ? apart : refuseRepositories(apart, base);
  }
  return tellMoves(current, moves);
}

function countRefused(verdicts: readonly Verdict[]): number {
  return verdicts.filter((one) => one.decision === 'refuse').length;
}

// Both ends of a move name each other. When a file went to several places, it names the place that lands.
function tellMoves(verdicts: Verdict[], moves: Moves): Verdict[] {
  if (moves.size === 0) return verdicts;
  const from = new Map([...moves].flatMap(([path, to]) => to.map((one) => [one, path] as const)));
  const allowed = new Set(verdicts.filter((one) => one.decision === 'allow').map((one) => one.path));
  return verdicts.map((one) => {
    const to = one.what === 'deleted' ? moves.get(one.path) : undefined;
    const moved = to === undefined ? from.get(one.path) : (to.find((path) => allowed.has(path)) ?? to[0]);
    return moved === undefined ? one : { ...one, moved };
  });
}

/**
 * Refuses the deletion of a file whose content lands nowhere, and turned up where it may not: else it would be gone
 * from the branch.
 */
export function refuseHalfMoves(verdicts: Verdict[], moves: Moves): Verdict[] {
  if (moves.size === 0) return verdicts;
  const allowed = new Set(verdicts.filter((one) => one.decision === 'allow').map((one) => one.path));
  const known = new Set(verdicts.map((one) => one.path));
  return verdicts.map((one) => {
    const to = one.what === 'deleted' && one.decision === 'allow' ? (moves.get(one.path) ?? []) : [];
    const refused = to.find((path) => known.has(path));
    if (refused === undefined || to.some((path) => allowed.has(path))) return one;
    const sentence = `it moved to ${refused}, which is refused`;
    return { ...one, decision: 'refuse', reason: 'move', sentence };
  });
}

// Until nothing changes any more: refusing one half of a swap can uncover the next.
function refuseClashes(verdicts: readonly Verdict[], basePaths: BasePaths): Verdict[] {
  let current = [...verdicts];
  // A file of the base stands in nobody's place.
  if (!current.some((one) => one.decision === 'allow' && one.what === 'added')) return current;
  const base = basePaths();
  for (;;) {
    const gone = new Set(
      current.filter((one) => one.decision === 'allow' && one.what === 'deleted').map((one) => one.path),
    );
    const standing = new Set([...base].filter((path) => !gone.has(path)));
    const folders = foldersAbove(standing);
    let moved = false;
    current = current.map((one) => {
      if (one.decision !== 'allow' || one.what === 'deleted') return one;
      const above = parentsOf(one.path).find((parent) => standing.has(parent));
      if (above === undefined && !folders.has(one.path)) return one;
      moved = true;
      const sentence =
        above === undefined ? 'it would replace a folder whose files do not land' : `${above} is a file that stays`;
      return { ...one, decision: 'refuse', reason: 'clash', sentence };
    });
    if (!moved) return current;
  }
}

function foldersAbove(paths: Iterable<string>): Set<string> {
  const out = new Set<string>();
  for (const path of paths)
    for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
      const folder = path.slice(0, cut);
      // With a folder, those above it are known.
      if (out.has(folder)) break;
      out.add(folder);
    }
  return out;
}

function parentsOf(path: string): string[] {
  const out: string[] = [];
  for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) out.push(path.slice(0, cut));
  return out;
}

/** With `on-refusal: reject`, one refusal refuses all. */
export function rejectAll(verdicts: readonly Verdict[]): Verdict[] {
  const cause = verdicts.find((one) => one.decision === 'refuse');
  if (cause === undefined) return [...verdicts];
  return verdicts.map((one) =>
    one.decision === 'refuse'
      ? one
      : {
          ...one,
          decision: 'refuse',
          reason: 'rejected',
          sentence: `on-refusal: reject, and ${cause.path} was refused`,
        },
  );
}
