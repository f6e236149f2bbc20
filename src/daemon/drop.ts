// Why: one file in an inbox that reads as an order: whether this workspace can take it now, and what comes of it.
// Promises: a good one is posted, once; an odd one is told what is wrong with it; nothing else of the inbox is looked
// at.
// Never: answers a bad file; intake.ts does, by refusal.ts.
import { admitOrder, idIsTaken } from '../delegation/admission.ts';
import { resolveAfter } from '../delegation/bonds.ts';
import { circleProblem, type Lying } from '../delegation/siblings.ts';
import { takeAway } from '../journey/heed.ts';
import type { Standing } from '../ledger/standing.ts';
import type { Order } from '../order/order.ts';
import { type Found, settleTime } from '../order/scan.ts';
import type { Problem } from '../platform/text/problem.ts';
import type { Admitted } from '../record/work.ts';
import type { Card } from '../role/roles.ts';
import type { Session } from '../workspace/workspace.ts';
import { writtenAt } from './arrival.ts';
import { type GoodFile, needsPosting, postFile } from './posting.ts';
import { tellIfStuck, withdrawAnswer } from './refusal.ts';
import type { Startable } from './scheduler.ts';

/** An order that lies posted in an inbox and can be run. */
export type PostedOrder = Startable & { readonly order: Order; readonly admitted: Admitted; readonly digest: string };

/** The memory of files between looks: which answers are written, by file, and which orders were found good. */
export type DropMemory = { readonly answers: Map<string, string>; readonly posted: Map<string, PostedOrder> };

type DropLook = Session & { readonly memory: DropMemory };

/** A file that reads as an order, in a role's inbox. */
export type Drop = Lying & { readonly found: Extract<Found, { kind: 'ready' }> };

/**
 * Files of one look that have no id yet: the ids they were given by now, which of them wait for each other, and names
 * that lie in two inboxes.
 */
export type Drops = {
  readonly ids: Map<string, string | null>;
  readonly circles: ReadonlyMap<string, string>;
  readonly doubles: ReadonlyMap<string, string>;
};

/**
 * The result of taking a file: an order that can run; the problems in it; the milliseconds until the next look; or the
 * file is left as it lies.
 */
export type Taken =
  | { readonly kind: 'posted'; readonly order: PostedOrder }
  | { readonly kind: 'bad'; readonly problems: readonly Problem[] }
  | { readonly kind: 'early'; readonly wait: number }
  | { readonly kind: 'left' };

/**
 * Takes a file: posts its order if that is new. Gives the result; throws the errors of reading and writing beside the
 * file.
 */
export async function takeFile(look: DropLook, drop: Drop, drops: Drops): Promise<Taken> {
  const { found, role } = drop;
  const { workspace, ledger, memory } = look;
  const known = ledger.history.orders.get(found.stem);
  if (known === undefined && ledger.history.announced.has(found.stem)) return { kind: 'left' };
  const before = memory.posted.get(found.stem);
  if (before !== undefined && stillHolds(before, drop, workspace.cards.get(role)) && known?.position === 'posted')
    return { kind: 'posted', order: before };
  if (known !== undefined && (await idIsTaken(workspace, known, role)))
    return { kind: 'bad', problems: [takenId(known)] };
  const asked = await askFile(look, drop, drops);
  if (asked.kind !== 'good') return asked;
  // Removes the answer before the file's name goes: afterwards it could not be told whose answer it was.
  await withdrawAnswer(workspace, memory.answers, found.path, known?.id ?? null);
  const id = needsPosting(asked.file) ? await postFile(look, asked.file) : found.stem;
  drops.ids.set(found.stem, id);
  if (await takeAway(look, id)) return { kind: 'left' };
  const standing = ledger.history.orders.get(id);
  if (standing !== undefined) await tellIfStuck(look, standing);
  const order = postedOrder(id, asked.file, standing);
  memory.posted.set(id, order);
  return { kind: 'posted', order };
}

// The result of an earlier look at an order holds while neither its file nor its role's card changes.
function stillHolds({ role, digest, admitted }: PostedOrder, drop: Drop, card: Card | undefined): boolean {
  return role === drop.role && digest === drop.found.digest && admitted.card === card;
}

// Asks whether this workspace can take the order, now that other files of the same look have their ids.
async function askFile(
  { workspace, ledger }: DropLook,
  drop: Drop,
  drops: Drops,
): Promise<{ readonly kind: 'good'; readonly file: GoodFile } | Taken> {
  const { found, role } = drop;
  const { history } = ledger;
  const known = history.orders.get(found.stem);
  const names = resolveAfter(history, found.order.settings.after, drops.ids, known);
  const odd = oddName(drop, names, drops);
  if (odd !== null) return { kind: 'bad', problems: [odd] };
  const after = names.map((name) => drops.ids.get(name) ?? name);
  const parent = known?.bonds.parent ?? found.order.settings.parent ?? null;
  const written = writtenAt(workspace, found);
  const admitted = await admitOrder(workspace, history, {
    ...(known === undefined ? {} : { id: known.id }),
    ...{ role, order: found.order, file: 'order', after, parent, reviews: known?.bonds.reviews },
    written: written.toISOString(),
  });
  if (admitted.ok) return { kind: 'good', file: { found, role, known, parent, after, written, admitted } };
  // The orders that it names may be dropped together with it, and come a moment later.
  const age = workspace.clock.now().getTime() - written.getTime();
  const early = known === undefined && age >= 0 && age < settleTime;
  const waits = early && admitted.problems.every((one) => one.code === 'order-after-unknown');
  return waits ? { kind: 'early', wait: settleTime - age } : { kind: 'bad', problems: admitted.problems };
}

function postedOrder(
  id: string,
  { found, role, after, admitted }: GoodFile,
  standing: Standing | undefined,
): PostedOrder {
  return {
    ...{ id, role, repo: admitted.repo, parent: standing?.bonds.parent ?? null, after },
    priority: found.order.settings.priority,
    postedAt: standing?.asked.postedAt ?? '',
    files: admitted.files,
    writes: admitted.boundary.lines.length > 0,
    order: found.order,
    admitted,
    digest: found.digest,
  };
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

function takenId({ id, position }: Standing): Problem {
  const message = `there is an order ${id} already (${position})`;
  return problemOf('order-id-taken', message, `rename this file; to run that one again: fourline retry ${id}`);
}

function problemOf(code: string, message: string, hint: string): Problem {
  return { code, level: 'error', message, line: 1, column: 1, hint };
}
