// Why: a person looks at a line and asks who wrote it, on whose order, and what for.
// Promises: a line is a role's only where the journal says that fourline landed its commit, or one that names the same
// run; every other line is its author's.
// Never: changes anything; takes a commit's own word for whose it is.
import { resolve } from 'node:path';
import { readTrailers } from '../commit/message.ts';
import type { History } from '../ledger/history.ts';
import type { Standing } from '../ledger/standing.ts';
import { blameFile, type LineRange } from '../platform/git/blame.ts';
import { readCommitText } from '../platform/git/commit.ts';
import type { ObjectId } from '../platform/git/git.ts';
import { readMany } from '../platform/git/git-reader.ts';
import { syncTarget, type Target } from '../platform/git/target.ts';
import { isAt, stateOf } from '../platform/git/work-file.ts';
import { Fault } from '../platform/text/fault.ts';
import { type Site, withLook } from './site.ts';

/** The question: a file, as a path from `from` or of the workspace, and some of its lines (`10,20`, `10`, `10,`). */
export type BlameQuestion = { readonly lines?: string | undefined; readonly from?: string | undefined };

/** Where a line comes from. `role`, `order` and `objective` are null where no order of this workspace landed it. */
export type LineOrigin = {
  readonly commit: ObjectId;
  readonly role: string | null;
  readonly order: string | null;
  readonly objective: string | null;
  /** True where the landed commit was amended or rebased, and this one names its run. */
  readonly rewritten: boolean;
  readonly author: string;
  /** When it was written (ISO 8601). */
  readonly at: string;
};

/** A file's lines with their origins. `commit` is the tip of `branch`: the file is blamed as it stands there. */
export type Blame = {
  readonly path: string;
  readonly repo: string;
  readonly branch: string;
  readonly commit: ObjectId;
  /** True where the work tree's file differs from the committed one. */
  readonly edited: boolean;
  readonly lines: readonly (LineOrigin & { readonly line: number; readonly text: string })[];
};

/** Says where each line of a file comes from. Throws Fault `usage`, `blame-no-file`, `repo-…`. */
export function blameLines(site: Site, path: string, question: BlameQuestion = {}): Promise<Blame> {
  const range = readRange(question.lines);
  return withLook(site, async ({ workspace, history }) => {
    const { repo, file } = blamedPlace(site.root, path, question.from);
    const target = await workspace.target(repo);
    if ('kind' in target) throw new Fault(target.code, target.message, { hint: target.hint });
    const tip = await syncTarget(target);
    if (tip.kind === 'flaw') throw new Fault(tip.code, tip.message, { hint: tip.hint });
    const { branch, commit } = tip;
    const found = await blameFile(target.mirror, commit, file, range);
    if (found === null) throw await noBlame(target, { branch, commit, file });
    const origins = await originsOf(target, history, [...new Set(found.map((one) => one.commit))]);
    return {
      ...{ path: `repos/${repo}/${file}`, repo, branch, commit },
      edited: await isEdited(target, commit, file),
      lines: found.map(({ line, text, commit }) => ({ line, text, ...originIn(origins, commit) })),
    };
  });
}

function originIn(origins: ReadonlyMap<string, LineOrigin>, commit: string): LineOrigin {
  const nobody = { role: null, order: null, objective: null, rewritten: false, author: '', at: '' };
  return origins.get(commit) ?? { commit, ...nobody };
}

function readRange(lines: string | undefined): LineRange | null {
  if (lines === undefined) return null;
  const [, first, comma, last] = /^(\d+)(,(\d*))?$/.exec(lines.trim()) ?? [];
  const range = { first: Number(first), last: comma === undefined ? Number(first) : last ? Number(last) : null };
  if (first !== undefined && range.first > 0 && (range.last === null || range.last >= range.first)) return range;
  throw new Fault('usage', `-L ${lines} names no lines`, {
    hint: 'name them as 10,20 (both included), as 10, or as 10, with nothing behind the comma',
  });
}

// A path of the workspace, or one from the caller's folder, which may lie inside the repository. A linked repository
// has files elsewhere as well.
function blamedPlace(root: string, path: string, from = root): { repo: string; file: string } {
  const places = [resolve(from, path), resolve(root, path)];
  for (const one of places) {
    const [, repo, file] =
      /^repos\/([^/]+)\/(.+)$/.exec(one.startsWith(`${root}/`) ? one.slice(root.length + 1) : '') ?? [];
    if (repo !== undefined && file !== undefined) return { repo, file };
  }
  const isState = places.some((one) => one.startsWith(`${root}/state/`));
  throw new Fault('blame-no-file', `${path} is no file of a repository in repos/`, {
    hint: isState
      ? 'the ledger has the history of state files: git -C state/ledger.git log -p -- state/<file>'
      : 'fourline blame repos/<name>/<path>',
  });
}

async function noBlame(
  target: Target,
  { branch, commit, file }: { readonly branch: string; readonly commit: string; readonly file: string },
): Promise<Fault> {
  const there = (await target.list(commit)).some((one) => one.path === file);
  const what = there ? `${file} has fewer lines` : `${branch} has no file ${file}`;
  return new Fault('blame-no-file', `${what} (repos/${target.name} at ${commit.slice(0, 7)})`, {
    hint: there ? `fourline blame repos/${target.name}/${file}` : `git -C repos/${target.name} log --all -- ${file}`,
  });
}

type Landed = { readonly standing: Standing; readonly rewritten: boolean };

// Commits that the journal knows are their order's; one that names a run that landed is it, amended or rebased.
async function originsOf(
  target: Target,
  history: History,
  commits: readonly ObjectId[],
): Promise<ReadonlyMap<string, LineOrigin>> {
  const landed = new Map<string, Standing>();
  const runs = new Map<string, Standing>();
  for (const standing of history.orders.values())
    for (const one of standing.landing.landed) {
      if (one.repo !== target.name) continue;
      landed.set(one.commit, standing);
      runs.set(one.run, standing);
    }
  const out = new Map<string, LineOrigin>();
  for (const object of await readMany(target.mirror, commits)) {
    if (object === null) continue;
    const { author, message } = readCommitText(object.content.toString());
    const known = landed.get(object.id);
    const claims = runs.get(readTrailers(message).get('Fourline-Run') ?? '');
    const found: Landed | null =
      known !== undefined
        ? { standing: known, rewritten: false }
        : claims === undefined
          ? null
          : { standing: claims, rewritten: true };
    out.set(object.id, originOf(object.id, author, found));
  }
  return out;
}

function originOf(
  commit: ObjectId,
  author: { readonly name: string; readonly seconds: number },
  found: Landed | null,
): LineOrigin {
  const time = new Date(author.seconds * 1000);
  return {
    commit,
    role: found?.standing.role ?? null,
    order: found?.standing.id ?? null,
    objective: found?.standing.asked.title ?? null,
    rewritten: found?.rewritten === true,
    author: author.name,
    at: Number.isNaN(time.getTime()) ? '' : time.toISOString(),
  };
}

async function isEdited(target: Target, commit: ObjectId, file: string): Promise<boolean> {
  if (target.workTree === null) return false;
  const entry = (await target.list(commit)).find((one) => one.path === file);
  if (entry === undefined) return false;
  return !isAt(await stateOf(`${target.workTree}/${file}`, entry.id), entry);
}
