// Why: a setup runs in the sandbox, on a checkout of one commit. Its output is kept for rooms and checks.
// Promises: a setup gets its hosts and no credential. The layer holds ignored paths and named folders of HOME, and
// nothing that a link leads to.
// Never: decides when a setup is needed.

import { lstat, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { compileIgnore } from '../changes/ignore-rules.ts';
import { runChecks, showCheck } from '../checks/check.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { listFolder } from '../platform/files/files.ts';
import { openTree } from '../platform/files/remove.ts';
import type { ObjectId } from '../platform/git/git.ts';
import { identityOf } from '../platform/git/identity.ts';
import type { Target } from '../platform/git/target.ts';
import type { TreeEntry } from '../platform/git/tree.ts';
import { errnoOf, Fault, messageOf } from '../platform/text/fault.ts';
import { shellWord } from '../platform/text/text.ts';
import { closeRoom, openRoom, type Room } from '../room/room.ts';
import { managerOf } from '../setup/ecosystem.ts';
import { findLeavings, isFolderBelow, keepLayer, type Layer, mostParts } from '../setup/layer.ts';
import type { Setup } from '../setup/plan.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { commandLimits, sizeOf } from './bounds.ts';
import { openHosts } from './egress.ts';
import { runUser } from './room-kind.ts';
import type { SetupFailure } from './setup-failure.ts';
import { type Start, startCommand } from './start.ts';

/** One setup of a commit, as it is to be made. */
export type LayerPlan = {
  readonly target: Target;
  readonly commit: ObjectId;
  readonly setup: Setup;
  readonly env: Readonly<Record<string, string>>;
  readonly digest: string;
  /** True if the commit has not landed: the layer serves it alone. */
  readonly ofWork: boolean;
  /** Layers of setups before this one: the setup finds their output. */
  readonly earlier: readonly Layer[];
};

/** Runs a setup and keeps its output. Throws only for faults of the machine. */
export async function makeLayer(
  workspace: Workspace,
  plan: LayerPlan,
  signal: AbortSignal,
): Promise<Layer | SetupFailure> {
  const { target, setup } = plan;
  workspace.tell({
    kind: 'setup',
    detail: `repos/${target.name}: setup: ${setup.commands.join('; ')}`,
    weight: 'minor',
  });
  return inRoom(workspace, plan, async (room) => {
    const failed = await runCommands(workspace, plan, room, signal);
    if (failed !== null) return failed;
    crashPoint('setup.ran');
    const layer = await keepOrTell(workspace, plan, room);
    if ('kind' in layer) return layer;
    crashPoint('setup.kept');
    const left = layer.paths.concat(layer.home.map((path) => `~/${path}`)).join(', ');
    workspace.tell({
      kind: 'setup',
      detail: `repos/${target.name}: setup is kept: ${left || 'it left nothing that git ignores'}`,
      weight: 'minor',
    });
    return layer;
  });
}

/** Runs a setup and keeps none of its output: null when it works now. Throws only for faults of the machine. */
export function trySetup(workspace: Workspace, plan: LayerPlan, signal: AbortSignal): Promise<SetupFailure | null> {
  return inRoom(workspace, plan, (room) => runCommands(workspace, plan, room, signal));
}

async function inRoom<Result>(
  workspace: Workspace,
  { target, commit, digest }: LayerPlan,
  work: (room: Room) => Promise<Result>,
): Promise<Result> {
  const { rooms } = workspace.places.outside;
  const run = `setup.${target.name}.${digest.slice(0, 12)}`;
  const base = { target, branch: 'setup', commit, work: null };
  const walled = workspace.sandboxing.kind === 'bubblewrap';
  const author = identityOf('setup', workspace.settings.domain);
  const kind = { kind: 'copy', reason: 'what a setup leaves is taken out of its room' } as const;
  const room = await openRoom({ rooms, run, author, walled, kind }, base);
  try {
    return await work(room);
  } finally {
    await closeRoom(rooms, run);
  }
}

// Runs one command after the other, until one fails. The limits of checks hold for a setup as well.
async function runCommands(
  workspace: Workspace,
  plan: LayerPlan,
  room: Room,
  signal: AbortSignal,
): Promise<SetupFailure | null> {
  const { setup, target, env, earlier, ofWork } = plan;
  const limits = commandLimits(workspace.settings, room.place, workspace.settings.checks);
  const egress = await openHosts(workspace, setup.network);
  // A folder of HOME that this setup fills as well is its own: rooms and checks find both, one over the other.
  const own = homeOf(setup);
  const layers = earlier.map((one) => ({ ...one, home: one.home.filter((path) => !own.includes(path)) }));
  let used = 0;
  try {
    for (const command of setup.commands) {
      const line = setup.folder === '' ? command : `cd ${shellWord(setup.folder)} && { ${command}\n}`;
      const startOf = (): Promise<Start> =>
        startCommand(workspace, { room }, room, line, { egress, env, layers, name: 'setup' });
      const [result] = await runChecks([line], startOf, limits, workspace.clock, signal, used);
      used += result?.milliseconds ?? 0;
      if (result?.status === 0) continue;
      const status = signal.aborted || result === undefined ? 'it was stopped' : `it ${showCheck(result)}`;
      const tail = tellTail(result?.tail ?? '', egress.refused());
      const { folder } = setup;
      return {
        kind: 'failed',
        repo: target.name,
        folder,
        command,
        status: status.replace(/^it it /, 'it '),
        tail,
        ofWork,
      };
    }
    return null;
  } finally {
    await egress.close();
  }
}

function tellTail(tail: string, refused: readonly string[]): string {
  const hosts =
    refused.length === 0
      ? ''
      : `\nit asked in vain for ${refused.join(', ')}: name hosts under network:, and those with a private address under reachable: as well`;
  return `${tail.trim()}${hosts}`;
}

// Folders of HOME that a setup fills: those it names, else those its managers are known to fill.
function homeOf({ keep, commands }: Setup): string[] {
  const named = keep?.filter((path) => path.startsWith('~/')) ?? [];
  const known = commands.flatMap((one) => managerOf(one)?.home ?? []);
  return [...new Set(named.length > 0 ? named : known)].map((path) => path.slice(2));
}

// A setup is responsible for its output: if files can't be kept, the setup failed, not the machine.
async function keepOrTell(workspace: Workspace, plan: LayerPlan, room: Room): Promise<Layer | SetupFailure> {
  try {
    for (const folder of [room.start, room.home]) await openTree(folder);
    return await keep(workspace, plan, room);
  } catch (error) {
    const own = error instanceof Fault && error.code === 'layer-unkept';
    if (!own && !['EACCES', 'EPERM', 'ENAMETOOLONG', 'ELOOP', 'ENOTEMPTY'].includes(errnoOf(error) ?? '')) throw error;
    const { target, setup, ofWork } = plan;
    const command = setup.commands.at(-1) ?? '';
    const status = 'what it left could not be kept';
    return { kind: 'failed', repo: target.name, folder: setup.folder, command, status, tail: messageOf(error), ofWork };
  }
}

async function keep(workspace: Workspace, plan: LayerPlan, room: Room): Promise<Layer> {
  const { target, commit, setup, digest, ofWork } = plan;
  const { paths, fetched } = await findParts(plan, room.start);
  const home: string[] = [];
  for (const path of homeOf(setup)) if (await isFolderBelow(room.home, path)) home.push(path);
  const parts = [...paths.map((path) => `${room.start}/${path}`), ...home.map((path) => `${room.home}/${path}`)];
  let bytes = 0;
  for (const part of parts) bytes += await sizeOf(part);
  const manifest = {
    repo: target.name,
    digest,
    commands: setup.commands,
    commit,
    made: workspace.clock.now().getTime(),
    bytes,
    paths,
    home,
    ...(ofWork ? { alone: true as const } : {}),
    ...(fetched.length > 0 ? { fetched } : {}),
  };
  return keepLayer(workspace.places.outside.layers, {
    manifest,
    repository: room.start,
    home: room.home,
    shared: runUser(workspace, room) !== null,
  });
}

// The paths of the repository that the layer holds, and those among them that git tracks.
async function findParts(
  { target, commit, setup, earlier }: LayerPlan,
  start: string,
): Promise<{ readonly paths: readonly string[]; readonly fetched: readonly string[] }> {
  const entries = await target.list(commit);
  const rules = compileIgnore(await readIgnoreFiles(target, entries));
  const { kept } = await findLeavings(start, withFolders(entries), rules.ignores);
  const wanted = wantedOf(setup);
  const before = earlier.flatMap((one) => one.paths);
  const fetched = await fetchedOf(target, entries, start);
  const below: string[] = [];
  for (const path of wanted)
    if (kept.some((one) => path.startsWith(`${one}/`)) && (await isFolderBelow(start, path))) below.push(path);
  const paths = [...pickIgnored(kept, { wanted, before, fetched }), ...below, ...fetched];
  if (paths.length > mostParts)
    throw new Fault(
      'layer-unkept',
      `it left ${paths.length} paths that git ignores, and a layer has at most ${mostParts}: name the folders that are needed under keep:`,
    );
  return { paths, fetched };
}

// The paths of the entries, and of all folders above them.
function withFolders(entries: readonly TreeEntry[]): Set<string> {
  const paths = new Set<string>();
  for (const { path } of entries)
    for (let at = path; at !== '' && !paths.has(at); at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) paths.add(at);
  return paths;
}

function readIgnoreFiles(target: Target, entries: readonly TreeEntry[]): Promise<{ folder: string; text: string }[]> {
  return Promise.all(
    entries
      .filter((entry) => /(?:^|\/)\.gitignore$/.test(entry.path) && entry.mode !== '120000')
      .map(async (entry) => ({
        folder: entry.path.slice(0, Math.max(0, entry.path.lastIndexOf('/'))),
        text: (await target.objects.read(entry.id))?.content.toString() ?? '',
      })),
  );
}

// The paths in the repository that keep: names.
function wantedOf({ folder, keep }: Setup): string[] {
  const named = keep?.filter((path) => !path.startsWith('~/')) ?? [];
  return named.map((path) => (folder === '' ? path : `${folder}/${path}`));
}

/** Paths of a repository that decide which ignored ones a layer holds. */
export type LayerChoice = {
  /** Paths that keep: names; without any, every ignored path is wanted. */
  readonly wanted: readonly string[];
  /** Paths of layers before this one. */
  readonly before: readonly string[];
  /** Paths that git tracks and the setup fetched: the layer itself holds them. */
  readonly fetched: readonly string[];
};

/** Picks, from the ignored paths that a setup left, those that its layer holds. Never throws. */
export function pickIgnored(ignored: readonly string[], { wanted, before, fetched }: LayerChoice): string[] {
  const isIn = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
  return (
    ignored
      .filter((path) => !fetched.some((one) => path.startsWith(`${one}/`)))
      // If an earlier setup's layer lies there, this checkout holds only a place to mount it.
      .filter((path) => !before.some((one) => isIn(path, one) || isIn(one, path)))
      .filter((path) => wanted.length === 0 || wanted.some((one) => isIn(path, one)))
  );
}

// Paths that the setup fetched although git tracks them, because rooms hold nothing of their content: submodules, and
// files of Git LFS, for which git tracks a pointer (git-lfs-spec: a pointer begins with its version). Neither can land
// from a room.
async function fetchedOf(target: Target, entries: readonly TreeEntry[], start: string): Promise<string[]> {
  const attributes = entries.filter((entry) => /(?:^|\/)\.gitattributes$/.test(entry.path));
  const texts = await Promise.all(attributes.map((entry) => target.objects.read(entry.id)));
  const large = texts.some((text) => /\bfilter=lfs\b/.test(text?.content.toString() ?? ''));
  const found: string[] = [];
  for (const { path, mode, id } of entries) {
    if (mode === '160000' && (await isFolderBelow(start, path))) {
      // It names a git folder that no room has.
      await rm(`${start}/${path}/.git`, { recursive: true, force: true });
      if ((await listFolder(`${start}/${path}`)).length > 0) found.push(path);
    }
    if (!large || !mode.startsWith('100') || !(await (path.includes('/') ? isFolderBelow(start, dirname(path)) : true)))
      continue;
    const pointer = (await target.objects.read(id))?.content;
    if (pointer?.subarray(0, 42).toString() !== 'version https://git-lfs.github.com/spec/v1') continue;
    const file = await lstat(`${start}/${path}`).catch(() => null);
    if (file?.isFile() === true && file.size !== pointer.length) found.push(path);
  }
  return found;
}
