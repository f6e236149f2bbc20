// Why: what lies in the inboxes becomes posted orders, or an answer next to the file. This is what a knock leads to.
// Promises: every visible order is either posted (its file carries its id, the journal says so), waiting for its author with the reason next to it, or still being
// written. A person's file is renamed at most, never changed or removed.
// Never: runs anything.
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Admitted, admitOrder, bondsOf, idIsTaken } from './admission.ts';
import { crashPoint } from './ground/crash.ts';
import { ownWords, troubleOf } from './ground/fault.ts';
import { listFolder } from './ground/files.ts';
import { nextNumber } from './ground/lock.ts';
import { type Problem, printProblem } from './ground/problem.ts';
import { onBranch } from './ground/text.ts';
import { unknownSender } from './ledger/entry.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Standing } from './ledger/standing.ts';
import { isId, makeId, slugOf } from './order/identity.ts';
import { findOrderFile, removeProblem, stampFile, writeProblem } from './order/inbox.ts';
import type { Order } from './order/order.ts';
import { forgetWhole } from './order/post.ts';
import { digestOf, type Found, type Scanner } from './order/scan.ts';
import { tellBoundary } from './role/boundary.ts';
import type { Waiting } from './scheduler.ts';
import { tellDoubts } from './steps/doubts.ts';
import { handDown, handedFields } from './steps/family.ts';
import { settleWaiting } from './steps/settle.ts';
import { takeAway } from './steps/signal.ts';
import { sayStep, type Workspace } from './workspace.ts';

/** An order that lies posted in an inbox and can be run. */
export type Posted = Waiting & { readonly order: Order; readonly admitted: Admitted; readonly digest: string };

/** What a look through the inboxes came to. `wait` is when to look again, in milliseconds, or null. */
export type Intake = { readonly posted: readonly Posted[]; readonly wait: number | null };

/** What the shift remembers between looks: which answers are written, by file, which orders were found good, and what was wrong with a file or folder. */
export type IntakeMemory = {
  readonly answers: Map<string, string>;
  readonly posted: Map<string, Posted>;
  readonly faults: Map<string, string>;
};

/** Milliseconds until a file that could not be taken for a fault of the machine is looked at again. */
const retryTime = 2000;

/** Looks through all inboxes. Orders in `going` are on their way in this process: their files may appear and vanish, and are passed over. */
export async function takeIn(
  workspace: Workspace,
  ledger: Ledger,
  scanner: Scanner,
  memory: IntakeMemory,
  going: ReadonlyMap<string, unknown>,
): Promise<Intake> {
  const posted: Posted[] = [];
  const seen = new Set<string>();
  const tried = new Set<string>();
  const present = new Set<string>();
  let wait: number | null = null;
  const lookAgain = (time: number): void => {
    wait = Math.min(wait ?? time, time);
  };
  // What goes wrong with one file or folder (it vanished just now, it is closed) holds up no other. Said once, and looked at again once; later looks see whether it is mended.
  const apart = async <Result>(path: string, work: () => Promise<Result>): Promise<Result | null> => {
    tried.add(path);
    try {
      const result = await work();
      memory.faults.delete(path);
      return result;
    } catch (error) {
      const words = ownWords(error);
      if (memory.faults.get(path) === words) return null;
      memory.faults.set(path, words);
      const hint = troubleOf(error)?.hint;
      workspace.log.say(`${path}: ${words}${hint === undefined ? '' : `  → ${hint}`}`, 'bad');
      lookAgain(retryTime);
      return null;
    }
  };
  for (const found of await scanner.scanFiles(workspace.places.inbox)) {
    seen.add(found.path);
    if (found.kind === 'settling') lookAgain(found.wait);
    else await apart(found.path, () => answer(workspace, ledger, memory, 'operator', found, [strayFile(workspace)]));
  }
  for (const role of await inboxNames(workspace)) {
    const folder = `${workspace.places.inbox}/${role}`;
    for (const found of (await apart(folder, () => scanner.scan(folder))) ?? []) {
      seen.add(found.path);
      present.add(basename(found.path, '.md'));
      if (going.has(basename(found.path, '.md'))) continue;
      if (found.kind === 'settling') lookAgain(found.wait);
      else if (found.kind === 'bad')
        await apart(found.path, () => answer(workspace, ledger, memory, role, found, found.problems));
      else {
        const one = await apart(found.path, () => takeFile(workspace, ledger, memory, role, found));
        if (one !== null) posted.push(one);
      }
    }
  }
  for (const id of going.keys()) present.add(id);
  for (const one of posted) present.add(one.id);
  await forgetAnswers(memory, seen);
  await apart(workspace.places.inbox, () => settleWithdrawn(workspace, ledger, present));
  // Nothing is remembered of what does not lie there any more.
  for (const path of memory.faults.keys()) if (!tried.has(path)) memory.faults.delete(path);
  for (const id of memory.posted.keys()) if (!present.has(id)) memory.posted.delete(id);
  return { posted, wait };
}

async function inboxNames(workspace: Workspace): Promise<string[]> {
  const names: string[] = [];
  for (const name of await listFolder(workspace.places.inbox)) {
    if (name === 'operator' || name.startsWith('.')) continue;
    if ((await stat(`${workspace.places.inbox}/${name}`).catch(() => null))?.isDirectory() === true) names.push(name);
  }
  return names;
}

async function takeFile(
  workspace: Workspace,
  ledger: Ledger,
  memory: IntakeMemory,
  role: string,
  found: Extract<Found, { kind: 'ready' }>,
): Promise<Posted | null> {
  const known = ledger.history.orders.get(found.stem);
  if (known === undefined && ledger.history.announced.has(found.stem)) return null;
  const before = memory.posted.get(found.stem);
  if (
    before !== undefined &&
    before.role === role &&
    before.digest === found.digest &&
    before.admitted.card === workspace.cards.get(role) &&
    known?.position === 'posted'
  )
    return before;
  if (known !== undefined && (await idIsTaken(workspace, known, role))) {
    await answer(workspace, ledger, memory, role, found, [
      {
        code: 'order-id-taken',
        level: 'error',
        message: `there is an order ${known.id} already (${known.position})`,
        line: 1,
        column: 1,
        hint: `rename this file; to run that one again: fourline retry ${known.id}`,
      },
    ]);
    return null;
  }
  const parent = known?.parent ?? found.order.settings.parent ?? null;
  const admission = await admitOrder(workspace, ledger.history, {
    ...(known === undefined ? {} : { id: known.id }),
    role,
    order: found.order,
    file: 'order',
    after: found.order.settings.after,
    parent,
    reviews: known?.reviews,
  });
  if (!admission.ok) {
    await answer(workspace, ledger, memory, role, found, admission.problems);
    return null;
  }
  // The answer goes before the file's name does: nobody could tell any more whose it was.
  memory.answers.delete(found.path);
  await removeProblem(found.path);
  // An order that was moved to another inbox is that role's from now on.
  const fresh = known === undefined || known.role !== role;
  const id = fresh ? await post(workspace, ledger, role, found, admission, parent, known) : known.id;
  if (await takeAway(workspace, ledger, id)) return null;
  const standing = ledger.history.orders.get(id);
  const { settings } = found.order;
  const posted = {
    id,
    role,
    parent: standing?.parent ?? null,
    priority: settings.priority,
    postedAt: standing?.postedAt ?? '',
    after: settings.after,
    files: admission.files,
    writes: admission.boundary.lines.length > 0,
    order: found.order,
    admitted: admission,
    digest: found.digest,
  };
  memory.posted.set(id, posted);
  return posted;
}

// Right in inbox/ a file is addressed to nobody.
function strayFile(workspace: Workspace): Problem {
  const hint = `move it into ${[...workspace.cards.keys()].map((name) => `inbox/${name}/`).join(' or ')}`;
  return {
    code: 'order-no-inbox',
    level: 'error',
    message: "the file is in no role's inbox",
    line: 1,
    column: 1,
    hint,
  };
}

// A file gets its id by a rename in its inbox, then its line in the journal.
async function post(
  workspace: Workspace,
  ledger: Ledger,
  role: string,
  found: Extract<Found, { kind: 'ready' }>,
  admitted: Admitted,
  parent: string | null,
  known: Standing | undefined,
): Promise<string> {
  const id = isId(found.stem)
    ? found.stem
    : makeId(nextNumber(workspace.places.numbers, ledger.history.number), found.stem);
  await stampFile(found.path, id);
  crashPoint('post.stamped');
  await ledger.record({
    step: 'posted',
    order: id,
    role,
    from: known?.from ?? senderOf(ledger, found),
    ...(parent === null ? {} : { parent }),
    title: found.order.objective.text,
    repo: admitted.repo,
    files: [...admitted.files],
    ...handedFields(handDown(ledger.history, { id, parent, order: found.order, repo: admitted.repo })),
    digest: found.digest,
    ...(known?.reviews == null ? {} : { reviews: known.reviews }),
    ...bondsOf(ledger.history, found.order, role, admitted.repo),
  });
  crashPoint('post.recorded');
  await forgetWhole(workspace.places, id);
  sayStep(workspace, role, id, 'accepted', `${tellBoundary(admitted.boundary)}${onBranch(admitted.branch)}`);
  // `fourline order` gives an id, and has said it already.
  const doubts = { list: [...found.order.warnings, ...admitted.doubts], text: found.text, mail: !isId(found.stem) };
  await tellDoubts(workspace, role, id, doubts);
  return id;
}

// A new file is the operator's. But where lines of the journal are lost, an order with an id and a role's stamp may be one that it knew.
function senderOf({ damaged }: Ledger, { stem, text }: { readonly stem: string; readonly text: string }): string {
  const stamped = /^---\n(?:(?!---\n)[^\n]*\n)*?from: *(?!"?operator"? *\n)/.test(text);
  return damaged.length > 0 && isId(stem) && stamped ? unknownSender : 'operator';
}

// The answer is written again when it was removed or says something else; the journal hears of each version of the file once.
async function answer(
  workspace: Workspace,
  ledger: Ledger,
  memory: IntakeMemory,
  role: string,
  found: { path: string; stem: string; text: string; digest: string },
  problems: readonly Problem[],
): Promise<void> {
  const file = found.path.slice(workspace.places.root.length + 1);
  const text = `${problems.map((one) => printProblem(one, file, found.text)).join('\n\n')}\n\nThe order was not taken. Mend it and save it: it is read again.\n`;
  const key = digestOf(`${found.digest}\n${text}`);
  if (memory.answers.get(found.path) === key) return;
  const before = await stat(`${found.path}.problem.txt`).catch(() => null);
  await writeProblem(found.path, text);
  memory.answers.set(found.path, key);
  crashPoint('answer.written');
  if (before !== null && ledger.history.bad.get(found.path) === key) return;
  const [first] = problems;
  await ledger.record({
    step: 'refused',
    order: slugOf(found.stem),
    role,
    from: 'operator',
    file: found.path,
    key,
    problems: problems.map((one) => `${one.code}, line ${one.line}: ${one.message}`),
    digest: found.digest,
    text: found.text,
  });
  sayStep(workspace, role, found.stem, 'not taken', `${first?.message ?? ''}  → ${file}.problem.txt`, 'bad');
}

async function forgetAnswers(memory: IntakeMemory, seen: ReadonlySet<string>): Promise<void> {
  for (const path of memory.answers.keys()) {
    if (seen.has(path)) continue;
    memory.answers.delete(path);
    await removeProblem(path).catch(() => undefined);
  }
}

// A posted order whose file somebody took out of the inbox was withdrawn: that is an end like any other, and recorded.
async function settleWithdrawn(workspace: Workspace, ledger: Ledger, present: ReadonlySet<string>): Promise<void> {
  for (const id of ledger.history.open) {
    const standing = ledger.history.orders.get(id);
    if (standing?.position !== 'posted' || present.has(id)) continue;
    if ((await findOrderFile(workspace.places, id)) !== null) continue;
    crashPoint('withdraw.seen');
    const note = `withdrawn: its file was taken out of inbox/${standing.role}`;
    await settleWaiting(workspace, ledger, standing, note);
  }
}
