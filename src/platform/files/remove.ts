// Why: programs leave folders that are closed, or nested deeper than a path can name. They have to go all the same.
// Promises: removes whatever is there, and says what it can't remove.
// Never: follows a link.
import { rm } from 'node:fs/promises';
import { ownPath } from '../process/host.ts';
import { runProcess } from '../process/process.ts';

/** Removes a file or folder with all that is below it. Null when it is gone, else why it isn't. */
export async function removeTree(path: string): Promise<string | null> {
  const failed = await rm(path, { recursive: true, force: true }).then(
    () => false,
    () => true,
  );
  if (!failed) return null;
  // The system's own tools go down one folder at a time.
  await openTree(path);
  const env = { PATH: ownPath() };
  const removed = await runProcess(['rm', '-rf', '--', path], { env });
  return removed.status === 0 ? null : removed.stderr.trim().slice(0, 300);
}

/** Opens closed folders and files to their owner. */
export async function openTree(path: string): Promise<void> {
  const env = { PATH: ownPath() };
  await runProcess(['chmod', '-R', 'u+rwX', '--', path], { env });
}
