// Why: what people wrote by hand (cards, orders, settings) is read before a run does, and what is wrong with it is
// said.
// Promises: the same readers as the daemon's. A text that an editor holds is read in the place of its file.
// Never: changes anything.
import { stat } from 'node:fs/promises';
import { admitOrder } from '../delegation/admission.ts';
import { resolveAfter } from '../delegation/bonds.ts';
import { circleProblem, inPostingOrder, type Lying } from '../delegation/siblings.ts';
import { repositoryPaths, type UnmatchedLine, unmatchedLines } from '../delegation/unmatched.ts';
import type { History } from '../ledger/history.ts';
import { isForeign } from '../order/foreign-file.ts';
import { parseOrder } from '../order/order.ts';
import { listStems } from '../order/scan.ts';
import { asPlainFile, listFolder, type PlainFile, readPlain } from '../platform/files/files.ts';
import { globsContain, globsOverlap } from '../platform/text/compare.ts';
import { Fault, isReason } from '../platform/text/fault.ts';
import type { Problem } from '../platform/text/problem.ts';
import { inboxFolder } from '../record/path.ts';
import { noApproval } from '../role/approval.ts';
import type { GlobLine } from '../role/patterns.ts';
import { type Card, type CardReading, readCards } from '../role/roles.ts';
import { networkFlaw } from '../runs/egress.ts';
import { planLaunch } from '../runs/launch.ts';
import type { Look } from '../workspace/look.ts';
import { parseSettings } from '../workspace/settings.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { checkFlow, checkFlows, isFlowFile, planDoubts } from './check-flows.ts';
import { equipmentProblems } from './equipment.ts';
import { repoDoubts } from './setups.ts';
import { type Site, withLook } from './site.ts';

/** One file that was read: its path in the workspace, its text, and what is wrong with it. */
export type CheckedFile = { readonly file: string; readonly source: string; readonly problems: readonly Problem[] };

/** Texts by the absolute paths of their files: they are not saved yet, or not there at all. */
export type UnsavedTexts = ReadonlyMap<string, string>;

/**
 * Checks the whole workspace, or the named files (absolute paths). For a named file, a text of `unsaved` is read in its
 * place. Throws Fault `usage` for a file that is not there.
 */
export function checkWorkspace(
  site: Site,
  paths: readonly string[] = [],
  unsaved: UnsavedTexts = new Map(),
): Promise<CheckedFile[]> {
  return withLook(site, ({ workspace, history }) =>
    paths.length === 0 ? checkAll(workspace, history) : checkPaths(workspace, history, { paths, unsaved }),
  );
}

type TextReader = (path: string) => Promise<PlainFile>;

// Reads as the disk would be read if the texts were saved.
function readUnsaved(unsaved: UnsavedTexts): TextReader {
  return async (path) => {
    const text = unsaved.get(path);
    return text === undefined ? readPlain(path) : asPlainFile(text);
  };
}

async function checkAll(workspace: Workspace, history: History): Promise<CheckedFile[]> {
  const { places } = workspace;
  const paths = await repositoryPaths(workspace);
  const circles = await circlesLying(workspace);
  const findings: CheckedFile[] = [
    ...(await checkSettings(workspace, readPlain, paths)),
    ...(await Promise.all(
      (
        await readCards(places)
      ).map(async (card) => withPlan({ workspace, history }, card, await checkCard(workspace, card, paths))),
    )),
    ...(await checkFlows(workspace)),
  ];
  for (const role of await listFolder(places.inbox)) {
    if (role === 'operator' || role.startsWith('.')) continue;
    for (const name of await listFolder(inboxFolder(places, role)).catch(() => []))
      if (!isForeign(name))
        findings.push(
          await checkOrder(workspace, history, {
            path: `${inboxFolder(places, role)}/${name}`,
            read: readPlain,
            circles,
          }),
        );
  }
  return findings;
}

async function checkPaths(
  workspace: Workspace,
  history: History,
  { paths, unsaved }: { readonly paths: readonly string[]; readonly unsaved: UnsavedTexts },
): Promise<CheckedFile[]> {
  const { places } = workspace;
  const findings: CheckedFile[] = [];
  const known = await repositoryPaths(workspace);
  const circles = await circlesLying(workspace);
  const read = readUnsaved(unsaved);
  const cards = await readCards(places, read, [...unsaved.keys()]);
  for (const path of paths) {
    if (!unsaved.has(path) && (await stat(path).catch(() => null)) === null)
      throw new Fault('usage', `there is no file ${path}`, { hint: 'without a path everything is checked' });
    const card = cards.find((one) => `${places.root}/${one.file}` === path);
    if (card !== undefined)
      findings.push(await withPlan({ workspace, history }, card, await checkCard(workspace, card, known)));
    else if (isFlowFile(workspace, path)) findings.push(await checkFlow(workspace, path, read));
    else if (path === places.settings) findings.push(...(await checkSettings(workspace, read, known)));
    else findings.push(await checkOrder(workspace, history, { path, read, circles }));
  }
  return findings;
}

async function checkSettings(workspace: Workspace, read: TextReader, paths: readonly string[]): Promise<CheckedFile[]> {
  const file = await read(workspace.places.settings);
  if (file.kind === 'absent') return [];
  const name = 'fourline.yaml';
  if (file.kind === 'flawed') {
    const message = `it cannot be read: ${file.flaw}`;
    return [{ file: name, source: '', problems: [{ code: 'settings', level: 'error', message, line: 1, column: 1 }] }];
  }
  const { settings, problems } = parseSettings(file.text);
  const doubts = [
    ...unmatchedLines(paths, [], settings.approve).map(doubtOf),
    ...(await repoDoubts(workspace, settings.repos)).map(
      ({ line, message, hint }): Problem => ({
        code: 'settings-unmatched',
        level: 'warning',
        message,
        line,
        column: 1,
        hint,
      }),
    ),
  ];
  return [{ file: name, source: file.text, problems: [...problems, ...doubts] }];
}

function doubtOf({ words, line }: UnmatchedLine): Problem {
  const hint = 'it may come later; a pattern is a workspace path: repos/<name>/…, or repos/*/…';
  return { code: 'pattern-unmatched', level: 'warning', message: words, line, column: 1, hint };
}

/** Checks a text for a card that is not in its place yet. */
export async function checkCardText(workspace: Workspace, card: CardReading): Promise<CheckedFile> {
  return checkCard(workspace, card, await repositoryPaths(workspace));
}

// A card that names missing roles is doubtful, not wrong: the other card may come later.
async function checkCard(workspace: Workspace, card: CardReading, paths: readonly string[]): Promise<CheckedFile> {
  const role = card.card?.role;
  const strangers = role?.send.filter((one) => !workspace.cards.has(one.role) && one.role !== 'operator') ?? [];
  // The limits whose numbers this agent is not known to report. An agent that speaks the protocol may report money.
  const untold = (['tokens', 'context', 'turns', 'usd'] as const).filter(
    (name) => role?.agent.kind !== 'cli' && !(role?.agent.kind === 'acp' && name === 'usd'),
  );
  const idle = role !== undefined && untold.some((name) => role.limits[name] !== undefined);
  const launch = role === undefined ? null : await planLaunch(role);
  const network = role === undefined || launch === null || isReason(launch) ? null : networkFlaw(role, launch);
  const doubts: Problem[] = [
    ...(await equipmentProblems(workspace, card, launch === null || isReason(launch) ? null : launch)),
    ...strangers.map(
      (one): Problem => ({
        code: 'role-send-unknown',
        level: 'warning',
        message: `send: there is no role '${one.role}' yet`,
        line: one.line,
        column: 1,
      }),
    ),
    ...sharedState(workspace, card),
    ...(card.card === null ? [] : unmatchedLines(paths, [card.card], noApproval).map(doubtOf)),
    ...(idle
      ? [
          {
            code: 'role-limit-idle',
            level: 'warning',
            message: `limits: ${untold.join(', ')} are not measured for agent: ${role.agent.kind}, which doesn't report them`,
            line: 1,
            column: 1,
          } satisfies Problem,
        ]
      : []),
    ...(network === null
      ? []
      : [{ code: 'role-network-model', level: 'error', message: network, line: 1, column: 1 } as const]),
  ];
  return { file: card.file, source: card.text, problems: [...card.problems, ...doubts] };
}

async function withPlan(
  asked: Pick<Look, 'workspace' | 'history'>,
  { card, text }: CardReading,
  checked: CheckedFile,
): Promise<CheckedFile> {
  const doubts = card === null ? [] : await planDoubts(asked, card.role, text);
  return { ...checked, problems: [...checked.problems, ...doubts] };
}

// A state file has one owner. Two cards that may write one are doubtful, not wrong: what they write at once merges or
// conflicts, as code does.
function sharedState(workspace: Workspace, { name, card }: CardReading): Problem[] {
  if (card === null) return [];
  const stateOf = ({ role }: Card): readonly GlobLine[] =>
    role.write.filter(({ glob }) => glob.text.startsWith('state/'));
  return [...workspace.cards].flatMap(([other, theirs]) => {
    if (other === name) return [];
    const denied = [...card.role.deny, ...theirs.role.deny].map((one) => one.glob.text);
    const open = (one: GlobLine): boolean => !globsContain(denied, one.glob.text);
    return stateOf(card)
      .filter(open)
      .flatMap((mine) =>
        stateOf(theirs)
          .filter((one) => open(one) && globsOverlap(mine.glob.text, one.glob.text))
          .map((one) => shared(mine.line, `${theirs.file}:${one.line}  ${one.glob.text}`)),
      );
  });
}

function shared(line: number, theirs: string): Problem {
  return {
    code: 'role-state-shared',
    level: 'warning',
    message: `write: may change state files that ${theirs} may change as well`,
    line,
    column: 1,
    hint: 'let one role own a state file and give the other read:; what both write at once is merged, or handed back',
  };
}

async function checkOrder(
  workspace: Workspace,
  history: History,
  { path, read, circles }: { path: string; read: TextReader; circles: ReadonlyMap<string, string> },
): Promise<CheckedFile> {
  const name = path.startsWith(`${workspace.places.root}/`) ? path.slice(workspace.places.root.length + 1) : path;
  const file = await read(path);
  if (file.kind !== 'text')
    return {
      file: name,
      source: '',
      problems: [
        {
          code: 'order-unreadable',
          level: 'error',
          message: `the file cannot be read: ${file.kind === 'flawed' ? file.flaw : 'it is gone'}`,
          line: 1,
          column: 1,
        },
      ],
    };
  const reading = parseOrder(file.text);
  if (!reading.ok) return { file: name, source: file.text, problems: reading.problems };
  const [top, role, base] = name.split('/');
  if (top !== 'inbox' || role === undefined || base === undefined)
    return { file: name, source: file.text, problems: reading.order.warnings };
  const { settings } = reading.order;
  const known = history.orders.get(base.replace(/\.md$/, ''));
  const lying = await listStems(workspace.places.inbox);
  const admission = await admitOrder(workspace, history, {
    ...(known === undefined ? {} : { id: known.id }),
    role,
    order: reading.order,
    file: 'order',
    ...{ after: resolveAfter(history, settings.after, lying, known), lying },
    parent: known?.bonds.parent ?? settings.parent ?? null,
  });
  const circle = circles.get(base.replace(/\.md$/, ''));
  const waits: Problem[] = circle === undefined || !admission.ok ? [] : [circleProblem(circle)];
  return {
    file: name,
    source: file.text,
    problems: [...reading.order.warnings, ...waits, ...(admission.ok ? admission.doubts : admission.problems)],
  };
}

// Files that lie in inboxes and wait for each other; each stem with its circle.
async function circlesLying({ places }: Workspace): Promise<ReadonlyMap<string, string>> {
  const lying: Lying[] = [];
  for (const role of await listFolder(places.inbox)) {
    if (role === 'operator' || role.startsWith('.')) continue;
    for (const name of await listFolder(inboxFolder(places, role)).catch(() => [])) {
      const file = isForeign(name) ? null : await readPlain(`${inboxFolder(places, role)}/${name}`);
      const reading = file?.kind === 'text' ? parseOrder(file.text) : null;
      if (reading?.ok === true)
        lying.push({ role, stem: name.replace(/\.md$/, ''), after: reading.order.settings.after });
    }
  }
  return inPostingOrder(lying).circles;
}
