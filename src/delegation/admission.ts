// Why: a complete order can still be one that this workspace cannot take: no such role, no such repository, a boundary with nothing in it.
// Promises: everything that can be known before a run is asked before a run; each problem points at a line of the order.
// Never: changes anything.

import { closePins } from '../gate/contract.ts';
import { askFloor } from '../gate/floor.ts';
import type { History, Standing } from '../ledger/standing.ts';
import type { Order } from '../order/order.ts';
import { stampOf } from '../platform/files/files.ts';
import type { Problem } from '../platform/text/problem.ts';
import { inboxFile } from '../record/path.ts';
import type { Admitted } from '../record/work.ts';
import { drawBoundary, filesBeyond } from '../role/boundary.ts';
import { type Card, readOnly } from '../role/roles.ts';
import { repoSettings } from '../runs/setup.ts';
import { idleReason } from '../workspace/card-trouble.ts';
import { repoOf, tipOf, type Workspace } from '../workspace/workspace.ts';
import { unnamedCode, unnamedRejections, unnamedWords } from './bonds.ts';
import { circleAbove, type Handed, handDown } from './family.ts';
import { placeFiles, repoNamedBy, weighFiles } from './files.ts';
import { setupDoubts } from './needs-setup.ts';
import { isFrozen, refFlaw } from './refs.ts';

/** What asking came to. */
export type Admission = Admitted | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * What is asked. `file` is how the order is named to people; `after` are the ids it waits for; `parent` the order it came from; `id` its own where it has one.
 * `lying` are orders that lie in an inbox and that the history doesn't know yet; `written` is when an order without an id was written, ISO 8601 (now, where it is absent).
 * `holds` says of an order from a room what its sender may hand down: what it can read ('here'), and what lands with it ('coming').
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
  /** The order that it reviews: its role may read and nothing else. */
  readonly reviews?: string | null | undefined;
};

/** True when a file in a role's inbox carries the id of an order that is not its own: ids are given once. `known` is the order of that id. */
export async function idIsTaken(workspace: Workspace, known: Standing, role: string): Promise<boolean> {
  if (known.position !== 'posted') return true;
  return known.role !== role && (await stampOf(inboxFile(workspace.places, known.role, known.id))) !== null;
}

/** Asks whether a workspace can take an order. */
export async function admitOrder(
  workspace: Workspace,
  history: History,
  question: AdmissionQuestion,
): Promise<Admission> {
  const { order, role } = question;
  const problems: Problem[] = [];
  const fail = (code: string, message: string, line: number, hint?: string): void =>
    void problems.push({ code, level: 'error', message, line, column: 1, hint });
  const inForce = workspace.cards.get(role);
  const reviewed = question.reviews ?? null;
  const card = inForce !== undefined && reviewed !== null ? readOnly(inForce) : inForce;
  const idle = card === undefined ? idleReason(workspace, role) : null;
  if (idle !== null) fail('order-role-idle', idle, 1, 'it is read again when the card is mended');
  else if (card === undefined)
    fail(
      'order-no-role',
      `there is no role '${role}'`,
      1,
      workspace.cards.size === 0
        ? 'fourline role new <name> makes one'
        : `the roles are ${[...workspace.cards.keys()].join(', ')}`,
    );
  for (const branch of order.branching) {
    if (branch.kind === 'route' && branch.role !== 'operator' && !workspace.cards.has(branch.role))
      fail('order-route-unknown', `Branching names the role '${branch.role}', which there is not`, branch.line);
  }
  const repo = question.repo ?? (await repoOf(workspace, repoNamedBy(order)));
  const began = history.orders.get(question.id ?? '')?.landing.branch ?? null;
  const { branch, found } = await askTarget(workspace, repo, began, order);
  problems.push(...found.filter((one) => one.level === 'error'));
  const { files, scope } = placeFiles(order, repo, question.file);
  const unplaced = repo === null ? order.files.find((entry) => !/^(?:repos|state)\//.test(entry.text)) : undefined;
  if (unplaced !== undefined && card !== undefined && card.role.write.length > 0) {
    fail(
      'order-no-repo',
      `it is not clear which repository '${unplaced.text}' is in`,
      unplaced.line,
      'name it: repo: <name> in front matter, or repos/<name>/… in Files',
    );
  }
  // A run has one repository in its room: what Files name of another could never land.
  const foreign = order.files.find(
    (entry) => entry.text.startsWith('repos/') && (repo === null || !entry.text.startsWith(`repos/${repo}/`)),
  );
  if (foreign !== undefined && unplaced === undefined && card !== undefined && card.role.write.length > 0)
    fail(
      'order-other-repo',
      `'${foreign.text}' is not in ${repo === null ? 'one repository' : `repos/${repo}`}`,
      foreign.line,
      'an order is about one repository: order the rest separately',
    );
  const handed = handDown(history, { id: question.id ?? 'this order', parent: question.parent, order, repo });
  // A review is fourline's own order: it was asked this as the one that it reviews.
  if (reviewed === null) {
    const circle = circleAbove(history, workspace.cards, question);
    if (circle !== null) fail('order-after-circle', `after: ${circle}`, 1, 'neither would ever begin');
    askFamily(history, question, files, fail);
    askRejections(history, question, repo, files, fail);
    await askHanded(workspace, history, question, handed, fail);
  } else if (history.orders.get(reviewed)?.role === role)
    fail('order-own-review', `it reviews ${reviewed} of ${role}, and nobody reviews its own work`, 1);
  if (card === undefined || problems.length > 0) return { ok: false, problems };
  const floorOf = (path: string): string | null => floorSentence(card, path);
  const pinned = closePins(handed.contract, role, scope);
  const boundary = drawBoundary(card.grant, order.files, repo, floorOf, pinned);
  if (boundary.lines.length === 0 && card.role.write.length > 0) {
    const first = boundary.outside[0];
    fail(
      'order-boundary-empty',
      `the boundary is empty: ${role} may change nothing of the order's Files`,
      first?.line ?? order.files[0]?.line ?? 1,
      `${first?.pattern ?? ''}: ${first?.reason ?? ''}; fourline can ${role} <path> says what it may`,
    );
    return { ok: false, problems };
  }
  const { refs, contract } = handed;
  const doubts = found.filter((one) => one.level === 'warning');
  return { ok: true, card, repo, branch, files, scope, boundary, refs, contract, pinned, doubts };
}

// What is handed down and pinned must be there to be read, and owned by somebody.
async function askHanded(
  workspace: Workspace,
  history: History,
  question: AdmissionQuestion,
  handed: Handed,
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

// What an order has its own copy of need not be there any more; what lands with it is not there yet.
async function askRef(
  workspace: Workspace,
  history: History,
  { id, parent, holds }: AdmissionQuestion,
  path: string,
): Promise<string | null> {
  if (await isFrozen(workspace, history, id, parent, path)) return null;
  const held = holds?.(path);
  if (held === null) return 'its sender cannot read it, so it cannot hand it down';
  return held === 'coming' ? null : refFlaw(workspace, path);
}

type Fail = (code: string, message: string, line: number, hint?: string) => void;

// The repository as it is now, the branch it lands on, and what Files come to there; what is doubtful is told, and takes nothing away.
async function askTarget(
  workspace: Workspace,
  repo: string | null,
  began: string | null,
  order: Order,
): Promise<{ readonly branch: string | null; readonly found: Problem[] }> {
  if (repo === null) return { branch: null, found: [] };
  const tip = await tipOf(workspace, repo, began);
  if (tip.kind === 'flaw') {
    const { code, message, hint } = tip;
    return { branch: null, found: [{ code, level: 'error', message, line: 1, column: 1, hint }] };
  }
  const target = await workspace.target(repo);
  const paths = async (): Promise<string[]> =>
    'kind' in target ? [] : (await target.list(tip.commit)).map((one) => one.path);
  const found = [
    ...(await weighFiles(order, repo, paths)),
    ...(await setupDoubts(order, repo, paths, repoSettings(workspace, repo))),
  ];
  return { branch: tip.branch, found };
}

// Delegation narrows: what a child may touch, its parent may. And what is waited for must exist.
function askFamily(history: History, question: AdmissionQuestion, files: readonly string[], fail: Fail): void {
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

// Feedback that nobody picks up is lost twice: whoever orders the same work anew says which rejection it answers.
function askRejections(
  history: History,
  question: AdmissionQuestion,
  repo: string | null,
  files: readonly string[],
  fail: Fail,
): void {
  const { id, order, role } = question;
  const written = history.orders.get(id ?? '')?.asked.writtenAt ?? question.written ?? '~';
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
