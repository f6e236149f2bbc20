// Why: an undo checks and lands like an order, which takes time. So the daemon carries undos out beside its looks, and
// a command does so itself where no daemon works.
// Promises: one undo at a time, in the order of their ids. A request lies there until its undo has ended; an undo that
// broke off goes on whether its request is there or not.
// Never: begins an undo that nobody asked for.
import { type UndoRequest, undoOrder } from '../journey/undo.ts';
import type { History } from '../ledger/history.ts';
import type { Places } from '../places.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { listFolder, makeFolder, readPlain, removeFile, writeDurable } from '../platform/files/files.ts';
import type { Session } from '../workspace/workspace.ts';

const prefix = 'undo-';

function requestFile(places: Places, id: string): string {
  return `${places.session.requests}/${prefix}${id}`;
}

/** Asks for an undo, whose id was given already. Durable when it returns. */
export async function requestUndo(places: Places, { id, undoes }: UndoRequest): Promise<void> {
  await makeFolder(places.session.requests);
  await writeDurable(requestFile(places, id), `${undoes}\n`);
}

/** True while somebody asks for an undo. */
export async function isUndoAsked(places: Places, id: string): Promise<boolean> {
  return (await readPlain(requestFile(places, id))).kind === 'text';
}

/** Forgets the undos that were asked for: a copied workspace has the requests of its original. */
export async function forgetUndos(places: Places): Promise<void> {
  for (const name of await listFolder(places.session.requests))
    if (name.startsWith(prefix)) await removeFile(`${places.session.requests}/${name}`);
}

/** The undos that were asked for and have not begun, and those that broke off. */
async function undosDue(places: Places, { orders, open }: History): Promise<UndoRequest[]> {
  const due = new Map<string, string>();
  for (const name of await listFolder(places.session.requests)) {
    if (!name.startsWith(prefix)) continue;
    const file = await readPlain(`${places.session.requests}/${name}`);
    if (file.kind === 'text') due.set(name.slice(prefix.length), file.text.trim());
  }
  for (const id of open) {
    const standing = orders.get(id);
    if (standing?.bonds.undoes != null && standing.position !== 'parked') due.set(id, standing.bonds.undoes);
  }
  return [...due].map(([id, undoes]) => ({ id, undoes })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Carries out every undo that is due, one after the other. `signalOf` gives the signal that ends one, and `isOver` says
 * that no other begins. Throws while the machine fails.
 */
export async function takeUndos(
  session: Session,
  signalOf: (id: string) => AbortSignal,
  isOver: () => boolean = () => false,
): Promise<void> {
  const { places } = session.workspace;
  for (const request of await undosDue(places, session.ledger.history)) {
    if (isOver()) return;
    await undoOrder(session, request, signalOf(request.id));
    const position = session.ledger.history.orders.get(request.id)?.position;
    if (position === 'posted' || position === 'claimed') continue;
    crashPoint('undo.done');
    await removeFile(requestFile(places, request.id));
  }
}

/** The undos of a daemon. `look` begins a round where something is due; `control` ends one that goes on. */
export type Undos = {
  readonly look: () => Promise<void>;
  readonly busy: () => boolean;
  readonly control: (id: string) => AbortController | null;
  readonly close: () => Promise<void>;
};

/** Opens the undos of a daemon. `knock` is called when a round is over, `fault` when it could not go on. */
export function openUndos(session: Session, knock: () => void, fault: (error: unknown) => Promise<void>): Undos {
  let going: Promise<void> | null = null;
  let current: { readonly id: string; readonly control: AbortController } | null = null;
  let closed = false;
  const signalOf = (id: string): AbortSignal => {
    current = { id, control: new AbortController() };
    return current.control.signal;
  };
  return {
    look: async () => {
      if (going !== null || closed) return;
      if ((await undosDue(session.workspace.places, session.ledger.history)).length === 0) return;
      going = takeUndos(session, signalOf, () => closed)
        .catch(fault)
        .finally(() => {
          going = null;
          current = null;
          knock();
        });
    },
    busy: () => going !== null,
    control: (id) => (current?.id === id ? current.control : null),
    close: async () => {
      closed = true;
      current?.control.abort('stopped');
      await going;
    },
  };
}
