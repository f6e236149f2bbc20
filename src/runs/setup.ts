// Why: before a run or a check, its repository's needs around the code must be there. A setup makes them once for each
// state of its key, in the sandbox, on a checkout of the commit. Later runs and checks find them.
// Promises: a layer that serves others is made from a commit that has landed. A failed setup is remembered with the end
// of its output, and not repeated at once.
// Never: touches a person's files; hands a setup a credential.

import { createHash } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import { makeFolder } from '../platform/files/files.ts';
import type { ObjectId } from '../platform/git/git.ts';
import { syncTarget, type Target } from '../platform/git/target.ts';
import type { TreeEntry } from '../platform/git/tree.ts';
import { findLayer, keyFiles, type Layer, layerDigest, layerTurn, touchLayer } from '../setup/layer.ts';
import { repoSettings, type Workspace } from '../workspace/workspace.ts';
import type { LayerPlan } from './make-layer.ts';
import { forgetFailures, recallFailure, rememberFailure, type SetupFailure, showFailure } from './setup-failure.ts';

/**
 * The layers and variables that a run or check finds around the code; or why they can't be made. `tail` is the end of
 * the setup's output.
 */
export type Prepared =
  | { readonly kind: 'ready'; readonly layers: readonly Layer[]; readonly env: Readonly<Record<string, string>> }
  | SetupFailure;

/** The same for a room without a repository. */
export const nothingPrepared: Prepared = { kind: 'ready', layers: [], env: {} };

/**
 * Makes ready what a repository's setup gives at `commit`. `landed` is the commit of the branch: a layer with the same
 * key is made from it; a layer with another key serves `commit` alone. Throws only for faults of the machine.
 */
export async function prepare(
  workspace: Workspace,
  target: Target,
  commit: ObjectId,
  landed: ObjectId,
  signal: AbortSignal,
): Promise<Prepared> {
  return prepareBy<never>(workspace, target, commit, landed, (plan) =>
    workspace.inTurn(layerTurn(target.name, plan.digest), async () => {
      const layer = (await findOrRecall(workspace, plan)) ?? (await makeOrTell(workspace, plan, signal));
      if (!('kind' in layer)) await touchLayer(layer, workspace.clock.now().getTime());
      return layer;
    }),
  );
}

/**
 * Whether everything that a repository's newest commit needs is there; makes nothing. Also `ready` if admission has to
 * report the problem.
 */
export async function lookAtSetup(workspace: Workspace, repo: string): Promise<'ready' | 'lacking' | SetupFailure> {
  const tip = await tipToPrepare(workspace, repo);
  if (tip === null) return 'ready';
  const prepared = await prepareBy<Lacking>(workspace, tip.target, tip.commit, tip.commit, async (plan) => {
    return (await findOrRecall(workspace, plan)) ?? { kind: 'lacking' };
  });
  return prepared.kind === 'failed' ? prepared : prepared.kind;
}

// A layer that isn't there and is not to be made.
type Lacking = { readonly kind: 'lacking' };

// `take` gives each layer, or says why there is none.
async function prepareBy<Missing extends Lacking>(
  workspace: Workspace,
  target: Target,
  commit: ObjectId,
  landed: ObjectId,
  take: (plan: WantedLayer) => Promise<Layer | SetupFailure | Missing>,
): Promise<Prepared | Missing> {
  const { setups, env } = repoSettings(workspace, target.name);
  const layers: Layer[] = [];
  if (setups.length === 0) return { kind: 'ready', layers, env };
  const machine = await machineWords();
  const [here, there] = await Promise.all([target.list(commit), target.list(landed)]);
  let ofWork = false;
  for (const setup of setups) {
    // A setup finds the output of the setups before it, so their digests are part of its key. A layer made from work
    // that hasn't landed may serve nobody else.
    const before = [machine, ...layers.map((one) => one.digest)].join(' ');
    const digestOf = (entries: readonly TreeEntry[], alone: string | null): string =>
      layerDigest(setup, env, keyFiles(setup, entries), before, alone);
    const usual = digestOf(there, null);
    ofWork ||= commit !== landed && digestOf(here, null) !== usual;
    const digest = ofWork ? digestOf(here, commit) : usual;
    const plan = { target, commit: ofWork ? commit : landed, landed, setup, env, digest, ofWork, earlier: [...layers] };
    const taken = await take(plan);
    if ('kind' in taken) return taken;
    layers.push(taken);
  }
  return { kind: 'ready', layers, env };
}

async function findOrRecall(workspace: Workspace, { target, digest }: LayerPlan): Promise<Layer | SetupFailure | null> {
  const layer = await findLayer(workspace.places.outside.layers, target.name, digest);
  return layer ?? (await recallFailure(workspace, target.name, digest));
}

async function makeOrTell(workspace: Workspace, plan: WantedLayer, signal: AbortSignal): Promise<Layer | SetupFailure> {
  const { target, setup, digest, ofWork } = plan;
  const { places } = workspace;
  await makeFolder(places.outside.layers);
  await chmod(places.outside.layers, 0o700);
  const { makeLayer } = await import('./make-layer.ts');
  const made = await makeLayer(workspace, plan, signal);
  if (!('kind' in made)) {
    await forgetFailures(places, digest, { repo: target.name, folder: setup.folder, ofWork });
    return made;
  }
  const failed: SetupFailure = (await failsOnBranch(workspace, plan, signal)) ? { ...made, onBranch: true } : made;
  if (!signal.aborted) await rememberFailure(workspace, digest, failed);
  return failed;
}

type WantedLayer = LayerPlan & { readonly landed: ObjectId };

// A registry that is down fails everybody's setup. The branch's layer doesn't show that, because it was made before.
async function failsOnBranch(workspace: Workspace, plan: WantedLayer, signal: AbortSignal): Promise<boolean> {
  if (!plan.ofWork || signal.aborted || plan.earlier.some((one) => one.alone === true)) return false;
  const { trySetup } = await import('./make-layer.ts');
  return (await trySetup(workspace, { ...plan, commit: plan.landed, ofWork: false }, signal)) !== null;
}

/**
 * Makes ready what a repository's newest commit needs, before an order about it is claimed: a failed setup then costs
 * nobody an attempt. Null when everything is there, or when admission has to report the problem; else the failure in
 * one line.
 */
export async function awaitSetup(
  workspace: Workspace,
  repo: string | null,
  signal: AbortSignal,
): Promise<string | null> {
  const tip = repo === null ? null : await tipToPrepare(workspace, repo);
  if (tip === null) return null;
  const prepared = await prepare(workspace, tip.target, tip.commit, tip.commit, signal);
  return prepared.kind === 'ready' ? null : showFailure(prepared);
}

async function tipToPrepare(workspace: Workspace, repo: string): Promise<{ target: Target; commit: ObjectId } | null> {
  if (repoSettings(workspace, repo).setups.length === 0) return null;
  const target = await workspace.target(repo);
  if ('kind' in target) return null;
  const tip = await syncTarget(target);
  return tip.kind === 'flaw' ? null : { target, commit: tip.commit };
}

// The things that installed programs depend on besides their lock files: the machine, its C library's release, and the
// Node that fourline brings.
async function machineWords(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const os = createHash('sha256').update(release).digest('hex').slice(0, 8);
  return `${process.platform} ${process.arch} node ${process.version} ${os}`;
}
