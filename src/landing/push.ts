// Why: landed commits go to the remote, with the operator's credentials. A remote that can't be reached holds the push
// up, but no landing.
// Promises: a note on disk says what to push before the journal says that it landed, so that fourline catches up after
// a kill. A branch on the remote only moves forward.
// Never: forces; pushes commits that fourline did not land, except those it landed upon.
import { crashPoint } from '../platform/files/crash.ts';
import { giveBack } from '../platform/files/owner.ts';
import { isAncestor, resolveRef, tipHolding } from '../platform/git/git.ts';
import { fetchBranch, pushCommit, type Reach, trackingRef } from '../platform/git/remote.ts';
import type { Target } from '../platform/git/target.ts';
import { changeNote, readNote, type ToPush } from '../remote/note.ts';
import { repoSettings, type Session, type Workspace } from '../workspace/workspace.ts';
import { waitingWords } from './remote-words.ts';

/** Notes that a landed commit is to be pushed, if the repository's settings say so. */
export async function notePush(workspace: Workspace, repo: string, landed: ToPush): Promise<void> {
  if (!repoSettings(workspace, repo).remote.push) return;
  await changeNote(workspace, repo, ({ push }) => ({
    push: [...push.filter((one) => one.branch !== landed.branch), landed],
  }));
  crashPoint('push.noted');
}

/** Pushes the noted commits of one repository. If a push fails, fourline says so once and keeps the note. */
export async function pushRepo(session: Session, repo: string, signal: AbortSignal): Promise<void> {
  const { workspace } = session;
  const { remote } = repoSettings(workspace, repo).remote;
  const target = await workspace.target(repo);
  if (remote === null || 'kind' in target) return;
  for (const one of (await readNote(workspace.places, repo)).push) {
    if (signal.aborted) return;
    const result = await pushOne(target, remote, one, { host: workspace.host, signal });
    await giveBack(target.commonDir);
    if (signal.aborted && result.kind !== 'pushed') return;
    if (result.kind === 'waits') await sayWaiting(workspace, repo, remote, one, result.reason);
    else await takeOff(session, { repo, remote, one, lost: result.kind === 'lost' });
  }
}

type Result =
  | { readonly kind: 'pushed' }
  /** The branch here does not hold the commit any more: somebody took it back. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'waits'; readonly reason: string };

async function pushOne(target: Target, remote: string, one: ToPush, reach: Reach): Promise<Result> {
  const { branch, commit } = one;
  const tip = await tipHolding(target.commonDir, branch, commit);
  if (tip === null) return { kind: 'lost' };
  const first = await pushCommit(target.commonDir, remote, { commit, branch }, reach);
  if (first.kind === 'done') return { kind: 'pushed' };
  if (first.kind === 'failed') return { kind: 'waits', reason: first.reason };
  // The remote holds commits that this one does not: this commit itself is among them, or a person merged something
  // meanwhile.
  const fetched = await fetchBranch(target.commonDir, remote, branch, reach);
  if (fetched.kind === 'failed') return { kind: 'waits', reason: fetched.reason };
  const there = await resolveRef(target.commonDir, trackingRef(remote, branch));
  if (there !== null && (await isAncestor(target.commonDir, commit, there))) return { kind: 'pushed' };
  const reason = `${remote} holds commits that ${branch} here does not; git -C repos/${target.name} merge ${remote}/${branch}`;
  if (there === null || !(await isAncestor(target.commonDir, there, tip))) return { kind: 'waits', reason };
  const merged = await pushCommit(target.commonDir, remote, { commit: tip, branch }, reach);
  if (merged.kind === 'done') return { kind: 'pushed' };
  return { kind: 'waits', reason: merged.kind === 'failed' ? merged.reason : reason };
}

async function sayWaiting(
  workspace: Workspace,
  repo: string,
  remote: string,
  one: ToPush,
  reason: string,
): Promise<void> {
  await changeNote(workspace, repo, ({ push }) => {
    const at = push.findIndex((other) => other.branch === one.branch && other.commit === one.commit);
    if (at < 0 || push[at]?.reason === reason) return null;
    workspace.tell({
      kind: 'remote',
      detail: `${waitingWords(repo, remote, { ...one, reason })}; it is tried again`,
      weight: 'bad',
    });
    return { push: push.with(at, { ...one, reason }) };
  });
}

// The journal line first: a repeated push after a kill changes nothing on the remote, and fourline reports nothing
// twice.
async function takeOff(
  session: Session,
  { repo, remote, one, lost }: { repo: string; remote: string; one: ToPush; lost: boolean },
): Promise<void> {
  const { workspace, ledger } = session;
  const { order, role, branch, commit } = one;
  crashPoint('push.done');
  if (lost)
    workspace.tell({
      kind: 'not pushed',
      role,
      order,
      detail: `${branch} does not hold ${commit.slice(0, 7)} any more`,
      weight: 'bad',
    });
  else if (ledger.history.orders.get(order)?.landing.pushed !== commit) {
    await ledger.record({ step: 'pushed', order, role, repo, branch, commit, remote });
    workspace.tell({
      kind: 'pushed',
      role,
      order,
      detail: `${commit.slice(0, 7)} to ${remote} ${branch}`,
      weight: 'minor',
    });
  }
  crashPoint('push.recorded');
  await changeNote(workspace, repo, ({ push }) => ({
    push: push.filter((other) => other.branch !== branch || other.commit !== commit),
  }));
}
