// Why: if work comes from a remote, an order begins on the newest base. Before the order is claimed, its branch is
// fetched and moved forward.
// Promises: a branch only moves forward, by the same compare-and-swap as a landing, and work trees follow as they do
// there. If a branch diverged, fourline says so, and its orders wait unspent. A remote that can't be reached holds
// nothing up.
// Never: merges, rebases, or moves a branch back.

import type { Standing } from '../ledger/standing.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { giveBack } from '../platform/files/owner.ts';
import { isUnsafePath } from '../platform/git/checkout-path.ts';
import { isAncestor, resolveRef, swapRef } from '../platform/git/git.ts';
import { fetchBranch, trackingRef } from '../platform/git/remote.ts';
import { bringCommit, syncTarget, type Target } from '../platform/git/target.ts';
import { diffTrees } from '../platform/git/tree.ts';
import { isOn, listWorkTrees } from '../platform/git/work-trees.ts';
import { escapeText } from '../platform/text/text.ts';
import { postNotice, withdrawNotice } from '../record/post.ts';
import { changeNote } from '../remote/note.ts';
import { repoOf, repoSettings, type Workspace } from '../workspace/workspace.ts';
import { bringRepo, noteBehind } from './behind.ts';
import { landsOn } from './own-branch.ts';
import { divergedWords } from './remote-words.ts';

/** For how many milliseconds a fetch counts as fresh, and for how many a failed fetch is not repeated. */
const fetchTimes = { fresh: 10_000, failed: 60_000 } as const;

// Until when the last fetch of each branch counts, by workspace. Opening a workspace again forgets it.
const fetched = new WeakMap<Workspace, Map<string, number>>();

/**
 * The repository that a posted order is about: the one it names, even by its Files alone, else the only one there is.
 */
export async function repoAbout(workspace: Workspace, { asked: { repo, files } }: Standing): Promise<string | null> {
  const named = new Set(files.flatMap((path) => /^repos\/([^/*?{[]+)\//.exec(path)?.[1] ?? []));
  return repo ?? (await repoOf(workspace, named.size === 1 ? [...named][0] : undefined));
}

/**
 * Brings an order's branch up to its remote before the order is claimed. Null when the order can go on; else one line
 * that says why it waits.
 */
export async function awaitPull(
  workspace: Workspace,
  repo: string | null,
  standing: Standing | undefined,
  signal: AbortSignal,
): Promise<string | null> {
  if (repo === null || standing === undefined) return null;
  const { remote, pull } = repoSettings(workspace, repo).remote;
  if (remote === null || !pull) return null;
  const target = await workspace.target(repo);
  if ('kind' in target) return null;
  const tip = await syncTarget(target, landsOn(standing) ?? standing.landing.branch);
  // Admission reports the problem of the repository.
  if (tip.kind === 'flaw') return null;
  return workspace.inTurn(`fetch ${repo}`, () => pullBranch(workspace, target, { remote, branch: tip.branch }, signal));
}

type PullSource = { readonly remote: string; readonly branch: string };

async function pullBranch(
  workspace: Workspace,
  target: Target,
  source: PullSource,
  signal: AbortSignal,
): Promise<string | null> {
  const known = fetched.get(workspace) ?? new Map<string, number>();
  fetched.set(workspace, known);
  const key = `${target.name} ${source.remote} ${source.branch}`;
  if (workspace.clock.elapsed() >= (known.get(key) ?? 0)) {
    const reached = await fetchBranch(target.commonDir, source.remote, source.branch, {
      host: workspace.host,
      signal,
    });
    await giveBack(target.commonDir);
    if (signal.aborted) return null;
    const reason = reached.kind === 'done' ? null : reached.reason;
    await sayReached(workspace, target, source, reason);
    known.set(key, workspace.clock.elapsed() + (reason === null ? fetchTimes.fresh : fetchTimes.failed));
  }
  // A person may have mended a diverged branch since the fetch, so we compare again each time.
  return followRemote(workspace, target, source);
}

// Tells when the remote stops being reachable and when it is reachable again.
async function sayReached(
  workspace: Workspace,
  target: Target,
  source: PullSource,
  reason: string | null,
): Promise<void> {
  await changeNote(workspace, target.name, ({ unfetched }) => {
    if (unfetched === reason) return null;
    const name = `repos/${target.name}: ${source.remote}`;
    if (reason === null) workspace.tell({ kind: 'remote', detail: `${name} can be fetched again`, weight: 'good' });
    else
      workspace.tell({
        kind: 'remote',
        detail: `${name} could not be fetched: ${escapeText(reason)}; work goes on from ${source.branch} as it is here`,
        weight: 'bad',
      });
    return { unfetched: reason };
  });
}

// Moves the branch forward to what was fetched. Returns why it can't, or null.
async function followRemote(
  workspace: Workspace,
  target: Target,
  { remote, branch }: PullSource,
): Promise<string | null> {
  const ref = `refs/heads/${branch}`;
  const there = await resolveRef(target.commonDir, trackingRef(remote, branch));
  const outcome = await workspace.inTurn(`land ${target.name}`, async () => {
    const here = await resolveRef(target.commonDir, ref);
    if (here === null || there === null || (await isAncestor(target.commonDir, there, here))) return null;
    if (!(await isAncestor(target.commonDir, here, there))) return { here, there };
    await bringCommit(target, branch, there);
    const unsafe = (await diffTrees(target.objects, here, there)).find(({ path }) => isUnsafePath(path));
    if (unsafe !== undefined) {
      const why = `${remote}/${branch} holds a path that no checkout may write: ${escapeText(unsafe.path)}`;
      workspace.tell({ kind: 'remote', detail: `repos/${target.name}: ${why}; it is not pulled`, weight: 'bad' });
      return null;
    }
    // First a note: after it, a kill leaves no work tree behind its branch.
    const trees = await listWorkTrees(target);
    const on = await Promise.all(trees.map((tree) => isOn(tree, branch)));
    const follows = trees.filter((_, at) => on[at] === true).map(({ gitDir }) => ({ gitDir, from: here, files: true }));
    await noteBehind(workspace, target.name, branch, follows);
    crashPoint('pull.noted');
    // If somebody else moves the branch now, they win; the next look sees the result.
    const { moved } = await swapRef(target.commonDir, ref, there, here);
    crashPoint('pull.moved');
    await bringRepo(workspace, target.name);
    if (moved)
      workspace.tell({
        kind: 'remote',
        detail: `repos/${target.name}: ${branch} is at ${there.slice(0, 7)} of ${remote}`,
        weight: 'minor',
      });
    return null;
  });
  return sayDiverged(workspace, target, { remote, branch }, outcome);
}

// Says once for each state of the two branches that they diverged, and leaves a notice for the operator: orders of that
// repository wait for it.
async function sayDiverged(
  workspace: Workspace,
  target: Target,
  { remote, branch }: PullSource,
  found: { here: string; there: string } | null,
): Promise<string | null> {
  const words = divergedWords(target.name, remote, branch);
  let news: 'begun' | 'over' | null = null;
  await changeNote(workspace, target.name, ({ diverged }) => {
    const known = diverged[branch];
    if (known?.here === found?.here && known?.there === found?.there) return null;
    const { [branch]: _, ...others } = diverged;
    news = found === null ? 'over' : 'begun';
    return { diverged: found === null ? others : { ...others, [branch]: found } };
  });
  const notice = `diverged-${target.name}`;
  if (news === 'over') await withdrawNotice(workspace.places, notice);
  if (found === null) return null;
  if (news === 'begun') {
    workspace.tell({ kind: 'remote', detail: `${words}: its orders wait`, weight: 'bad' });
    const text = [
      `# ${escapeText(words)}`,
      '',
      `Here it is at ${found.here.slice(0, 12)}, there at ${found.there.slice(0, 12)}, and neither holds the other.`,
      'Orders of this repository wait, and no attempt is spent. Merge or rebase:',
      '',
      `    git -C repos/${target.name} merge ${remote}/${branch}`,
      '',
    ].join('\n');
    await postNotice(workspace.places, notice, text).catch(() => undefined);
  }
  return `${words}  → git -C repos/${target.name} merge ${remote}/${branch}`;
}
