// Why: a room may have been an overlay over the base. Then what was written lies in a folder of its own, and says what
// changed without a look at the rest.
// Promises: the kernel says which folder hides the base's; a mark that overlayfs keeps is never interpreted here.
// Never: mounts anything.
import { chmodSync, type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs';
import type { TreeFolder } from '../platform/git/tree-folder.ts';
import { decodeName } from './path.ts';

/**
 * An overlay at `path` of the room: it showed `base`, and `upper` holds what was written, no more. `opaque` asks the
 * kernel which folders of the upper hide what the base has there; each is asked with a name that only the base has.
 */
export type SurveyLayer = {
  readonly path: string;
  readonly base: TreeFolder;
  readonly upper: string;
  /**
   * The group of the base's folders, if nobody in the room could give it to a folder: then a folder of that group was
   * copied up, and hides nothing. Else null.
   */
  readonly group: number | null;
  readonly opaque: (asked: readonly OpaqueQuestion[]) => Promise<ReadonlySet<string>>;
};

/** A folder of an upper, and a name that only the base has there. */
export type OpaqueQuestion = { readonly folder: string; readonly name: string };

/**
 * The folders of a layer that hide what the base has there. A folder that was written into and lacks names of the base
 * shows them too, or was made anew in its place: only the kernel knows which. Throws what `opaque` throws.
 */
export async function findOpaque({ base, upper, group, opaque }: SurveyLayer): Promise<ReadonlySet<string>> {
  const asked: OpaqueQuestion[] = [];
  const look = async (folder: string, known: TreeFolder): Promise<void> => {
    const at = folder === '' ? upper : `${upper}/${folder}`;
    const { gid } = openFolder(at);
    const entries = new Map<string, Dirent<Buffer>>();
    for (const entry of readdirSync(at, { withFileTypes: true, encoding: 'buffer' })) {
      const name = decodeName(entry.name);
      if (name !== null) entries.set(name, entry);
    }
    const names = await known.names();
    const name = [...names.keys()].find((one) => !entries.has(one));
    // The top of an overlay is its mount, which nobody can make anew.
    if (name !== undefined && folder !== '' && gid !== group) asked.push({ folder, name });
    for (const [one, entry] of entries) {
      const inner = names.get(one);
      if (entry.isDirectory() && inner?.kind === 'folder') await look(joinPath(folder, one), inner);
    }
  };
  await look('', base);
  return asked.length === 0 ? new Set() : opaque(asked);
}

/** Opens a folder that an agent closed: the room is ours, and nothing is hidden by it. Gives how it stood. */
export function openFolder(at: Buffer | string): Stats {
  const stat = lstatSync(at);
  if ((stat.mode & 0o700) !== 0o700) chmodSync(at, 0o700);
  return stat;
}

/** The path of a name in a folder; the top is the empty path. */
export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
