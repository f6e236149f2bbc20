// Why: an installed package folder is large and shared, and tests write into it all the same. A layer stands in a sandbox as an overlay: read from the store,
// written to a folder of the run's own that is thrown away with its room.
// Promises: nothing is copied, and nothing that a run writes reaches the layer; where overlays can't be had, a layer is bound read-only.
// Never: mounts anything in the machine's own mount namespace.
import { lstat, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { runProcess } from '../ground/process.ts';
import { type Layer, partsOf } from './layer.ts';

/** A path of the host's and where it stands in a sandbox. `upper` takes what is written there; null where nothing can be. */
export type Bind = { readonly from: string; readonly to: string; readonly upper: string | null };

/** Layers as one sandbox has them. `around` puts the overlays in place before it starts the program that it is given. */
export type Mounted = {
  readonly binds: readonly Bind[];
  readonly around: (argv: readonly [string, ...string[]]) => [string, ...string[]];
};

/** No layers. */
export const nothingMounted: Mounted = { binds: [], around: (argv) => [...argv] };

/** How layers can be mounted on this machine: over each other as root or in a user namespace, or read-only. */
export type MountKind = 'root' | 'user' | 'read-only';

// Options of overlay mounts separate by these, and util-linux takes no escapes for them (mount(8), overlayfs.rst).
const separators = /[,:\\"\s]/;

// Four arguments a mount: lower, upper, work, where. A status of its own tells that no program was started.
const script = (options: string): string =>
  `while [ "$1" != -- ]; do mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3${options}" "$4" || exit 125; shift 4; done; shift; exec "$@"`;

function aroundFor(kind: 'root' | 'user', mounts: readonly string[]): Mounted['around'] {
  // As an ordinary user the mounts need a user namespace, and overlayfs keeps its marks in attributes of users.
  const unshare = kind === 'root' ? ['unshare', '--mount'] : ['unshare', '--user', '--map-root-user', '--mount'];
  const shell = script(kind === 'root' ? '' : ',userxattr');
  return (argv) => [...unshare, 'sh', '-c', shell, 'sh', ...mounts, '--', ...argv] as [string, ...string[]];
}

let tried: Promise<MountKind> | null = null;

/** Finds out, once, how layers can be mounted here, by mounting one. */
export function findMountKind(): Promise<MountKind> {
  tried ??= tryMounts();
  return tried;
}

async function tryMounts(): Promise<MountKind> {
  if (process.platform !== 'linux') return 'read-only';
  const kind = process.getuid?.() === 0 ? 'root' : 'user';
  const place = await mkdtemp(`${tmpdir()}/fourline-overlay-`);
  try {
    const folders = ['lower', 'upper', 'work', 'merged'].map((name) => `${place}/${name}`);
    if (folders.some((folder) => separators.test(folder))) return 'read-only';
    for (const folder of [...folders, `${place}/lower/folder`]) await mkdir(folder);
    // A write below a folder of the lower layer is what fails where owners aren't mapped.
    const argv = aroundFor(kind, folders)(['touch', `${place}/merged/folder/file`]);
    const done = await runProcess(argv, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, timeout: 30_000 });
    return done.status === 0 ? kind : 'read-only';
  } catch {
    return 'read-only';
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** The folders that layers lie over: on the host, and as the sandbox shows them. */
export type Ground = {
  readonly repository: { readonly outside: string; readonly inside: string };
  readonly home: { readonly outside: string; readonly inside: string };
};

/**
 * Puts layers into a sandbox. `place` is the run's own folder on the host, and `name` keeps apart what several sandboxes of it write. A part that has no place there,
 * because a commit has a link or something else in its way, is left out.
 */
export async function mountLayers(
  layers: readonly Layer[],
  kind: MountKind,
  place: string,
  name: string,
  ground: Ground,
): Promise<Mounted> {
  const binds: Bind[] = [];
  const mounts: string[] = [];
  const stacks = new Map<string, number>();
  for (const [count, part] of layers.flatMap(partsOf).entries()) {
    const below = part.home ? ground.home : ground.repository;
    const to = `${below.inside}/${part.to}`;
    const own = `${place}/${name}-${count}`;
    const folder = (await lstat(part.from)).isDirectory();
    if (!(await hasPlace(below.outside, part.to, folder))) continue;
    if (kind === 'read-only' || !folder || separators.test(`${part.from}${own}`)) {
      binds.push({ from: part.from, to, upper: null });
      continue;
    }
    // Two setups that fill one folder of HOME: the later one lies over the earlier (overlayfs takes lower folders from the top down).
    const stack = stacks.get(to);
    if (stack !== undefined) {
      mounts[stack] = `${part.from}:${mounts[stack]}`;
      continue;
    }
    stacks.set(to, mounts.length);
    await rm(own, { recursive: true, force: true });
    for (const one of ['', '/upper', '/work', '/merged']) await mkdir(`${own}${one}`, { mode: 0o755 });
    mounts.push(part.from, `${own}/upper`, `${own}/work`, `${own}/merged`);
    binds.push({ from: `${own}/merged`, to, upper: `${own}/upper` });
  }
  if (kind === 'read-only' || mounts.length === 0) return { ...nothingMounted, binds };
  return { binds, around: aroundFor(kind, mounts) };
}

// Mounts follow links, and what a link in a room leads to is nobody's to mount on.
async function hasPlace(top: string, path: string, folder: boolean): Promise<boolean> {
  const parts = path.split('/');
  for (const [count] of parts.entries()) {
    const found = await lstat(`${top}/${parts.slice(0, count + 1).join('/')}`).catch(() => null);
    if (found === null) return true;
    const last = count === parts.length - 1;
    if (last && !folder ? !found.isFile() : !found.isDirectory()) return false;
  }
  return true;
}
