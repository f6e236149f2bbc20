// Why: a setup installs packages once for each state of its key, and every room and check finds them. This is the
// store: one folder a layer.
// Promises: a layer is whole or not there: its folder is renamed into place, manifest last. Its content comes from a
// setup of a commit, never from a room.
// Never: runs a setup, or changes a layer that is there.

import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { listFolder, makeFolder, readPlain, writeDurable } from '../platform/files/files.ts';
import { removeTree } from '../platform/files/remove.ts';
import type { TreeEntry } from '../platform/git/tree.ts';
import { ownPath } from '../platform/process/host.ts';
import { runProcess } from '../platform/process/process.ts';
import { Fault } from '../platform/text/fault.ts';
import { ecosystems } from './ecosystem.ts';
import type { Setup } from './plan.ts';

/** A layer. Paths of `paths` count from the repository's top, those of `home` from HOME; `folder` is where it lies. */
export type Layer = {
  readonly folder: string;
  readonly repo: string;
  readonly digest: string;
  readonly commands: readonly string[];
  /** The commit that it was made from. `alone` if that had not landed: then the layer serves no other commit. */
  readonly commit: string;
  readonly alone?: true;
  /** When it was made, and used last: milliseconds since 1970. */
  readonly made: number;
  readonly used: number;
  readonly bytes: number;
  readonly paths: readonly string[];
  readonly home: readonly string[];
  /** Those of `paths` that git tracks: submodules and files of Git LFS that the setup fetched. */
  readonly fetched?: readonly string[];
};

type Manifest = Omit<Layer, 'folder' | 'used'> & { readonly v: 1 };

/**
 * Files that decide what a setup installs, with their object names. Without a known lock file it is the whole folder:
 * slower, but correct.
 */
export function keyFiles(setup: Setup, entries: readonly TreeEntry[]): TreeEntry[] {
  const inside = setup.folder === '' ? '' : `${setup.folder}/`;
  const below = entries.filter((entry) => entry.path.startsWith(inside));
  const pick = (names: readonly string[]): TreeEntry[] => {
    const wanted = new Set(names.map((name) => `${inside}${name}`));
    return below.filter((entry) => wanted.has(entry.path));
  };
  if (setup.key !== null) {
    const named = pick(setup.key);
    const folders = setup.key.map((name) => `${inside}${name}/`);
    return [...named, ...below.filter((entry) => folders.some((folder) => entry.path.startsWith(folder)))];
  }
  const known = ecosystems.filter((one) => pick(one.marks).length > 0).flatMap((one) => [...one.marks, ...one.key]);
  return known.length > 0 ? pick([...new Set(known)]) : below;
}

/**
 * The name of the layer that a setup makes. `machine` says platform and runtimes in words. `alone` is the commit of
 * work that has not landed. Its layer serves that commit alone: its scripts ran in the setup, so nobody else may meet
 * their output.
 */
export function layerDigest(
  setup: Setup,
  env: Readonly<Record<string, string>>,
  files: readonly TreeEntry[],
  machine: string,
  alone: string | null,
): string {
  const { folder, commands, network, keep } = setup;
  const key = files.map(({ path, mode, id }) => [path, mode, id]);
  return createHash('sha256')
    .update(
      JSON.stringify({ v: 1, folder, commands, network, keep, env: Object.entries(env).sort(), key, machine, alone }),
    )
    .digest('hex')
    .slice(0, 32);
}

/** The key of the turn in which a layer is made, found, used or removed (`inTurn` of the workspace). */
export function layerTurn(repo: string, digest: string): string {
  return `setup ${repo} ${digest}`;
}

/** Where a layer lies. `layers` is the workspace's folder of layers. */
function folderOf(layers: string, repo: string, digest: string): string {
  return `${layers}/${repo}/${digest}`;
}

/**
 * A part of a layer: where it lies, and where it belongs below the repository or HOME. `fetched` if git tracks that
 * place.
 */
export type LayerPart = {
  readonly from: string;
  readonly to: string;
  readonly home: boolean;
  readonly fetched: boolean;
};

/** The parts of a layer. */
export function partsOf(layer: Layer): LayerPart[] {
  const { folder, paths, home, fetched = [] } = layer;
  return [
    ...paths.map((to) => ({ from: `${folder}/tree/${to}`, to, home: false, fetched: fetched.includes(to) })),
    ...home.map((to) => ({ from: `${folder}/home/${to}`, to, home: true, fetched: false })),
  ];
}

/** The layer of that name, or null when there is no whole one. */
export async function findLayer(layers: string, repo: string, digest: string): Promise<Layer | null> {
  const folder = folderOf(layers, repo, digest);
  const file = await readPlain(`${folder}/manifest.json`);
  const manifest = file.kind === 'text' ? readManifest(file.text) : null;
  if (manifest === null) return null;
  const stat = await lstat(`${folder}/manifest.json`);
  return { ...manifest, folder, used: stat.mtimeMs };
}

function readManifest(text: string): Manifest | null {
  try {
    const read = JSON.parse(text) as Partial<Manifest>;
    return read.v === 1 && Array.isArray(read.paths) && Array.isArray(read.home) ? (read as Manifest) : null;
  } catch {
    return null;
  }
}

/** Notes that a layer is in use now. */
export async function touchLayer(layer: Layer, now: number): Promise<void> {
  await utimes(`${layer.folder}/manifest.json`, now / 1000, now / 1000);
}

/** All layers of a workspace, the most recently used first. */
export async function listLayers(layers: string): Promise<Layer[]> {
  const found: Layer[] = [];
  for (const { repo, name } of await listStore(layers)) {
    const layer = await findLayer(layers, repo, name);
    if (layer !== null) found.push(layer);
  }
  return found.sort((a, b) => b.used - a.used);
}

// The folders of the store, whole or not. Notes on failed setups lie beside them.
async function listStore(layers: string): Promise<{ repo: string; name: string }[]> {
  const out: { repo: string; name: string }[] = [];
  for (const repo of await listFolder(layers))
    if ((await lstat(`${layers}/${repo}`)).isDirectory())
      for (const name of await listFolder(`${layers}/${repo}`)) out.push({ repo, name });
  return out;
}

/**
 * A setup's output, to be kept. `repository` and `home` are host folders, which lose these paths. `shared` lets runs
 * with other uids write to copies of them.
 */
export type LayerDraft = {
  readonly manifest: Omit<Layer, 'folder' | 'used'>;
  readonly repository: string;
  readonly home: string;
  readonly shared: boolean;
};

/** Moves a setup's output into the store; both lie on one disk. Returns the layer. */
export async function keepLayer(layers: string, { manifest, repository, home, shared }: LayerDraft): Promise<Layer> {
  const folder = folderOf(layers, manifest.repo, manifest.digest);
  const draft = `${folder}.draft`;
  await clearLayerAway(draft);
  await makeFolder(dirname(folder));
  for (const [part, from, paths] of [
    ['tree', repository, manifest.paths],
    ['home', home, manifest.home],
  ] as const)
    for (const path of paths) {
      await mkdir(dirname(`${draft}/${part}/${path}`), { recursive: true });
      await rename(`${from}/${path}`, `${draft}/${part}/${path}`);
    }
  await mkdir(draft, { recursive: true });
  await makePlain(draft, shared);
  await writeDurable(
    `${draft}/manifest.json`,
    `${JSON.stringify({ v: 1, ...manifest } satisfies Manifest, null, 1)}\n`,
  );
  // A whole layer there would have been used, so a folder that lies there is not whole.
  await clearLayerAway(folder);
  await rename(draft, folder);
  return { ...manifest, folder, used: manifest.made };
}

// Sockets, pipes and devices are no files to install. If each run has a uid of its own, root owns the layer, and it is
// open to all of them: nobody else reaches its folder, and they write into their own overlays.
async function makePlain(draft: string, shared: boolean): Promise<void> {
  const env = { PATH: ownPath() };
  const plain = ['-type', 'f', '-o', '-type', 'd', '-o', '-type', 'l'];
  // Opens the folders first: find cannot look into a closed folder.
  const steps = [
    ['chmod', '-R', shared ? 'a+rwX,a-s,a-t' : 'u+rwX,a-s', '--', draft],
    ['find', draft, '!', '(', ...plain, ')', '-delete'],
    ...(shared ? [['chown', '-hR', '0:0', '--', draft]] : []),
  ] as const;
  for (const [program, ...args] of steps) {
    const done = await runProcess([program, ...args], { env });
    if (done.status !== 0) throw new Fault('layer-unkept', `${program}: ${done.stderr.trim().slice(0, 300)}`);
  }
}

/** Whether a path below a folder is a folder, with no link on the way. */
export async function isFolderBelow(top: string, path: string): Promise<boolean> {
  const parts = path.split('/');
  for (const [count] of parts.entries()) {
    const found = await lstat(`${top}/${parts.slice(0, count + 1).join('/')}`).catch(() => null);
    if (found?.isDirectory() !== true) return false;
  }
  return true;
}

/** Removes a layer in its turn, if nobody has used it since it was listed. Returns how many bytes it removed. */
export async function removeLayer(
  inTurn: (turn: string, work: () => Promise<number>) => Promise<number>,
  layers: string,
  { repo, digest, used }: Layer,
): Promise<number> {
  return inTurn(layerTurn(repo, digest), async () => {
    const now = await findLayer(layers, repo, digest);
    if (now === null || now.used !== used) return 0;
    return (await clearFolder(now.folder)) === null ? now.bytes : 0;
  });
}

/**
 * Removes what setups and removals that broke off left in the store. Only while no setup runs. Returns which paths it
 * could not remove, and why.
 */
export async function clearDrafts(layers: string): Promise<string[]> {
  const stuck: string[] = [];
  for (const { repo, name } of await listStore(layers)) {
    if ((await findLayer(layers, repo, name)) !== null) continue;
    const reason = await clearFolder(`${layers}/${repo}/${name}`);
    if (reason !== null) stuck.push(`${layers}/${repo}/${name} could not be removed: ${reason}`);
  }
  return stuck;
}

// Removes the manifest first: a removal that breaks off leaves no layer that looks whole.
async function clearFolder(folder: string): Promise<string | null> {
  await rm(`${folder}/manifest.json`, { force: true });
  return removeTree(folder);
}

async function clearLayerAway(folder: string): Promise<void> {
  const stuck = await removeTree(folder);
  if (stuck !== null) throw new Fault('layer-unkept', stuck);
}

/**
 * The files that a setup left in a checkout. `kept` are top-most ignored paths; `other` are paths that are not kept:
 * neither tracked nor ignored, or links.
 */
export type Leavings = { readonly kept: readonly string[]; readonly other: readonly string[] };

/** How many paths one layer may consist of: each needs a mount of its own. */
export const mostParts = 200;

/**
 * Looks through a checkout after its setup. `tracked` are the paths of its commit and their folders; `ignores` are the
 * commit's own rules. It takes ignored folders whole, without looking inside.
 */
export async function findLeavings(
  top: string,
  tracked: ReadonlySet<string>,
  ignores: (path: string, folder: boolean) => boolean,
): Promise<Leavings> {
  const kept: string[] = [];
  const other: string[] = [];
  const open = [''];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await readdir(`${top}/${folder}`, { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (path === '.git') continue;
      const plain = entry.isDirectory() || entry.isFile();
      if (plain && !tracked.has(path) && ignores(path, entry.isDirectory())) kept.push(path);
      else if (entry.isDirectory()) open.push(path);
      else if (!tracked.has(path)) other.push(path);
    }
  }
  return { kept: kept.sort(), other: other.sort() };
}
