// Why: one order, whole: what was asked, how it went, what became of each change; on demand its patches, its
// conversation, its brief.
// Promises: everything is as the record has it; a patch is given to the byte.
// Never: changes anything; judges again.
import type { Verdict } from '../gate/verdict.ts';
import type { Entry } from '../ledger/entry.ts';
import { undoOf } from '../ledger/fold.ts';
import type { History } from '../ledger/history.ts';
import { type FlatStanding, flattenStanding, type Standing } from '../ledger/standing.ts';
import { authorOf } from '../ledger/story.ts';
import { parseOrder } from '../order/order.ts';
import { hasObject } from '../platform/git/git.ts';
import { Fault } from '../platform/text/fault.ts';
import type { Problem } from '../platform/text/problem.ts';
import { escapeLines, escapeText } from '../platform/text/text.ts';
import { findFreshFile, findOrderText } from '../record/inbox.ts';
import { patchOf } from '../record/keep.ts';
import { recordFolder } from '../record/path.ts';
import { askedFor, tellOrders } from '../waiting/drafts.ts';
import { findOrder, type Look } from '../workspace/look.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { rawOf, showTurns, type Turn, turnsOf } from './conversation.ts';
import { type KeptFile, readKept, readRecord, readRecordBytes, readVerdicts } from './record-files.ts';
import { localPath, type Site, withLook } from './site.ts';

/** The parts of an order to read besides the summary. */
export type OrderParts = {
  readonly patches?: boolean;
  /** The agent's words: as a conversation, or as its program printed them. */
  readonly log?: 'turns' | 'raw';
  readonly brief?: boolean;
  /** The orders that came of the same first order. */
  readonly family?: boolean;
};

/** An order of the same family: where it stands, and which order it came from. */
export type Kin = Pick<FlatStanding, 'id' | 'role' | 'title' | 'parent' | 'position' | 'outcome'>;

/** A patch as text for reading, and to the byte as base64; null when there is none. */
export type Patch = { readonly text: string | null; readonly base64: string | null };

/**
 * Two sets of changes. `landed` has landed or waits to, with the orders it sends. `refused` comes with the files that
 * no patch can hold.
 */
export type Patches = {
  readonly landed: Patch & { readonly orders: readonly HeldOrder[] };
  readonly refused: Patch & { readonly kept: readonly KeptFile[] };
};

/** An order that a held landing would send: its text, and how it is told to the person who decides. */
export type HeldOrder = Awaited<ReturnType<typeof askedFor>>[number] & {
  readonly told: { readonly title: string; readonly lines: readonly string[] };
};

/** The agent's words, as turns and as a text; null when no run has begun. Raw there are no turns. */
export type RunLog = { readonly text: string | null; readonly turns: readonly Turn[] };

/** One order. `patches`, `log`, `brief` and `family` are there when they were asked for. */
export type OrderDetails = FlatStanding & {
  /** The folder of its record. */
  readonly folder: string;
  /** True where an undo took back what it landed, and that undo holds. */
  readonly undone: boolean;
  /** Its text; null when it is gone. */
  readonly text: string | null;
  readonly report: string | null;
  /** The doubts that fourline has about its text. */
  readonly doubts: readonly Problem[];
  readonly verdicts: readonly Verdict[];
  /** Its lines of the journal. */
  readonly steps: readonly Entry[];
  readonly patches?: Patches;
  readonly log?: RunLog;
  /** The brief that its agent got; null before its first run. */
  readonly brief?: { readonly text: string | null };
  /** Its family in the order of their ids, with itself. */
  readonly family?: readonly Kin[];
};

/** The verdicts on an order's changes, and its outcome. Without `role`, the gate has judged nothing yet. */
export type JudgedChanges = {
  readonly id: string;
  readonly role?: string;
  readonly outcome?: FlatStanding['outcome'];
  /** How many changed files the repository ignores. */
  readonly scratch?: number;
  readonly verdicts: readonly Verdict[];
};

/** Reads one order; `id` is its id or a prefix. Throws Fault `order-unknown`, `order-ambiguous`. */
export function readDetails(site: Site, id: string, parts: OrderParts = {}): Promise<OrderDetails> {
  return withLook(site, async ({ workspace, history, steps }) => {
    const { places } = workspace;
    const standing = await standingOf(workspace, history, id);
    const text = await findOrderText(places, standing.id);
    const reading = parseOrder(text ?? '', true);
    return {
      ...flattenStanding(standing),
      folder: recordFolder(places, standing),
      undone: undoOf(history, standing) !== null,
      text,
      report: await readRecord(places, standing, 'report.md'),
      doubts: reading.ok ? reading.order.warnings : [],
      verdicts: (await readVerdicts(places, standing))?.verdicts ?? [],
      steps: steps.of(standing.id),
      ...(parts.patches === true ? { patches: await readPatches(workspace, standing) } : {}),
      ...(parts.log === undefined
        ? {}
        : { log: logOf(await readRecord(places, standing, 'transcript.jsonl'), parts.log) }),
      ...(parts.brief === true ? { brief: { text: await readRecord(places, standing, 'brief.md') } } : {}),
      ...(parts.family === true ? { family: familyOf(history, standing) } : {}),
    };
  });
}

function familyOf(history: History, { bonds: { root } }: Standing): Kin[] {
  return history.orders
    .with('root', root)
    .map(({ id, role, position, asked: { title }, bonds: { parent }, end: { outcome } }) => {
      return { id, role, title, parent, position, outcome };
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Gives the verdicts on an order's changes, or on those at or below `path`. Throws Fault `path-unchanged`,
 * `order-unknown`, `order-ambiguous`.
 */
export function explainOrder(site: Site, id: string, path?: string): Promise<JudgedChanges> {
  return withLook(site, async ({ workspace, history }) => {
    const standing = await standingOf(workspace, history, id);
    const record = await readVerdicts(workspace.places, standing);
    if (record === null) return { id: standing.id, verdicts: [] };
    const local = (full: string): string => localPath(standing.asked.repo, full);
    const isAt = (full: string): boolean => path === undefined || full === path || full.startsWith(`${path}/`);
    const verdicts = record.verdicts.filter((one) => isAt(one.path) || isAt(local(one.path)));
    if (path !== undefined && verdicts.length === 0)
      throw new Fault('path-unchanged', `${standing.id} changed nothing at '${path}'`, {
        hint: `fourline why ${standing.id} lists what it changed`,
      });
    return { id: standing.id, role: standing.role, outcome: standing.end.outcome, scratch: record.scratch, verdicts };
  });
}

/** The steps that are asked for: whose, how many at most (40), and up to which line of the journal. */
export type StepQuestion = {
  readonly who?: string | undefined;
  readonly last?: number | undefined;
  readonly until?: number | undefined;
};

/**
 * The last steps: of everybody, of one role, or of one order; with `until` only those up to that line of the
 * journal. Throws Fault `order-unknown`, `order-ambiguous`.
 */
export function readSteps(site: Site, { who, last = 40, until }: StepQuestion): Promise<readonly Entry[]> {
  return withLook(site, async (look) => {
    const unread = look.damaged.filter(({ line }) => until !== undefined && line <= until).length;
    const steps = until === undefined ? look.steps : await look.steps.upTo(until - unread);
    const count = Math.max(1, last);
    return stepsAbout({ ...look, steps }, who, count).slice(-count);
  });
}

function stepsAbout({ workspace, history, steps }: Look, who: string | undefined, count: number): readonly Entry[] {
  if (who === undefined) return steps.last(count);
  // Letters may have come from a role that never had a card; an order's name begins with its number.
  const hasCard = workspace.cards.has(who) || workspace.broken.has(who);
  if (hasCard || history.roles.has(who) || !/^\d{4}/.test(who)) {
    const own = steps.last(count, (entry) => authorOf(entry) === who);
    if (hasCard || who === 'operator' || own.length > 0) return own;
  }
  return steps.of(namedOrder(history, who, [...workspace.cards.keys()]));
}

function namedOrder(history: History, who: string, roles: readonly string[]): string {
  try {
    return findOrder(history, who);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'order-unknown') throw error;
    throw new Fault('order-unknown', `'${who}' is neither a role nor an order`, {
      hint: `the roles are ${roles.join(', ') || 'none yet'}; fourline status lists the orders`,
    });
  }
}

async function standingOf({ places }: Workspace, history: History, prefix: string): Promise<Standing> {
  try {
    const standing = history.orders.get(findOrder(history, prefix));
    if (standing !== undefined) return standing;
  } catch (error) {
    const unknown = error instanceof Fault && error.code === 'order-unknown';
    const begin = /^\d+$/.test(prefix) ? `${prefix.padStart(4, '0')}-` : prefix;
    const fresh = unknown ? await findFreshFile(places, begin) : null;
    if (fresh === null) throw error;
    const file = `inbox/${fresh.role}/${escapeText(fresh.name)}`;
    throw new Fault('order-unknown', `${file} is not taken yet`, {
      hint: `fourline start takes it; fourline check ${file} says what may be wrong with it`,
    });
  }
  throw new Fault('order-unknown', `there is no order '${prefix}'`);
}

async function readPatches(workspace: Workspace, standing: Standing): Promise<Patches> {
  const { places } = workspace;
  const mail = standing.pause.held === null ? [] : await askedFor(places, standing.id);
  const told = tellOrders(mail, 1000);
  return {
    landed: {
      ...patchData((await landedPatch(workspace, standing)) ?? (mail.length === 0 ? null : Buffer.alloc(0))),
      orders: mail.map((one, index) => ({ ...one, told: told[index] ?? { title: one.id, lines: [] } })),
    },
    refused: {
      ...patchData(await readRecordBytes(places, standing, 'refused.patch')),
      kept: await readKept(places, standing),
    },
  };
}

// Gives a patch twice, because a patch of a file that isn't UTF-8 isn't UTF-8 either: its bytes apply, its text is for
// reading.
function patchData(patch: Buffer | null): Patch {
  return { text: patch?.toString() ?? null, base64: patch?.toString('base64') ?? null };
}

/** The patch of what an order landed or waits to land; null where there is none. */
export async function landedPatch(workspace: Workspace, standing: Standing): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  const { held } = standing.pause;
  const { repo } = standing.asked;
  // A held commit, which waits for somebody's word, is shown too: it is what that person looks at.
  const waiting = held?.commit == null || repo === null ? [] : [{ repo, commit: held.commit }];
  for (const { repo, commit } of [...standing.landing.landed, ...waiting]) {
    const target = await workspace.target(repo);
    if ('kind' in target || !(await hasObject(target.mirror, commit))) continue;
    parts.push(await patchOf(target.mirror, `${commit}^`, commit));
  }
  return parts.length === 0 ? null : Buffer.concat(parts);
}

function logOf(transcript: string | null, form: 'turns' | 'raw'): RunLog {
  if (transcript === null) return { text: null, turns: [] };
  if (form === 'raw') return { text: escapeLines(rawOf(transcript)), turns: [] };
  const turns = turnsOf(transcript);
  return { text: showTurns(turns).join('\n'), turns };
}
