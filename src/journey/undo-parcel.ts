// Why: an undo lands as any order does: as a parcel with a base, a commit, verdicts and state files. Here it is put
// together.
// Promises: it holds exactly what takes the order's landings back, on the branch that holds them now. Where orders land
// on branches of their own, so does the undo of what was merged.
// Never: lands; asks a card, since the operator's own word decides.
import { signCommit } from '../commit/sign.ts';
import type { Verdict } from '../gate/verdict.ts';
import { landingMessage } from '../landing/candidate.ts';
import { type HeldCommit, invertLandings } from '../landing/inverse.ts';
import { invertState } from '../landing/inverse-state.ts';
import { landedAs } from '../landing/landed-as.ts';
import { ownBranch } from '../landing/own-branch.ts';
import { signerOf } from '../landing/signer.ts';
import type { Entry } from '../ledger/entry.ts';
import type { Standing } from '../ledger/standing.ts';
import { parseOrder, printOrder } from '../order/order.ts';
import { committerOf, identityOf } from '../platform/git/identity.ts';
import { writeRef } from '../platform/git/own-refs.ts';
import { syncTarget, type Target } from '../platform/git/target.ts';
import type { TreeDifference } from '../platform/git/tree.ts';
import { writeCommit } from '../platform/git/write-commit.ts';
import { Fault, isReason, type Reason } from '../platform/text/fault.ts';
import { recordFolder } from '../record/path.ts';
import type { Base, Claimed, Parcel, StateChange } from '../record/work.ts';
import { compileMatcher } from '../role/grant.ts';
import { type Card, readCardText } from '../role/roles.ts';
import { openBareRoom } from '../room/room.ts';
import { repoSettings, type Session, type Workspace } from '../workspace/workspace.ts';

/** The role of an undo: whoever asked for it. */
export const undoer = 'operator';

/** An undo that has begun: its own standing, and the text in its record. */
export type BegunUndo = { readonly standing: Standing; readonly text: string; readonly folder: string };

// No card allows or forbids anything here; its limits are the usual ones, for checks.
function noCard(): Card {
  const { card } = readCardText('undo', '---\nagent: command\ncommand: [fourline]\n---\nUndo.\n');
  if (card === null) throw new Fault('role-key', 'the card of an undo cannot be read');
  return { ...card, role: { ...card.role, name: undoer }, digest: '' };
}

/** The text of an undo, in the form of any order. */
export function composeUndo(undone: Standing, id: string, date: string): string {
  const { title, repo, files } = undone.asked;
  return printOrder({
    objective: `Undo ${undone.id}: ${title}`,
    acceptance: [
      `what ${undone.id} landed is gone from its files`,
      'what others changed since is still there',
      'state files it wrote hold what they held before',
    ],
    files: files.length === 0 ? ['state/**'] : files,
    branching: ['halt-with-note'],
    front: { id, from: undoer, date, ...(repo === null ? {} : { repo }) },
  });
}

/**
 * Puts together what takes an order's landings back. Returns a string that says why that can't be done. Throws Fault
 * `git-failed`, `record-damaged`, `record-newer`.
 */
export async function parcelUndo(
  session: Session,
  begun: BegunUndo,
  undone: Standing,
  entries: readonly Entry[],
): Promise<Parcel | Reason> {
  const { workspace } = session;
  const record = recordFolder(workspace.places, undone);
  const stateOut = await invertState(undone.id, record, entries, begun.folder);
  if (isReason(stateOut)) return stateOut;
  const place = await findPlace(workspace, begun, undone, entries);
  if (isReason(place)) return place;
  const run = `${begun.standing.id}.${begun.standing.tries.attempt}`;
  const room = await openBareRoom({ rooms: workspace.places.outside.rooms, run });
  const base = place?.base ?? null;
  const parcel = { ...blankParcel(begun, undone, base, run), room, stateOut };
  const code = place === null ? null : await buildInverse(workspace, parcel, place);
  if (isReason(code)) return code;
  const differences = code?.differences ?? [];
  const verdicts = [...codeVerdicts(base?.target.name ?? '', differences), ...stateVerdicts(stateOut)];
  const allowedFiles = differences.map(({ path }) => `repos/${base?.target.name ?? ''}/${path}`);
  return code === null
    ? { ...parcel, base: null, verdicts, allowedFiles }
    : { ...parcel, base, commit: code.commit, verdicts, allowedFiles };
}

function blankParcel(
  { standing, text, folder }: BegunUndo,
  undone: Standing,
  base: Base | null,
  run: string,
): Omit<Parcel, 'room' | 'stateOut'> {
  const objective = standing.asked.title;
  const blank = { objective, acceptance: ['the landing is gone'], files: ['undo'], branching: ['halt-with-note'] };
  const reading = parseOrder(printOrder(blank), true);
  if (!reading.ok) throw new Fault('order-key', `the order of an undo cannot be read: ${objective}`);
  const card = noCard();
  const claimed: Claimed = {
    ...{ id: standing.id, role: undoer, from: undoer, attempt: standing.tries.attempt, last: true, handOvers: 0 },
    ...{ order: reading.order, text, card, folder, reviews: null, resumes: false },
    admitted: {
      ...{ ok: true, card, repo: base?.target.name ?? null, branch: base?.from ?? base?.branch ?? null },
      ...{ files: standing.asked.files, scope: compileMatcher('order', []), refs: [], contract: [], pinned: [] },
      ...{ boundary: { lines: [], outside: [], mail: [] }, doubts: [] },
    },
  };
  return {
    ...claimed,
    ...{ run, agent: '', ask: { kind: 'done', summary: '' }, reported: true, summary: '', printed: '', complaint: '' },
    ...{ limit: null, unreached: [], spent: null, verdicts: [], scratch: 0, scratchIn: [], commit: null },
    ...{ allowedFiles: [], mail: [], base, approved: true, despiteRed: true, undoes: undone.id },
  };
}

/** Where an undo lands, with the commits that it takes back, oldest first. */
type UndoPlace = { readonly base: Base; readonly landings: readonly HeldCommit[] };

// The branch that the order began on comes first: what was merged into it is undone there.
async function findPlace(
  workspace: Workspace,
  begun: BegunUndo,
  undone: Standing,
  entries: readonly Entry[],
): Promise<UndoPlace | null | Reason> {
  const last = undone.landing.landed.at(-1);
  if (last === undefined) return null;
  const target = await workspace.target(last.repo);
  if ('kind' in target) return `${target.message} (${target.hint})`;
  const main = undone.landing.branch ?? last.branch;
  for (const branch of new Set([main, last.branch])) {
    const landings = await landingsOn(target, branch, undone, entries);
    const commit = landings.at(-1)?.commit;
    if (commit === undefined) continue;
    const tip = await syncTarget(target, branch);
    if (tip.kind === 'flaw') return `${tip.message} (${tip.hint})`;
    const own = branch === main && repoSettings(workspace, last.repo).remote.ownBranch;
    const base = { target, commit, branch: own ? await ownBranch(target, begun.standing) : branch };
    return { base: own ? { ...base, from: branch } : base, landings };
  }
  return `nothing of it is on ${last.branch} any more: ${last.commit.slice(0, 7)} was reset away, or its branch deleted`;
}

// Finds the order's landings that the branch holds; several may stand there as one commit.
async function landingsOn(
  target: Target,
  branch: string,
  { id, landing }: Standing,
  entries: readonly Entry[],
): Promise<HeldCommit[]> {
  const froms = new Map<string, string | null>();
  for (const one of entries) if (one.step === 'intended' && one.order === id) froms.set(one.run, one.from);
  const out = new Map<string, HeldCommit>();
  for (const { run, commit: made } of landing.landed) {
    const commit = await landedAs(target.commonDir, branch, { run, commit: made, from: froms.get(run) ?? null });
    if (commit !== null) out.set(commit, { commit, made });
  }
  return [...out.values()];
}

async function buildInverse(
  workspace: Workspace,
  parcel: Omit<Parcel, 'room'>,
  { base, landings }: UndoPlace,
): Promise<{ readonly commit: string; readonly differences: readonly TreeDifference[] } | null | Reason> {
  const { objects } = base.target;
  const { domain } = workspace.settings;
  const date = workspace.clock.now();
  const author = identityOf(parcel.role, domain);
  const inverse = await invertLandings(objects, landings);
  if (inverse.kind === 'conflict')
    return `conflict with what others changed between its landings: ${inverse.paths.join(', ')}`;
  const { tree, differences } = inverse;
  if (differences.length === 0) return null;
  const message = landingMessage(parcel, '', differences.length, 0);
  const seconds = Math.floor(date.getTime() / 1000);
  const commitParts = { tree, parent: base.commit, author, committer: committerOf(domain), seconds, message };
  const sign = await signerOf(workspace, parcel.role, parcel.id);
  const commit = await signCommit(objects, await writeCommit(objects, commitParts), sign);
  await writeRef(objects.gitDir, `refs/fourline/runs/${parcel.run}`, commit, { flush: true });
  return { commit, differences };
}

function codeVerdicts(repo: string, differences: readonly TreeDifference[]): Verdict[] {
  return differences.map((one) => ({
    ...{ decision: 'allow', path: `repos/${repo}/${one.path}`, by: [] },
    what: one.old === null ? 'added' : one.new === null ? 'deleted' : 'modified',
  }));
}

function stateVerdicts(changes: readonly StateChange[]): Verdict[] {
  return changes.map(({ path, before, after }) => ({
    ...{ decision: 'allow', path, by: [] },
    what: before === null ? 'added' : after === null ? 'deleted' : 'modified',
  }));
}
