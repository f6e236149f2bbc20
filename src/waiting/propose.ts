// Why: with `pr: gh` fourline offers the work on an order's own branch to people as a pull request. The order ends when
// they have merged or closed it.
// Promises: gh runs with the operator's credentials, beside the work. If fourline asks again after a kill, it opens
// nothing twice. An order that goes on brings its pull request up to date.
// Never: merges or closes one.

import { rm } from 'node:fs/promises';
import { landsOn } from '../landing/own-branch.ts';
import { noGh, unopenedWords } from '../landing/remote-words.ts';
import type { Standing } from '../ledger/standing.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { readPlain } from '../platform/files/files.ts';
import { tipHolding } from '../platform/git/git.ts';
import { dropRefs } from '../platform/git/own-refs.ts';
import { runGh } from '../platform/git/remote.ts';
import { isReason, type Reason } from '../platform/text/fault.ts';
import { splitFrontMatter } from '../platform/text/front-matter.ts';
import { escapeText } from '../platform/text/text.ts';
import type { Waiting } from '../record/format.ts';
import { workRef } from '../record/kept-work.ts';
import { activeFolder, recordFile } from '../record/path.ts';
import type { ReportParts } from '../record/report.ts';
import { readStored, readWaiting } from '../record/stored.ts';
import { refusedOf } from '../record/work.ts';
import { pullBody, pullTitle } from '../remote/body.ts';
import { numberIn, type Pull, pullFields, readPulls } from '../remote/gh.ts';
import { changeNote, readNote } from '../remote/note.ts';
import { onPath } from '../sandbox/machine.ts';
import { mirrorOf, repoSettings, type Session, type Workspace } from '../workspace/workspace.ts';
import { park } from './park.ts';
import { settle } from './settle.ts';

/** Lets an order that is done wait for its pull request. False if it has none to wait for: it ends now. */
export async function waitForPull(
  session: Session,
  order: { readonly id: string; readonly role: string; readonly folder: string },
  ending: ReportParts,
): Promise<boolean> {
  const { workspace, ledger } = session;
  const standing = ledger.history.orders.get(order.id);
  const branch = standing === undefined ? null : landsOn(standing);
  const repo = standing?.asked.repo ?? null;
  if (repo === null || branch === null || !repoSettings(workspace, repo).remote.pullRequest) return false;
  if ((await onPath('gh')) === null) {
    await sayUnopened(workspace, repo, noGh);
    return false;
  }
  // If it goes on, it begins from what landed.
  await rm(recordFile(order.folder, 'trays'), { recursive: true, force: true });
  const mirror = await mirrorOf(workspace, repo);
  if (mirror !== null) await dropRefs(mirror, [workRef(order.id)]);
  const pr = { repo, branch, base: standing?.landing.branch ?? '', ending };
  await park(session, order, { on: 'pr', what: branch, pr });
  return true;
}

/** Ends an order whose pull request was merged or closed; does nothing while it is open. */
export async function takePull(session: Session, standing: Standing, { pr }: Waiting): Promise<void> {
  const { workspace } = session;
  if (pr === undefined) return;
  const { pull } = standing.landing;
  const on = repoSettings(workspace, pr.repo).remote.pullRequest;
  const over = pull !== null && pull.commit === lastOn(standing, pr.branch) && pull.state !== 'open';
  const lost = on && !over && (await wasTakenBack(workspace, standing, pr));
  if (on && !over && !lost) return;
  const words = over
    ? `pull request ${pull.number} was ${pull.state}: ${pull.url}`
    : lost
      ? `${pr.branch} does not hold its work any more: it was deleted or moved before it was pushed`
      : 'no pull request is opened any more';
  const outcome = lost || (over && pull.state === 'closed') ? ('refused' as const) : ('done' as const);
  const parts = { ...pr.ending, outcome, note: words };
  await settle(session, parts, await mirrorOf(workspace, pr.repo));
}

// True if the order's branch no longer holds its landed commit. A note to push exists until the commit is pushed, or
// until its branch does not hold it any more (landing/push.ts).
async function wasTakenBack(
  workspace: Workspace,
  standing: Standing,
  { repo, branch }: NonNullable<Waiting['pr']>,
): Promise<boolean> {
  const commit = lastOn(standing, branch);
  if (commit === null || standing.landing.pushed === commit) return false;
  if ((await readNote(workspace.places, repo)).push.some((one) => one.branch === branch)) return false;
  const target = await workspace.target(repo);
  if ('kind' in target) return false;
  return (await tipHolding(target.commonDir, branch, commit)) === null;
}

/** The last commit of an order on a branch. */
export function lastOn({ landing: { landed } }: Standing, branch: string): string | null {
  return landed.findLast((one) => one.branch === branch)?.commit ?? null;
}

/** Opens an order's pull request, brings it up to date, or looks whether it has ended; once its branch is pushed. */
export async function tendPull(session: Session, standing: Standing, signal: AbortSignal): Promise<void> {
  const { workspace, ledger } = session;
  const { id, role } = standing;
  const { pull } = standing.landing;
  const waiting = await readWaiting(workspace.places, id);
  const pr = waiting?.pr;
  const target = pr === undefined ? null : await workspace.target(pr.repo);
  if (pr === undefined || target === null || 'kind' in target) return;
  const { repo, branch } = pr;
  const commit = lastOn(standing, branch);
  const waits = (await readNote(workspace.places, repo)).push.some((one) => one.branch === branch);
  if (commit === null || waits) return;
  const reach = { host: workspace.host, signal };
  const gh: Gh = (args, input = '') => runGh(target.workTree ?? target.commonDir, args, input, reach);
  const fresh = pull === null || pull.commit !== commit;
  const text = fresh ? await pullText(workspace, standing, pr) : null;
  const found =
    text === null ? await view(gh, pull?.number ?? 0) : await openPull(gh, pr, { known: pull, commit }, text);
  if (signal.aborted) return;
  if (isReason(found)) return sayUnopened(workspace, repo, found);
  crashPoint('propose.done');
  await sayUnopened(workspace, repo, null);
  if (!fresh && found.state === pull.state && found.url === pull.url) return;
  if (ledger.history.orders.get(id)?.position !== 'parked') return;
  await ledger.record({ step: 'proposed', order: id, role, repo, branch, ...found, commit });
  const word = found.state !== 'open' ? found.state : pull === null ? 'opened' : 'updated';
  workspace.tell({
    kind: 'pull',
    role,
    order: id,
    detail: `request ${found.number} ${word}: ${escapeText(found.url)}`,
    weight: 'good',
  });
}

type Gh = (args: readonly string[], input?: string) => ReturnType<typeof runGh>;
type Text = { readonly title: string; readonly body: string };

async function pullText(
  { places }: Workspace,
  { id }: Standing,
  { ending }: NonNullable<Waiting['pr']>,
): Promise<Text> {
  const folder = activeFolder(places, id);
  const file = await readPlain(recordFile(folder, 'order.md'));
  const split = file.kind === 'text' ? splitFrontMatter(file.text) : null;
  const order = split?.ok === true ? split.body : ending.title;
  const verdicts = (await readStored(folder, 'verdicts.json'))?.verdicts ?? [];
  const allowed = verdicts.filter((one) => one.decision === 'allow').map((one) => one.path);
  return { title: pullTitle(ending), body: pullBody({ ...ending, order, allowed, refused: refusedOf(verdicts) }) };
}

// Returns a string that says what went wrong.
async function view(gh: Gh, number: number): Promise<Pull | Reason> {
  const asked = await gh(['pr', 'view', String(number), '--json', pullFields]);
  if (!asked.ok) return asked.reason;
  return readPulls(asked.text, true)?.[0] ?? oddAnswer;
}

const oddAnswer = 'gh answered something else than pull requests';

// If a kill left a pull request without a line in the journal, we find it by its branch. A pull request that has ended
// counts only for this commit: another order's branch may have had the name.
async function openPull(
  gh: Gh,
  { branch, base }: NonNullable<Waiting['pr']>,
  { known, commit }: { readonly known: Standing['landing']['pull']; readonly commit: string },
  { title, body }: Text,
): Promise<Pull | Reason> {
  const flags = ['--head', branch, '--state', 'all', '--limit', '20', '--json', pullFields];
  const listed = await gh(['pr', 'list', ...flags]);
  if (!listed.ok) return listed.reason;
  const pulls = readPulls(listed.text);
  if (pulls === null) return oddAnswer;
  const now =
    pulls.find((one) => one.state === 'open') ??
    (known === null ? pulls.find((one) => one.commit === commit) : undefined);
  if (now !== undefined && now.state !== 'open') return now;
  if (now !== undefined) {
    const edited = await gh(['pr', 'edit', String(now.number), '--title', title, '--body-file', '-'], body);
    return edited.ok ? now : edited.reason;
  }
  const made = await gh(['pr', 'create', '--head', branch, '--base', base, '--title', title, '--body-file', '-'], body);
  if (!made.ok) return made.reason;
  const number = numberIn(made.text);
  return number === null ? oddAnswer : view(gh, number);
}

// Reports when pull requests begin to fail; other terminals see it in `status`.
async function sayUnopened(workspace: Workspace, repo: string, reason: string | null): Promise<void> {
  await changeNote(workspace, repo, ({ unopened }) => {
    if (unopened === reason) return null;
    if (reason !== null) workspace.tell({ kind: 'remote', detail: unopenedWords(repo, reason), weight: 'bad' });
    return { unopened: reason };
  });
}
