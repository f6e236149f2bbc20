// Why: a complete order can still be wrong for this workspace: no such role, no such repository, a boundary with
// nothing in it.
// Promises: every check that is possible before a run is made before a run. Each problem points at a line of the order.
// Never: changes anything.

import { closePins } from '../gate/contract.ts';
import { askFloor } from '../gate/floor.ts';
import type { History } from '../ledger/history.ts';
import type { Standing } from '../ledger/standing.ts';
import type { Order } from '../order/order.ts';
import { stampOf } from '../platform/files/files.ts';
import type { Problem } from '../platform/text/problem.ts';
import { inboxFile } from '../record/path.ts';
import type { Admitted } from '../record/work.ts';
import { type Boundary, drawBoundary, filesBeyond } from '../role/boundary.ts';
import { type Card, readOnly } from '../role/roles.ts';
import { idleReason } from '../workspace/card-trouble.ts';
import { repoOf, repoSettings, tipOf, type Workspace } from '../workspace/workspace.ts';
import { unnamedCode, unnamedRejections, unnamedWords } from './bonds.ts';
import { circleAbove, type Handed, handDown } from './family.ts';
import { placeFiles, repoNamedBy, repositoryFlaw, weighFiles } from './files.ts';
import { setupDoubts } from './needs-setup.ts';
import { isFrozen, refFlaw } from './refs.ts';

/** The result of asking. */
export type Admission = Admitted | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * The question. `file` is how messages name the order; `after` are the ids it waits for; `parent` is the order it came
 * from; `id` is its own id, if it has one. `lying` are orders that lie in an inbox and that the history doesn't know
 * yet. `written` is when an order without an id was written, ISO 8601; now, if absent. For an order from a room,
 * `holds` says what its sender may hand down: what it can read ('here'), and what lands with it ('coming').
 */
export type AdmissionQuestion = {
  readonly id?: string;
  readonly holds?: (path: string) => 'here' | 'coming' | null;
  readonly role: string;
  readonly order: Order;
  readonly file: string;
  readonly after: readonly string[];
  readonly lying?: { readonly has: (stem: string) => boolean };
  readonly written?: string | undefined;
  readonly parent: string | null;
  readonly repo?: string | undefined;
  /** Where a repository stands, for a caller that asks about many orders at one moment; else it is looked up. */
  readonly tipOf?: typeof tipOf;
  /** False for a caller that shows no warnings: some need a list of all files. */
  readonly doubts?: boolean;
  /** The order that it reviews; the role of a review may read and nothing else. */
  readonly reviews?: string | null | undefined;
};

/**
 * True when a file in a role's inbox carries the id of an order that is not its own: ids are given once. `known` is the
 * order of that id.
 */
export async function idIsTaken(workspace: Workspace, known: Standing, role: string): Promise<boolean> {
  if (known.position !== 'posted') return true;
  return known.role !== role && (await stampOf(inboxFile(workspace.places, known.role, known.id))) !== null;
}

/**
 * Asks whether a workspace can take an order. Returns what a run of it would have, or all its problems. Throws what
 * reading the repository throws.
 */
export async function admitOrder(
  workspace: Workspace,
  history: History,
  question: AdmissionQuestion,
): Promise<Admission> {
  const { order, role } = question;
  const problems: Problem[] = [];
  const fail = (code: string, message: string, line: number, hint?: string): void =>
    void problems.push({ code, level: 'error', message, line, column: 1, hint });
  const card = cardFor(workspace, question);
  if (card === undefined) failForRole(workspace, role, fail);
  askRoutes(workspace, order, fail);
  const repo = question.repo ?? (await repoOf(workspace, repoNamedBy(order)));
  const began = history.orders.get(question.id ?? '')?.landing.branch ?? null;
  const { branch, found } = await askTarget(workspace, repo, began, question);
  problems.push(...found.filter((one) => one.level === 'error'));
  const unclear = card !== undefined && card.role.write.length > 0 ? repositoryFlaw(order, repo) : null;
  if (unclear !== null) problems.push(unclear);
  const { files, scope } = placeFiles(order, repo, question.file);
  const handed = handDown(history, { id: question.id ?? 'this order', parent: question.parent, order, repo });
  const { reviews } = question;
  // A review is fourline's own order. We asked these questions about the order that it reviews.
  if (reviews == null) await askBonds(workspace, history, { ...question, repo, files, handed }, fail);
  else if (history.orders.get(reviews)?.role === role)
    fail('order-own-review', `it reviews ${reviews} of ${role}, and nobody reviews its own work`, 1);
  if (card === undefined || problems.length > 0) return { ok: false, problems };
  const floorOf = (path: string): string | null => floorSentence(card, path);
  const pinned = closePins(handed.contract, role, scope);
  const boundary = drawBoundary(card.grant, order.files, repo, floorOf, pinned);
  if (boundary.lines.length === 0 && card.role.write.length > 0) {
    failForBoundary(boundary, question, fail);
    return { ok: false, problems };
  }
  const { refs, contract } = handed;
  const doubts = found.filter((one) => one.level === 'warning');
  return { ok: true, card, repo, branch, files, scope, boundary, refs, contract, pinned, doubts };
}

type Fail = (code: string, message: string, line: number, hint?: string) => void;

// The role of a review reads and changes nothing.
function cardFor(workspace: Workspace, { role, reviews }: AdmissionQuestion): Card | undefined {
  const inForce = workspace.cards.get(role);
  return inForce === undefined || reviews == null ? inForce : readOnly(inForce);
}

function failForRole(workspace: Workspace, role: string, fail: Fail): void {
  const idle = idleReason(workspace, role);
  const roles = [...workspace.cards.keys()].join(', ');
  const hint = roles === '' ? 'fourline role new <name> makes one' : `the roles are ${roles}`;
  if (idle !== null) fail('order-role-idle', idle, 1, 'it is read again when the card is mended');
  else fail('order-no-role', `there is no role '${role}'`, 1, hint);
}

function askRoutes(workspace: Workspace, order: Order, fail: Fail): void {
  for (const branch of order.branching)
    if (branch.kind === 'route' && branch.role !== 'operator' && !workspace.cards.has(branch.role))
      fail('order-route-unknown', `Branching names the role '${branch.role}', which there is not`, branch.line);
}

function failForBoundary({ outside }: Boundary, { order, role }: AdmissionQuestion, fail: Fail): void {
  const first = outside[0];
  fail(
    'order-boundary-empty',
    `the boundary is empty: ${role} may change nothing of the order's Files`,
    first?.line ?? order.files[0]?.line ?? 1,
    `${first?.pattern ?? ''}: ${first?.reason ?? ''}; fourline can ${role} <path> says what it may`,
  );
}

/** A question with a known repository, with what Files match there and what is handed down. */
type PlacedQuestion = Omit<AdmissionQuestion, 'repo'> & {
  readonly repo: string | null;
  readonly files: readonly string[];
  readonly handed: Handed;
};

// Checks everything that binds an order to others: orders it waits for, its parent, rejections, files handed down.
async function askBonds(workspace: Workspace, history: History, placed: PlacedQuestion, fail: Fail): Promise<void> {
  const circle = circleAbove(history, workspace.cards, placed);
  if (circle !== null) fail('order-after-circle', `after: ${circle}`, 1, 'neither would ever begin');
  askFamily(history, placed, fail);
  askRejections(history, placed, fail);
  await askHanded(workspace, history, placed, fail);
}

// Files that are handed down must be readable; a pinned file must have a known repository, and its owner must exist.
async function askHanded(
  workspace: Workspace,
  history: History,
  { handed, ...question }: PlacedQuestion,
  fail: Fail,
): Promise<void> {
  const id = question.id ?? 'this order';
  if (handed.flaw !== null) fail('order-contract', `contract: ${handed.flaw}`, 1, 'a pin can be narrowed, not moved');
  for (const { path, owner } of handed.contract.filter((one) => one.plan === id)) {
    if (owner !== null && owner !== 'operator' && !workspace.cards.has(owner))
      fail('order-contract', `contract: ${path} is owned by '${owner}', which is no role`, 1);
    if (!/^(?:repos|state)\//.test(path))
      fail('order-contract', `contract: it is not clear which repository '${path}' is in`, 1, 'repos/<name>/…');
    if (question.holds?.(path) === null)
      fail('order-contract', `contract: ${path}: its sender cannot read it, so it cannot pin it`, 1);
  }
  for (const path of handed.refs) {
    const flaw = await askRef(workspace, history, question, path);
    if (flaw !== null) fail('order-ref', `refs: ${path}: ${flaw}`, 1);
  }
}

// If an order has its own copy of a file, the file may be gone. If the file lands with the order, it isn't there yet.
async function askRef(
  workspace: Workspace,
  history: History,
  question: Pick<AdmissionQuestion, 'id' | 'parent' | 'holds'>,
  path: string,
): Promise<string | null> {
  if (await isFrozen(workspace, history, question, path)) return null;
  const held = question.holds?.(path);
  if (held === null) return 'its sender cannot read it, so it cannot hand it down';
  return held === 'coming' ? null : refFlaw(workspace, path);
}

// The repository as it is now, the branch the order lands on, and what Files match there. We report doubts about Files;
// they don't refuse the order.
async function askTarget(
  workspace: Workspace,
  repo: string | null,
  began: string | null,
  { order, tipOf: ask = tipOf, doubts = true }: AdmissionQuestion,
): Promise<{ readonly branch: string | null; readonly found: Problem[] }> {
  if (repo === null) return { branch: null, found: [] };
  const tip = await ask(workspace, repo, began);
  if (tip.kind === 'flaw') {
    const { code, message, hint } = tip;
    return { branch: null, found: [{ code, level: 'error', message, line: 1, column: 1, hint }] };
  }
  const target = await workspace.target(repo);
  const paths = async (): Promise<string[]> =>
    'kind' in target ? [] : (await target.list(tip.commit)).map((one) => one.path);
  const found = [
    ...(await weighFiles(order, repo, paths, doubts)),
    ...(doubts ? await setupDoubts(order, repo, paths, repoSettings(workspace, repo)) : []),
  ];
  return { branch: tip.branch, found };
}

// Delegation narrows: a child may touch only what its parent may touch. The orders it waits for must exist.
function askFamily(history: History, { files, ...question }: PlacedQuestion, fail: Fail): void {
  for (const id of question.after)
    if (!history.orders.has(id) && question.lying?.has(id) !== true)
      fail(
        'order-after-unknown',
        `after: there is no order '${id}'`,
        1,
        'name it by its id; fourline status lists the orders',
      );
  const { retries } = question.order.settings;
  if (retries !== undefined && history.orders.get(retries)?.position !== 'settled')
    fail('order-retries-open', `retries: no order '${retries}' has ended`, 1, 'fourline retry <order> fills it in');
  if (question.parent === null) return;
  const parent = history.orders.get(question.parent);
  if (parent === undefined) {
    fail('order-parent-unknown', `parent: there is no order '${question.parent}'`, 1);
    return;
  }
  const { beyond, unsure } = filesBeyond(parent.asked.files, files);
  const entry = question.order.files[files.indexOf(beyond[0] ?? '')];
  if (beyond.length > 0)
    fail(
      'order-beyond-parent',
      unsure
        ? `Files take too long to hold against those of ${parent.id}: ${beyond[0]}`
        : `Files reach beyond those of ${parent.id}: ${beyond.join(', ')}`,
      entry?.line ?? 1,
      unsure ? 'name fewer patterns, or paths without wildcards' : `its Files are ${parent.asked.files.join(', ')}`,
    );
}

// Feedback that nobody picks up is lost twice: an order for the same work must say which rejection it answers.
function askRejections(history: History, placed: PlacedQuestion, fail: Fail): void {
  const { id, order, role, repo, files } = placed;
  const written = history.orders.get(id ?? '')?.asked.writtenAt ?? placed.written ?? '~';
  for (const one of unnamedRejections(history, { id, order, role, repo, written, files }))
    fail(
      unnamedCode,
      `${one.id} was rejected (${one.end.rejection?.note || 'no reason was given'}), ${unnamedWords}`,
      1,
      `answers: [${one.id}] in front matter; its next brief carries what was said`,
    );
}

function floorSentence(card: Card, path: string): string | null {
  const word = askFloor(path);
  if (word.kind === 'closed') return word.sentence;
  if (word.kind === 'literal' && !card.grant.write.entries.some((one) => one.literal && one.pattern === path))
    return word.sentence;
  return null;
}
