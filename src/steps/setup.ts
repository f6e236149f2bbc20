// Why: before a run or a check, what its repository needs around the code must be there. It is made once for each state of its key, in the sandbox, on a checkout
// of the commit, and found by everybody after that.
// Promises: a layer that serves others is made of a commit that has landed; a setup that fails is remembered with the end of its output and not repeated at once.
// Never: touches a person's files; hands a setup a credential.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { compileIgnore } from '../changes/ignore-rules.ts';
import { crashPoint } from '../ground/crash.ts';
import { listFolder, makeFolder, readPlain, removeFile, writeDurable } from '../ground/files.ts';
import type { ObjectId } from '../ground/git.ts';
import { startGroup } from '../ground/process.ts';
import { syncTarget, type Target, type TreeEntry } from '../ground/target.ts';
import { escapeText, quoteLines } from '../ground/text.ts';
import { postNotice } from '../order/post.ts';
import { closeRoom, openRoom, type Room } from '../room/room.ts';
import { managerOf } from '../setup/ecosystem.ts';
import {
  findLayer,
  findLeavings,
  keepLayer,
  keyFiles,
  type Layer,
  layerDigest,
  mostParts,
  touchLayer,
} from '../setup/layer.ts';
import { defaultRepo, type RepoSettings, type Setup } from '../setup/plan.ts';
import type { Workspace } from '../workspace.ts';
import { sizeOf } from './bounds.ts';
import { startCommand } from './cell.ts';
import { openHosts } from './door.ts';

/** What a run or check finds around the code; or why it can't be made. `tail` is the end of the setup's output. */
export type Prepared =
  | { readonly kind: 'ready'; readonly layers: readonly Layer[]; readonly env: Readonly<Record<string, string>> }
  | SetupFailure;

/** A setup that failed. `ofWork` is true where the setup of the base works: then the failure is about the work that would land. */
export type SetupFailure = {
  readonly kind: 'failed';
  readonly repo: string;
  readonly command: string;
  readonly status: string;
  readonly tail: string;
  readonly ofWork: boolean;
};

/** Milliseconds that a failed setup is not repeated, and the longest that one may take. */
export const setupTimes = { patience: 5 * 60_000, longest: 30 * 60_000 } as const;

/** How much of the end of a setup's output is kept, in characters. */
const tailLength = 4000;

/** What a room without a repository finds. */
export const nothingPrepared: Prepared = { kind: 'ready', layers: [], env: {} };

/** The settings of a repository. */
export function repoSettings(workspace: Workspace, repo: string): RepoSettings {
  return workspace.settings.repos.get(repo) ?? defaultRepo;
}

/**
 * Makes ready what a repository's setup gives at `commit`. `landed` is the commit of the branch: a layer of the same key is made of that, and one of another key
 * serves `commit` alone. Throws only for faults of the machine.
 */
export async function prepare(
  workspace: Workspace,
  target: Target,
  commit: ObjectId,
  landed: ObjectId,
  signal: AbortSignal,
): Promise<Prepared> {
  const { setups, env } = repoSettings(workspace, target.name);
  const layers: Layer[] = [];
  if (setups.length === 0) return { kind: 'ready', layers, env };
  const machine = await machineWords();
  const [here, there] = await Promise.all([target.list(commit), target.list(landed)]);
  for (const setup of setups) {
    const digestOf = (entries: readonly TreeEntry[], alone: string | null): string =>
      layerDigest(setup, env, keyFiles(setup, entries), machine, alone);
    const usual = digestOf(there, null);
    const same = digestOf(here, null) === usual;
    const from = same ? landed : commit;
    const digest = same ? usual : digestOf(here, commit);
    const made = await workspace.inTurn(`setup ${target.name} ${digest}`, async () => {
      const plan = { target, commit: from, setup, env, digest, earlier: layers };
      return (await findOrRecall(workspace, plan)) ?? (await make(workspace, plan, signal));
    });
    if ('kind' in made) return { ...made, ofWork: !same };
    await touchLayer(made, workspace.clock.now().getTime());
    layers.push(made);
  }
  return { kind: 'ready', layers, env };
}

type Plan = {
  readonly target: Target;
  readonly commit: ObjectId;
  readonly setup: Setup;
  readonly env: Readonly<Record<string, string>>;
  readonly digest: string;
  /** Layers of setups before this one: it finds what they left. */
  readonly earlier: readonly Layer[];
};

type Failed = Omit<SetupFailure, 'ofWork'>;

async function findOrRecall(workspace: Workspace, { target, digest }: Plan): Promise<Layer | Failed | null> {
  const { layers } = workspace.places;
  const layer = await findLayer(layers, target.name, digest);
  if (layer !== null) return layer;
  const failure = await readFailure(`${layers}/${target.name}.${digest}.failed.json`);
  return failure !== null && workspace.clock.now().getTime() - failure.at < setupTimes.patience ? failure.failed : null;
}

async function make(workspace: Workspace, plan: Plan, signal: AbortSignal): Promise<Layer | Failed> {
  const { target, commit, setup, digest } = plan;
  const { layers, rooms } = workspace.places;
  const note = `${layers}/${target.name}.${digest}.failed.json`;
  const run = `setup.${target.name}.${digest.slice(0, 12)}`;
  workspace.log.say(`repos/${target.name}: setup: ${setup.commands.join('; ')}`, 'dim');
  const base = { target, branch: 'setup', commit, work: null };
  const walled = workspace.walls.kind === 'bubblewrap';
  const room = await openRoom(rooms, run, base, 'setup', workspace.settings.domain, walled);
  try {
    const failed = await runCommands(workspace, plan, room, signal);
    if (failed !== null) {
      await makeFolder(layers);
      if (signal.aborted) return failed;
      await writeDurable(note, JSON.stringify({ at: workspace.clock.now().getTime(), failed }));
      await tellFailure(workspace, failed);
      return failed;
    }
    crashPoint('setup.ran');
    const layer = await keep(workspace, plan, room);
    crashPoint('setup.kept');
    await removeFile(note);
    workspace.log.say(
      `repos/${target.name}: setup is kept: ${layer.paths.concat(layer.home).join(', ') || 'it left nothing'}`,
      'dim',
    );
    return layer;
  } finally {
    await closeRoom(rooms, run);
  }
}

// One after the other, until one fails. The time limit is for all of them.
async function runCommands(workspace: Workspace, plan: Plan, room: Room, signal: AbortSignal): Promise<Failed | null> {
  const { setup, target, env, earlier } = plan;
  const door = await openHosts(workspace, setup.network);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(setupTimes.longest)]);
  try {
    for (const command of setup.commands) {
      const line = setup.folder === '' ? command : `cd '${setup.folder.replaceAll("'", `'\\''`)}' && { ${command}\n}`;
      const start = await startCommand(workspace, { room }, room, line, { door, env, layers: earlier, name: 'setup' });
      let tail = '';
      const group = startGroup(start.argv, {
        cwd: start.folder,
        env: start.env,
        input: '',
        feeds: start.feeds,
        onOutput: (_, chunk) => {
          tail = `${tail}${chunk.toString()}`.slice(-tailLength);
        },
      });
      const stopped = new Promise<null>((resolve) => {
        if (limit.aborted) resolve(null);
        else limit.addEventListener('abort', () => resolve(null), { once: true });
      });
      const ended = await Promise.race([group.ended, stopped]);
      await group.end(ended === null ? 1000 : 200);
      if (ended?.kind === 'exited' && ended.status === 0) continue;
      const status =
        ended === null
          ? signal.aborted
            ? 'it was stopped'
            : `it took longer than ${setupTimes.longest / 60_000} minutes`
          : ended.kind === 'exited'
            ? `it ended with status ${ended.status}`
            : ended.kind === 'signalled'
              ? `it was ended by ${ended.signal}`
              : ended.reason;
      return { kind: 'failed', repo: target.name, command, status, tail: escapeTail(tail, door.refused()) };
    }
    return null;
  } finally {
    await door.close();
  }
}

function escapeTail(tail: string, refused: readonly string[]): string {
  const hosts =
    refused.length === 0
      ? ''
      : `\nit asked in vain for ${refused.join(', ')}: name hosts under network:, and those with a private address under reachable: as well`;
  return `${tail.trim()}${hosts}`;
}

async function keep(workspace: Workspace, { target, commit, setup, digest }: Plan, room: Room): Promise<Layer> {
  const entries = await target.list(commit);
  const tracked = new Set<string>();
  for (const { path } of entries)
    for (let at = path; at !== '' && !tracked.has(at); at = at.slice(0, Math.max(0, at.lastIndexOf('/'))))
      tracked.add(at);
  const rules = await Promise.all(
    entries
      .filter((entry) => /(?:^|\/)\.gitignore$/.test(entry.path) && entry.mode !== '120000')
      .map(async (entry) => ({
        folder: entry.path.slice(0, Math.max(0, entry.path.lastIndexOf('/'))),
        text: (await target.reader.read(entry.id))?.content.toString() ?? '',
      })),
  );
  const left = await findLeavings(room.start, tracked, compileIgnore(rules).ignores);
  const known = setup.commands.flatMap((one) => managerOf(one)?.home ?? []);
  const wanted = setup.keep?.map((path) =>
    path.startsWith('~/') || setup.folder === '' ? path : `${setup.folder}/${path}`,
  );
  const paths = left.kept
    .filter((path) => wanted === undefined || wanted.some((one) => path === one || path.startsWith(`${one}/`)))
    .slice(0, mostParts);
  const inHome = (wanted?.filter((path) => path.startsWith('~/')) ?? known).map((path) => path.slice(2));
  const home: string[] = [];
  for (const path of new Set(inHome)) if ((await listFolder(`${room.home}/${path}`)).length > 0) home.push(path);
  const bytes = (await sizeOf(room.start)) + (await sizeOf(room.home));
  const manifest = {
    repo: target.name,
    digest,
    commands: setup.commands,
    commit,
    made: workspace.clock.now().getTime(),
    bytes,
    paths,
    home,
  };
  return keepLayer(workspace.places.layers, { manifest, repository: room.start, home: room.home });
}

async function readFailure(path: string): Promise<{ at: number; failed: Failed } | null> {
  const file = await readPlain(path);
  if (file.kind !== 'text') return null;
  try {
    return JSON.parse(file.text) as { at: number; failed: Failed };
  } catch {
    return null;
  }
}

/** Setups that failed and were not made since, for `status` and `doctor`. `layers` is the workspace's folder of layers. */
export async function listFailures(layers: string): Promise<{ at: number; failed: Failed }[]> {
  const names = (await listFolder(layers)).filter((name) => name.endsWith('.failed.json'));
  return (await Promise.all(names.map((name) => readFailure(`${layers}/${name}`)))).filter((one) => one !== null);
}

// Said where fourline runs, and left for the operator with the whole end of the output: orders of that repository wait for it.
async function tellFailure(workspace: Workspace, failed: Failed): Promise<void> {
  workspace.log.say(`${showFailure(failed)}  → fourline doctor`, 'bad');
  const text = [
    `# Setup of repos/${failed.repo} failed`,
    '',
    `\`${escapeText(failed.command)}\`: ${failed.status}. Orders of this repository wait; others go on.`,
    `fourline tries again every ${setupTimes.patience / 60_000} minutes, and at once when the key's files or fourline.yaml change.`,
    '',
    ...quoteLines(failed.tail),
    '',
  ].join('\n');
  await postNotice(workspace.places, `setup-${failed.repo}`, text).catch(() => undefined);
}

/**
 * Makes ready what a repository's newest commit needs, before an order of it is claimed: a setup that fails is no attempt of anybody's. Null when all is there, or
 * when what is wrong is for admission to say; else the failure in one line.
 */
export async function awaitSetup(
  workspace: Workspace,
  repo: string | null,
  signal: AbortSignal,
): Promise<string | null> {
  if (repo === null || repoSettings(workspace, repo).setups.length === 0) return null;
  const target = await workspace.target(repo);
  if ('kind' in target) return null;
  const tip = await syncTarget(target);
  if (tip.kind === 'flaw') return null;
  const prepared = await prepare(workspace, target, tip.commit, tip.commit, signal);
  return prepared.kind === 'ready' ? null : showFailure(prepared);
}

/** A failed setup in one line, for people. */
export function showFailure({ repo, command, status, tail }: Failed): string {
  const last = tail.split('\n').findLast((line) => line.trim() !== '') ?? '';
  return `repos/${repo}: setup \`${escapeText(command)}\` failed: ${status}${last === '' ? '' : ` (${escapeText(last).slice(0, 200)})`}`;
}

// What installed programs depend on besides their lock files: the machine, its C library's release, and the Node that fourline brings.
async function machineWords(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const os = createHash('sha256').update(release).digest('hex').slice(0, 8);
  return `${process.platform} ${process.arch} node ${process.version} ${os}`;
}
