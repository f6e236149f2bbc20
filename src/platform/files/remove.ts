// Why: programs leave folders that are closed, or nested deeper than a path can name. They have to go all the same.
// Promises: removes whatever is there, and says what it can't remove.
// Never: follows a link.
import { chmod, rm } from 'node:fs/promises';
import { ownPath } from '../process/host.ts';
import { runProcess } from '../process/process.ts';
import { errnoOf } from '../text/fault.ts';

/** Removes a file or folder with all that is below it. Null when it is gone, else why it isn't. */
export async function removeTree(path: string): Promise<string | null> {
  // An overlay leaves one closed folder, an agent perhaps a few: each is opened. A program is started for more.
  for (let opened = 0; opened < mostOpened; opened += 1) {
    const closed = await rm(path, { recursive: true, force: true }).then(() => null, unreadFolder);
    if (closed === null) return null;
    if (!`${closed}/`.startsWith(`${path}/`)) break;
    await chmod(closed, 0o700).catch(() => undefined);
  }
  // The system's own tools go down one folder at a time.
  await openTree(path);
  const env = { PATH: ownPath() };
  const removed = await runProcess(['rm', '-rf', '--', path], { env });
  return removed.status === 0 ? null : removed.stderr.trim().slice(0, 300);
}

const mostOpened = 8;

// The folder that could not be read; empty if something else failed.
function unreadFolder(error: unknown): string {
  const { path, syscall } = error as { readonly path?: string; readonly syscall?: string };
  return errnoOf(error) === 'EACCES' && syscall === 'scandir' ? (path ?? '') : '';
}

/** Opens closed folders and files to their owner. */
export async function openTree(path: string): Promise<void> {
  const env = { PATH: ownPath() };
  await runProcess(['chmod', '-R', 'u+rwX', '--', path], { env });
}
