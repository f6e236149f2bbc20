// Why: before a run or a check, what its repository needs around the code must be there. It is made once for each state of its key, in the sandbox, on a checkout
// of the commit, and found by everybody after that.
// Promises: a layer that serves others is made of a commit that has landed; a setup that fails is remembered with the end of its output and not repeated at once.
// Never: touches a person's files; hands a setup a credential.
import { createHash } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import { listFolder, makeFolder, readPlain, removeFile, writeDurable } from '../ground/files.ts';
import type { ObjectId } from '../ground/git.ts';
import { syncTarget, type Target, type TreeEntry } from '../ground/target.ts';
import { escapeText, quoteLines } from '../ground/text.ts';
import { postNotice } from '../order/post.ts';
import { findLayer, keyFiles, type Layer, layerDigest, touchLayer } from '../setup/layer.ts';
import { defaultRepo, type RepoSettings } from '../setup/plan.ts';
import type { Workspace } from '../workspace.ts';
import { type FailedSetup, type LayerPlan, makeLayer } from './make-layer.ts';

/** What a run or check finds around the code; or why it can't be made. `tail` is the end of the setup's output. */
export type Prepared =
  | { readonly kind: 'ready'; readonly layers: readonly Layer[]; readonly env: Readonly<Record<string, string>> }
  | SetupFailure;

/** A setup that failed. `ofWork` is true where the setup of the base works: then the failure is about the work that would land. */
export type SetupFailure = FailedSetup & { readonly ofWork: boolean };

/** Milliseconds that a failed setup is not repeated. */
export const setupPatience = 5 * 60_000;

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
  // A setup finds what those before it left, so it is made anew with them; once one of them is of work that has not landed, so are all that follow.
  let same = true;
  for (const setup of setups) {
    const on = [machine, ...layers.map((one) => one.digest)].join(' ');
    const digestOf = (entries: readonly TreeEntry[], alone: string | null): string =>
      layerDigest(setup, env, keyFiles(setup, entries), on, alone);
    const usual = digestOf(there, null);
    same &&= digestOf(here, null) === usual;
    const digest = same ? usual : digestOf(here, commit);
    const plan = { target, commit: same ? landed : commit, setup, env, digest, earlier: [...layers] };
    const made = await workspace.inTurn(
      `setup ${target.name} ${digest}`,
      async () => (await findOrRecall(workspace, plan)) ?? (await makeOrTell(workspace, plan, signal)),
    );
    if ('kind' in made) return { ...made, ofWork: !same };
    await touchLayer(made, workspace.clock.now().getTime());
    layers.push(made);
  }
  return { kind: 'ready', layers, env };
}

async function findOrRecall(workspace: Workspace, plan: LayerPlan): Promise<Layer | FailedSetup | null> {
  const layer = await findLayer(workspace.places.layers, plan.target.name, plan.digest);
  if (layer !== null) return layer;
  const failure = await readFailure(noteOf(workspace, plan));
  return failure !== null && workspace.clock.now().getTime() - failure.at < setupPatience ? failure.failed : null;
}

function noteOf({ places }: Workspace, { target, digest }: LayerPlan): string {
  return `${places.layers}/${target.name}.${digest}.failed.json`;
}

async function makeOrTell(workspace: Workspace, plan: LayerPlan, signal: AbortSignal): Promise<Layer | FailedSetup> {
  await makeFolder(workspace.places.layers);
  await chmod(workspace.places.layers, 0o700);
  const made = await makeLayer(workspace, plan, signal);
  if (!('kind' in made)) await removeFile(noteOf(workspace, plan));
  else if (!signal.aborted) {
    await writeDurable(noteOf(workspace, plan), JSON.stringify({ at: workspace.clock.now().getTime(), failed: made }));
    await tellFailure(workspace, made);
  }
  return made;
}

async function readFailure(path: string): Promise<{ at: number; failed: FailedSetup } | null> {
  const file = await readPlain(path);
  if (file.kind !== 'text') return null;
  try {
    return JSON.parse(file.text) as { at: number; failed: FailedSetup };
  } catch {
    return null;
  }
}

/** Setups that failed and were not made since, for `status` and `doctor`. `layers` is the workspace's folder of layers. */
export async function listFailures(layers: string): Promise<{ at: number; failed: FailedSetup }[]> {
  const names = (await listFolder(layers)).filter((name) => name.endsWith('.failed.json'));
  return (await Promise.all(names.map((name) => readFailure(`${layers}/${name}`)))).filter((one) => one !== null);
}

// Said where fourline runs, and left for the operator with the whole end of the output: orders of that repository wait for it.
async function tellFailure(workspace: Workspace, failed: FailedSetup): Promise<void> {
  workspace.log.say(`${showFailure(failed)}  → fourline doctor`, 'bad');
  const text = [
    `# Setup of repos/${failed.repo} failed`,
    '',
    `\`${escapeText(failed.command)}\`: ${failed.status}. Orders of this repository wait; others go on.`,
    `fourline tries again every ${setupPatience / 60_000} minutes, and at once when the key's files or fourline.yaml change.`,
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
export function showFailure({ repo, command, status, tail }: FailedSetup): string {
  const last = tail.split('\n').findLast((line) => line.trim() !== '') ?? '';
  return `repos/${repo}: setup \`${escapeText(command)}\` failed: ${status}${last === '' ? '' : ` (${escapeText(last).slice(0, 200)})`}`;
}

// What installed programs depend on besides their lock files: the machine, its C library's release, and the Node that fourline brings.
async function machineWords(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const os = createHash('sha256').update(release).digest('hex').slice(0, 8);
  return `${process.platform} ${process.arch} node ${process.version} ${os}`;
}
