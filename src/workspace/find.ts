// Why: a command that is called in some folder begins with the workspace around it.
// Promises: loads nothing else: a prompt or a Tab key that ends here has not paid for what opening a workspace takes.
// Never: reads a file of the workspace.
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault, messageOf } from '../platform/text/fault.ts';

/**
 * Finds the workspace a folder is in: the nearest folder at or above it with roles/ and inbox/. Throws Fault
 * `no-workspace`.
 */
export async function findWorkspace(from: string): Promise<string> {
  const start = await realpath(from).catch((error: unknown) => {
    throw new Fault('no-workspace', `${from} can't be entered: ${messageOf(error)}`, {
      hint: '-C <dir> names a folder of a workspace',
    });
  });
  for (let at = start; ; at = dirname(at)) {
    const parts = await Promise.all(['roles', 'inbox'].map((name) => stat(`${at}/${name}`).catch(() => null)));
    if (parts.every((part) => part?.isDirectory() === true)) return at;
    if (at === dirname(at))
      throw new Fault('no-workspace', `${start} is in no workspace (no folder above it has roles/ and inbox/)`, {
        hint: 'fourline init makes one here; -C <dir> names another',
      });
  }
}
