// Why: work for a remote goes beside the runs, never in their way. It goes after a landing and when fourline starts; if
// it could not go, again every minute.
// Promises: one round at a time; a round that fails is said and comes again; closing ends what is under way.
// Never: holds a landing or a claim.
import { pushRepo } from '../landing/push.ts';
import { parkedOrders } from '../ledger/fold.ts';
import type { Standing } from '../ledger/standing.ts';
import { machineFails, ownWords } from '../platform/text/fault.ts';
import { listNotes, readNote } from '../remote/note.ts';
import { tendPull } from '../waiting/propose.ts';
import { repoSettings, type Session } from '../workspace/workspace.ts';

/** Milliseconds until what could not be done is tried again, and pull requests are looked at again. */
const roundTime = 60_000;

/**
 * Milliseconds between two of them where there are many: GitHub takes 5,000 calls an hour (docs.github.com, rate limits
 * for the REST API).
 */
const callTime = 3000;

/** Errands to remotes. `look` begins a round where something is due; `busy` is true while one goes on. */
export type Errands = {
  readonly look: () => Promise<void>;
  readonly busy: () => boolean;
  readonly close: () => Promise<void>;
};

/** Opens the errands of a workspace. `knock` is called when a round is over. */
export function openErrands(session: Session, knock: () => void): Errands {
  const { workspace } = session;
  const control = new AbortController();
  // For each tried errand, the time at which it is tried again.
  const tried = new Map<string, number>();
  let going: Promise<void> | null = null;
  const due = async (): Promise<string[]> => {
    const now = workspace.clock.elapsed();
    const out: string[] = [];
    const open = await openErrandsOf(session);
    for (const key of tried.keys()) if (!open.has(key)) tried.delete(key);
    for (const [key, repo] of open) {
      if ((tried.get(key) ?? Number.NEGATIVE_INFINITY) > now) continue;
      tried.set(key, now + Math.max(roundTime, callTime * open.size));
      if (!out.includes(repo)) out.push(repo);
    }
    return out;
  };
  const round = async (repos: readonly string[]): Promise<void> => {
    for (const repo of repos)
      await runErrands(session, repo, control.signal).catch((error: unknown) => {
        const words = `repos/${repo}: its pushes and pull requests wait: ${ownWords(error)}`;
        workspace.tell({ kind: 'remote', detail: words, weight: machineFails(error) ? 'minor' : 'bad' });
      });
  };
  return {
    look: async () => {
      if (going !== null || control.signal.aborted) return;
      const repos = await due();
      if (repos.length === 0) return;
      going = round(repos).finally(() => {
        going = null;
        knock();
      });
    },
    busy: () => going !== null,
    close: async () => {
      control.abort();
      await going;
    },
  };
}

// Maps a key to each errand's repository. The key changes as soon as there is something new to do.
async function openErrandsOf(session: Session): Promise<Map<string, string>> {
  const { workspace } = session;
  const out = new Map<string, string>();
  for (const repo of await listNotes(workspace.places)) {
    if (!repoSettings(workspace, repo).remote.push) continue;
    for (const { branch, commit } of (await readNote(workspace.places, repo)).push)
      out.set(`push ${repo} ${branch} ${commit}`, repo);
  }
  for (const standing of waitingPulls(session))
    out.set(`pull ${standing.id} ${standing.landing.pushed ?? ''}`, standing.asked.repo ?? '');
  return out;
}

async function runErrands(session: Session, repo: string, signal: AbortSignal): Promise<void> {
  await pushRepo(session, repo, signal);
  for (const standing of waitingPulls(session))
    if (standing.asked.repo === repo && !signal.aborted) await tendPull(session, standing, signal);
}

function waitingPulls(session: Session): Standing[] {
  return parkedOrders(session.ledger.history).filter(
    ({ pause: { waits }, asked: { repo } }) =>
      waits?.on === 'pr' && repo !== null && repoSettings(session.workspace, repo).remote.pullRequest,
  );
}
