// Why: an installed package folder is large and shared, and tests still write into it. A layer stands in a sandbox as
// an overlay: read from the store, written to a folder of the run's own. That folder is thrown away with the room.
// Promises: no folder is copied, and nothing that a run writes reaches the layer. If the machine can't mount overlays,
// the layer's folders are bound read-only.
// Never: mounts anything in the machine's own mount namespace.
import { copyFile, lstat, mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { canOverlay, type Overlay, overlayFlaw } from '../sandbox/overlay.ts';
import { type Layer, partsOf } from './layer.ts';

/** A host path and its path in a sandbox. `upper` takes what is written there; null if nothing can be written. */
export type Bind = { readonly from: string; readonly to: string; readonly upper: string | null };

/** Layers as one sandbox has them: the mounts made before it starts, and which path it then sees where. */
export type Mounted = { readonly binds: readonly Bind[]; readonly overlays: readonly Overlay[] };

/**
 * Largest single file, in bytes, of which each sandbox gets its own copy to write to, because nothing can be mounted
 * over a file. A larger file can only be read.
 */
const mostCopied = 1_000_000;

/** The folders that layers lie over: on the host, and as the sandbox shows them. */
export type Ground = {
  /** The folders that show there, the topmost first. */
  readonly repository: { readonly outside: readonly string[]; readonly inside: string };
  readonly home: { readonly outside: readonly string[]; readonly inside: string };
};

/**
 * Puts layers into a sandbox. `owned` says that runs have uids of their own, and root mounts for them. `folders` is the
 * run's own folder on the host. Several sandboxes of a run may write there; `name` keeps their files apart. A part is
 * left out if a commit has a link or something else in its place.
 */
export async function mountLayers(
  layers: readonly Layer[],
  owned: boolean,
  folders: string,
  name: string,
  ground: Ground,
): Promise<Mounted> {
  const readOnly = layers.length > 0 && (await overlayFlaw([dirname(folders)], !owned)) !== null;
  const binds: Bind[] = [];
  const overlays: Overlay[] = [];
  const stacks = new Map<string, number>();
  for (const [count, part] of layers.flatMap(partsOf).entries()) {
    const place = part.home ? ground.home : ground.repository;
    const to = `${place.inside}/${part.to}`;
    const own = `${folders}/${name}-${count}`;
    const stat = await lstat(part.from);
    const folder = stat.isDirectory();
    // A mount would follow a link.
    if (stat.isSymbolicLink() || !(await hasPlace(place.outside, part.to, folder))) continue;
    if (stat.isFile() && !part.fetched && stat.size <= mostCopied) {
      const upper = `${own}-file`;
      await copyFile(part.from, upper);
      binds.push({ from: upper, to, upper });
      continue;
    }
    if (readOnly || !folder || !canOverlay(part.from, own)) {
      binds.push({ from: part.from, to, upper: null });
      continue;
    }
    // If two setups fill one folder of HOME, the later one lies over the earlier (overlayfs takes lower folders from
    // the top down).
    const stack = stacks.get(to);
    const below = stack === undefined ? undefined : overlays[stack];
    if (stack !== undefined && below !== undefined) {
      overlays[stack] = { ...below, lower: `${part.from}:${below.lower}` };
      continue;
    }
    stacks.set(to, overlays.length);
    await rm(own, { recursive: true, force: true });
    for (const one of ['', '/upper', '/work', '/merged']) await mkdir(`${own}${one}`, { mode: 0o755 });
    overlays.push({ lower: part.from, upper: `${own}/upper`, work: `${own}/work`, merged: `${own}/merged` });
    binds.push({ from: `${own}/merged`, to, upper: `${own}/upper` });
  }
  return { binds, overlays };
}

// Mounts follow links, and we must not mount on what a link in a room points to.
async function hasPlace(tops: readonly string[], path: string, folder: boolean): Promise<boolean> {
  const parts = path.split('/');
  for (const [count] of parts.entries()) {
    const at = parts.slice(0, count + 1).join('/');
    const all = await Promise.all(tops.map((top) => lstat(`${top}/${at}`).catch(() => null)));
    const found = all.find((one) => one !== null);
    // In an overlay's upper such a device says that nothing is there any more.
    if (found === undefined || (tops.length > 1 && found?.isCharacterDevice() === true && found.rdev === 0))
      return true;
    const last = count === parts.length - 1;
    if (last && !folder ? !found?.isFile() : !found?.isDirectory()) return false;
  }
  return true;
}
