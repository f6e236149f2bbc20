// Why: work is asked for in issues; a person turns one into an order without typing it again.
// Promises: gh reads the issue with the person's own credentials. The draft lies in drafts/, where no daemon looks, and
// replaces no file. The answer says what the draft took from the issue.
// Never: gives the order to a role; writes to the issue.
import { lstat } from 'node:fs/promises';
import { makeFolder, writeDurable } from '../platform/files/files.ts';
import { runGit } from '../platform/git/git.ts';
import { runGh } from '../platform/git/remote.ts';
import { listRepos } from '../platform/git/repos.ts';
import { Fault } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';
import { draftOfIssue, type Issue, type IssueDraft, issueFields, issueHome, readIssue } from '../remote/issue.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type Site, withCards } from './site.ts';

/**
 * An issue: its number or its address. `repo` is its repository in repos/, where there are several; `signal` ends gh
 * and the question.
 */
export type IssueQuestion = {
  readonly issue: string;
  readonly repo?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** How long gh may take to read an issue, in milliseconds. */
const issuePatience = 60_000;

/** The draft that was made of an issue. `path` is in the workspace. */
export type ImportedIssue = IssueDraft & {
  readonly path: string;
  readonly repo: string | null;
  readonly issue: Omit<Issue, 'body'>;
};

const askHint = 'fourline import issue 12, or its address: https://github.com/<owner>/<name>/issues/12';

/**
 * Makes a draft of an issue. Throws Fault `usage`, `repo-unknown`, `issue-unreadable`, `draft-exists`, and what writing
 * throws.
 */
export function importIssue(site: Site, { issue, repo, signal }: IssueQuestion): Promise<ImportedIssue> {
  return withCards(site, async (workspace) => {
    const { places, host } = workspace;
    const number = /^#?([1-9]\d{0,8})$/.exec(issue)?.[1];
    const address = /^https:\/\/[\w.:-]+\/[\w.-]+\/[\w.-]+\/issues\/[1-9]\d{0,8}(?=[#?/]|$)/.exec(issue)?.[0];
    const asked = number ?? address;
    if (asked === undefined) throw new Fault('usage', `'${escapeText(issue)}' is no issue`, { hint: askHint });
    const named = pickRepo(await listRepos(places.repos), repo, number !== undefined);
    const folder = number === undefined ? site.root : `${places.repos}/${named}`;
    const late = AbortSignal.timeout(issuePatience);
    const found = await askGh(folder, asked, {
      host,
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    });
    const name = named ?? (await repoWithRemote(workspace, found));
    const draft = draftOfIssue(found, name);
    const path = `drafts/issue-${found.number}.md`;
    await makeDrafts(`${site.root}/drafts`);
    if (!(await writeDurable(`${site.root}/${path}`, draft.text, { replace: false })))
      throw new Fault('draft-exists', `${path} is there already`, { hint: 'move it away to make the draft anew' });
    const { body: _, ...told } = found;
    return { ...draft, path, repo: name, issue: told };
  });
}

async function makeDrafts(folder: string): Promise<void> {
  const there = await lstat(folder).catch(() => null);
  if (there === null) return makeFolder(folder);
  if (!there.isDirectory())
    throw new Fault('draft-exists', 'drafts is there and is no folder', { hint: 'move it away' });
}

// A person named the repository, or it is the only one that a number can mean.
function pickRepo(names: readonly string[], wanted: string | undefined, byNumber: boolean): string | null {
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted;
    throw new Fault('repo-unknown', `there is no repository repos/${escapeText(wanted)}`, {
      hint: `the repositories are ${names.join(', ') || 'none yet'}`,
    });
  }
  if (!byNumber) return null;
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  const hint =
    names.length === 0 ? 'give its address' : `--repo <name>, one of ${names.join(', ')}; or give its address`;
  throw new Fault('usage', 'it is not clear which repository the issue is in', { hint });
}

// The one repository with a remote that the issue's address leads to. Names of GitHub have no case.
async function repoWithRemote({ places, target }: Workspace, issue: Issue): Promise<string | null> {
  const wanted = issueHome(issue).toLowerCase();
  const fits: string[] = [];
  for (const name of await listRepos(places.repos)) {
    const found = await target(name).catch(() => null);
    if (found === null || 'kind' in found) continue;
    const { stdout } = await runGit(found.commonDir, 'config', ['--get-regexp', '^remote\\..*\\.url$'], {
      answers: [1],
    });
    const ways = stdout
      .toString()
      .toLowerCase()
      .matchAll(/[:/]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/gm);
    if ([...ways].some(([, way]) => way === wanted)) fits.push(name);
  }
  return fits.length === 1 ? (fits[0] ?? null) : null;
}

async function askGh(folder: string, asked: string, reach: Parameters<typeof runGh>[3]): Promise<Issue> {
  const answer = await runGh(folder, ['issue', 'view', asked, '--json', issueFields], '', reach);
  if (!answer.ok)
    throw new Fault('issue-unreadable', `the issue cannot be read: ${escapeText(answer.reason)}`, {
      hint: answer.missing
        ? 'gh is the GitHub command line: https://cli.github.com'
        : 'gh auth status says whether you are signed in; a number is looked for in the repository that its remote names',
    });
  const issue = readIssue(answer.text);
  if (issue === null)
    throw new Fault('issue-unreadable', 'gh answered something that is no issue', { hint: 'a pull request is none' });
  return issue;
}
