// Why: an order's runs leave rooms and refs outside its record. Nobody needs them when the order is settled.
// Promises: they are removed with the order, or at the next start. If one cannot be removed, fourline says so, and it
// holds nothing up.
// Never: removes anything of an order that is open.
import { crashPoint } from '../platform/files/crash.ts';
import { listFolder } from '../platform/files/files.ts';
import { dropRefs, listRefs } from '../platform/git/own-refs.ts';
import { ownWords } from '../platform/text/fault.ts';
import { workRef } from '../record/kept-work.ts';
import { closeRoom } from '../room/room.ts';
import type { Session, Workspace } from '../workspace/workspace.ts';

/**
 * Removes what a settled order's runs left outside the archive: rooms, and refs in the mirror. If one cannot be
 * removed, it says so, and holds nothing up.
 */
export async function clearAway(workspace: Workspace, id: string, mirror: string | null): Promise<void> {
  const fault = (error: unknown): void =>
    workspace.tell({
      kind: 'fault',
      order: id,
      detail: `not all of its runs could be cleared away: ${ownWords(error)}`,
      weight: 'bad',
    });
  const { rooms } = workspace.places.outside;
  for (const name of await listFolder(rooms)) if (name.startsWith(`${id}.`)) await closeRoom(rooms, name).catch(fault);
  crashPoint('settle.emptied');
  if (mirror !== null) await clearRefs(mirror, id).catch(fault);
}

async function clearRefs(mirror: string, id: string): Promise<void> {
  await dropRunRefs(mirror, (order, ref) => order === id || ref === workRef(id));
}

async function dropRunRefs(mirror: string, drops: (order: string, ref: string) => boolean): Promise<void> {
  const all = await listRefs(mirror, 'refs/fourline');
  await dropRefs(
    mirror,
    all.filter((ref) => drops(orderOf(ref.slice(ref.lastIndexOf('/') + 1)), ref)),
  );
}

// Rooms and refs are named after a run, `<order>.<attempt>`; the ref of kept work is named after the order.
function orderOf(run: string): string {
  return run.replace(/\.\d+(?:\.\w+)?$/, '');
}

/**
 * Removes rooms and refs of runs whose orders are settled, if the process that should have removed them ended. Says
 * which it cannot remove.
 */
export async function clearLeft(session: Session): Promise<void> {
  const { workspace, ledger } = session;
  const { mirrors, active } = workspace.places;
  const { rooms } = workspace.places.outside;
  const kept = new Set([...ledger.history.open, ...(await listFolder(active))]);
  const fault = (error: unknown): void =>
    workspace.tell({
      kind: 'trouble',
      detail: `leftovers of settled orders could not be removed: ${ownWords(error)}`,
      weight: 'bad',
    });
  for (const name of await listFolder(rooms))
    if (!name.startsWith('.') && !kept.has(orderOf(name))) await closeRoom(rooms, name).catch(fault);
  for (const name of await listFolder(mirrors))
    if (name.endsWith('.git') && !name.startsWith('.'))
      await dropRunRefs(`${mirrors}/${name}`, (order) => !kept.has(order)).catch(fault);
}
