// Why: a run with a uid of its own reads and writes only what is its own or everybody's; the folders it works in were made by root.
// Promises: what a cell may write, and the sockets it speaks to, are its uid's when this returns; a file that only its owner may read is lent as a copy.
// Never: changes the owner of a file outside the run's own folders, sockets of fourline's own aside.
import type { Stats } from 'node:fs';
import { copyFile, lstat } from 'node:fs/promises';
import { handTo } from '../platform/process/run-user.ts';
import type { Cell, Readable } from './bubblewrap.ts';

// A plain file that only its owner may read.
function isClosed(found: Stats): boolean {
  return found.isFile() && (found.mode & 0o004) === 0;
}

/** Hands a cell to the uid it has outside, if that is not fourline's own. `place` holds the run's folders. Returns the cell as it is to be opened. */
export async function lend(cell: Cell, place: string): Promise<Cell> {
  if (cell.user === null) return cell;
  const files: string[] = [];
  const readable: Readable[] = [];
  for (const [at, one] of cell.readable.entries()) {
    const found = await lstat(one.from).catch(() => null);
    const closed = found !== null && isClosed(found);
    const own = one.from.startsWith(`${place}/`);
    const copy = `${place}/lent-${at}`;
    if (closed && !own) await copyFile(one.from, copy);
    const from = closed && !own ? copy : one.from;
    if (closed || found?.isSocket() === true) files.push(from);
    readable.push({ ...one, from });
  }
  for (const name of ['passwd', 'group']) {
    const path = `${cell.accounts}/${name}`;
    if (isClosed(await lstat(path))) files.push(path);
  }
  const uppers = cell.layers.flatMap(({ upper }) => upper ?? []);
  await handTo(cell.user, [cell.room, cell.home, cell.temporary, ...uppers], files);
  return { ...cell, readable };
}
