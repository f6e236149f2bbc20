// Why: what lies in the inboxes becomes posted orders, or an answer next to the file. This is what a knock leads to.
// Promises: every visible order is either posted (its file carries its id, the journal says so), waiting for its author with the reason next to it, or still being
// written. A person's file is renamed at most, never changed or removed.
// Never: runs anything.

import { basename } from 'node:path';
import { admitOrder, idIsTaken } from '../delegation/admission.ts';
import { bondsOf, resolveAfter } from '../delegation/bonds.ts';
import { tellDoubts } from '../delegation/doubts.ts';
import { handDown, handedFields } from '../delegation/family.ts';
import { circleProblem, findDoubles, inPostingOrder, type Lying } from '../delegation/siblings.ts';
import { takeAway } from '../journey/heed.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Standing } from '../ledger/standing.ts';
import { isId, makeId } from '../order/identity.ts';
import type { Order } from '../order/order.ts';
import { type Found, type Scanner, settleTime } from '../order/scan.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { nextNumber } from '../platform/files/lock.ts';
import { ownWords, troubleOf } from '../platform/text/fault.ts';
import type { Problem } from '../platform/text/problem.ts';
import { onBranch } from '../platform/text/text.ts';
import { findOrderFile, listInboxes, stampFile } from '../record/inbox.ts';
import { inboxFolder } from '../record/path.ts';
import { forgetWhole } from '../record/post.ts';
import type { Admitted } from '../record/work.ts';
import { tellBoundary } from '../role/boundary.ts';
import { settleWaiting } from '../waiting/settle.ts';
import { sayStep, type Workspace } from '../workspace/workspace.ts';
import { senderOf, writtenAt } from './arrival.ts';
import { forgetAnswers, refuseFile, tellIfStuck, withdrawAnswer } from './refusal.ts';
import type { Startable } from './scheduler.ts';

/** An order that lies posted in an inbox and can be run. */
export type PostedOrder = Startable & { readonly order: Order; readonly admitted: Admitted; readonly digest: string };

/** What a look through the inboxes came to. `wait` is when to look again, in milliseconds, or null. */
export type Intake = { readonly posted: readonly PostedOrder[]; readonly wait: number | null };

/** What the daemon remembers between looks: which answers are written, by file, which orders were found good, and what was wrong with a file or folder. */
export type IntakeMemory = {
  readonly answers: Map<string, string>;
  readonly posted: Map<string, PostedOrder>;
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
  const posted: PostedOrder[] = [];
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
  const refuse = async (role: string, found: Ready | Extract<Found, { kind: 'bad' }>, problems: readonly Problem[]) => {
    if (await refuseFile(workspace, ledger, memory.answers, { ...found, role }, problems)) lookAgain(0);
  };
  for (const found of await scanner.scanFiles(workspace.places.inbox)) {
    seen.add(found.path);
    if (found.kind === 'settling') lookAgain(found.wait);
    else await apart(found.path, () => refuse('operator', found, [strayFile(workspace)]));
  }
  const files: Drop[] = [];
  const others: Lying[] = [];
  for (const role of await listInboxes(workspace.places)) {
    const folder = inboxFolder(workspace.places, role);
    for (const found of (await apart(folder, () => scanner.scan(folder))) ?? []) {
      seen.add(found.path);
      const stem = basename(found.path, '.md');
      present.add(stem);
      if (going.has(stem)) continue;
      if (found.kind === 'ready') files.push({ found, role, stem, after: found.order.settings.after });
      else others.push({ role, stem, after: [] });
      if (found.kind === 'settling') lookAgain(found.wait);
      if (found.kind === 'bad') await apart(found.path, () => refuse(role, found, found.problems));
    }
  }
  const fresh = [...files, ...others].filter((one) => !ledger.history.orders.has(one.stem));
  const { sorted, circles } = inPostingOrder(files);
  const drops: Drops = { ids: new Map(fresh.map((one) => [one.stem, null])), circles, doubles: findDoubles(fresh) };
  for (const drop of sorted) {
    const taken = await apart(drop.found.path, () => takeFile(workspace, ledger, memory, drop, drops));
    if (taken === null || taken === 'left') continue;
    if (typeof taken === 'number') lookAgain(taken);
    else if ('problems' in taken) await apart(drop.found.path, () => refuse(drop.role, drop.found, taken.problems));
    else posted.push(taken);
  }
  for (const id of going.keys()) present.add(id);
  for (const one of posted) present.add(one.id);
  await forgetAnswers(memory.answers, seen);
  await apart(workspace.places.inbox, () => settleWithdrawn(workspace, ledger, present));
  // Nothing is remembered of what does not lie there any more.
  for (const path of memory.faults.keys()) if (!tried.has(path)) memory.faults.delete(path);
  for (const id of memory.posted.keys()) if (!present.has(id)) memory.posted.delete(id);
  return { posted, wait };
}

type Ready = Extract<Found, { kind: 'ready' }>;

/** A file that reads as an order, in a role's inbox. */
type Drop = Lying & { readonly found: Ready };

/** Files of one look that have no id yet: the ids they were given by now, which of them wait for each other, and names that lie in two inboxes. */
type Drops = {
  readonly ids: Map<string, string | null>;
  readonly circles: ReadonlyMap<string, string>;
  readonly doubles: ReadonlyMap<string, string>;
};

// An order that can run; or what is wrong with it; or in how many milliseconds to look again; or it is left as it lies.
type Taken = PostedOrder | { readonly problems: readonly Problem[] } | number | 'left';

async function takeFile(
  workspace: Workspace,
  ledger: Ledger,
  memory: IntakeMemory,
  drop: Drop,
  drops: Drops,
): Promise<Taken> {
  const { found, role } = drop;
  const { history } = ledger;
  const known = history.orders.get(found.stem);
  if (known === undefined && history.announced.has(found.stem)) return 'left';
  const before = memory.posted.get(found.stem);
  if (
    before !== undefined &&
    before.role === role &&
    before.digest === found.digest &&
    before.admitted.card === workspace.cards.get(role) &&
    known?.position === 'posted'
  )
    return before;
  if (known !== undefined && (await idIsTaken(workspace, known, role)))
    return {
      problems: [
        problemOf(
          'order-id-taken',
          `there is an order ${known.id} already (${known.position})`,
          `rename this file; to run that one again: fourline retry ${known.id}`,
        ),
      ],
    };
  const names = resolveAfter(history, found.order.settings.after, drops.ids, known);
  const odd = oddName(drop, names, drops);
  if (odd !== null) return { problems: [odd] };
  const after = names.map((name) => drops.ids.get(name) ?? name);
  const parent = known?.bonds.parent ?? found.order.settings.parent ?? null;
  const written = writtenAt(workspace, found);
  const admission = await admitOrder(workspace, history, {
    ...(known === undefined ? {} : { id: known.id }),
    ...{ role, order: found.order, file: 'order', after, parent, reviews: known?.bonds.reviews },
    written: written.toISOString(),
  });
  if (!admission.ok) {
    // What it names may be dropped together with it, and come a moment later.
    const age = workspace.clock.now().getTime() - written.getTime();
    const early = known === undefined && age >= 0 && age < settleTime;
    const waits = early && admission.problems.every((one) => one.code === 'order-after-unknown');
    return waits ? settleTime - age : { problems: admission.problems };
  }
  // Before the file's name goes: nobody could tell any more whose the answer was.
  await withdrawAnswer(workspace, memory.answers, found.path, known?.id ?? null);
  // An order that was moved to another inbox is that role's from now on; one that had not been taken is posted once more.
  const fresh = known === undefined || known.role !== role || known.pause.untaken !== null;
  const id = fresh ? await post(workspace, ledger, { ...drop, known, after, parent }, admission, written) : known.id;
  drops.ids.set(found.stem, id);
  if (await takeAway(workspace, ledger, id)) return 'left';
  const standing = history.orders.get(id);
  if (standing !== undefined) await tellIfStuck(workspace, ledger, standing);
  const { settings } = found.order;
  const posted = {
    ...{ id, role, repo: admission.repo, parent: standing?.bonds.parent ?? null, after },
    priority: settings.priority,
    postedAt: standing?.asked.postedAt ?? '',
    files: admission.files,
    writes: admission.boundary.lines.length > 0,
    order: found.order,
    admitted: admission,
    digest: found.digest,
  };
  memory.posted.set(id, posted);
  return posted;
}

// A name in `after:` that means a file which lies there without an id, and cannot be waited for.
function oddName({ stem }: Drop, names: readonly string[], { ids, circles, doubles }: Drops): Problem | null {
  const circle = circles.get(stem);
  if (circle !== undefined) return circleProblem(circle);
  for (const name of names) {
    const where = doubles.get(name);
    if (where !== undefined)
      return problemOf('order-after-double', `after: '${name}' may be ${where}`, 'rename one of them');
    if (ids.get(name) === null)
      return problemOf('order-after-untaken', `after: '${name}' lies in an inbox and is not taken`, 'mend that one');
  }
  return null;
}

function problemOf(code: string, message: string, hint: string): Problem {
  return { code, level: 'error', message, line: 1, column: 1, hint };
}

// Right in inbox/ a file is addressed to nobody.
function strayFile(workspace: Workspace): Problem {
  const hint = `move it into ${[...workspace.cards.keys()].map((name) => `inbox/${name}/`).join(' or ')}`;
  return problemOf('order-no-inbox', "the file is in no role's inbox", hint);
}

// A file gets its id by a rename in its inbox, then its line in the journal.
async function post(
  workspace: Workspace,
  ledger: Ledger,
  drop: Drop & { readonly known: Standing | undefined; readonly parent: string | null },
  admitted: Admitted,
  written: Date,
): Promise<string> {
  const { found, role, known, parent, after } = drop;
  const { order } = found;
  const id = isId(found.stem)
    ? found.stem
    : makeId(nextNumber(workspace.places.session.numbers, ledger.history.number), found.stem);
  await stampFile(found.path, id);
  crashPoint('post.stamped');
  const { repo } = admitted;
  // Said only where it matters: the file lay there before something was rejected.
  const earlier = [...ledger.history.rejected].some(
    (one) => (ledger.history.orders.get(one)?.changedAt ?? '') > written.toISOString(),
  );
  await ledger.record({
    step: 'posted',
    order: id,
    role,
    from: known?.asked.from ?? senderOf(ledger, found),
    ...(parent === null ? {} : { parent }),
    title: order.objective.text,
    repo,
    files: [...admitted.files],
    ...handedFields(handDown(ledger.history, { id, parent, order, repo })),
    digest: found.digest,
    ...(known?.bonds.reviews == null ? {} : { reviews: known.bonds.reviews }),
    ...bondsOf(ledger.history, order, { role, repo }, after),
    ...(earlier && known === undefined ? { written: written.toISOString() } : {}),
  });
  crashPoint('post.recorded');
  await forgetWhole(workspace.places, id);
  sayStep(workspace, role, id, 'accepted', `${tellBoundary(admitted.boundary)}${onBranch(admitted.branch)}`);
  // `fourline order` gives an id, and has said it already.
  const doubts = { list: [...found.order.warnings, ...admitted.doubts], text: found.text, mail: !isId(found.stem) };
  await tellDoubts(workspace, role, id, doubts);
  return id;
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
