// Why: we look at a run's room from outside: what it was opened with, which files the base ignores and Files don't
// mean, what differs, what moved.
// Promises: rules and base are those of the run's base commit. Nothing that the run wrote decides what we look at.
// Never: judges.
import type { BaseEntry, Change } from '../changes/change.ts';
import { compileIgnore, type IgnoreRules, lessMeant, meantByFiles } from '../changes/ignore-rules.ts';
import { findMoves, type Moves } from '../changes/move.ts';
import { readRoomFile, type Survey, survey } from '../changes/survey.ts';
import { blobId } from '../platform/git/git.ts';
import type { Opened } from '../record/work.ts';
import { compileMatcher } from '../role/grant.ts';
import { furniture } from '../room/furnish.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** The prefix of paths in the repository; a prefix that matches no path if there is no repository. */
export function prefixOf(opened: Opened): string {
  return opened.base === null ? 'repos//' : `repos/${opened.base.target.name}/`;
}

/** All paths that a room was opened with. */
export function* basePaths(opened: Opened): Iterable<string> {
  for (const entry of opened.room.base) yield entry.path;
  for (const copy of opened.state) yield copy.path;
}

/** Surveys the sealed room of a run. */
export async function surveyRoom(workspace: Workspace, opened: Opened): Promise<Survey> {
  const like = opened.base?.commit ?? '';
  const base = new Map<string, BaseEntry>();
  for (const entry of opened.room.base) base.set(entry.path, { mode: entry.mode as BaseEntry['mode'], id: entry.id });
  for (const copy of opened.state) base.set(copy.path, { mode: '100644', id: blobId(like, Buffer.from(copy.content)) });
  const prefix = prefixOf(opened).slice(0, -1);
  const ignore = await readIgnore(opened, prefix);
  const seen = await survey({
    folder: opened.room.folder,
    inode: opened.room.inode,
    base,
    furniture,
    rules: [{ prefix, ignore }],
    like,
  });
  // If matching takes too long, the remaining files are judged like any other: nothing is thrown away for it.
  if (ignore.exhausted()) {
    const words = '.gitignore takes too long to match; what it ignores beyond that is judged like any other file';
    workspace.tell({ kind: 'slow', role: opened.role, order: opened.id, detail: words, weight: 'bad' });
  }
  return seen;
}

async function readIgnore(opened: Opened, prefix: string): Promise<IgnoreRules> {
  const files: { folder: string; text: string }[] = [];
  for (const entry of opened.room.base) {
    if (!/(?:^|\/)\.gitignore$/.test(entry.path) || entry.mode === '120000') continue;
    const object = await opened.base?.target.objects.read(entry.id);
    const inside = entry.path.slice(prefix.length + 1);
    files.push({ folder: inside.split('/').slice(0, -1).join('/'), text: object?.content.toString() ?? '' });
  }
  const rules = compileIgnore(files);
  const entries = opened.admitted.scope.entries
    .filter((one) => one.pattern.startsWith(`${prefix}/`))
    .map((one) => ({ ...one, pattern: one.pattern.slice(prefix.length + 1) }));
  const meant = meantByFiles(rules, entries);
  const { match } = compileMatcher(
    'order',
    meant.map(({ pattern, literal, line }) => ({ glob: { text: pattern, literal }, line })),
  );
  return lessMeant(rules, meant, (path) => match(path) !== undefined);
}

/** Finds where files moved that a run deleted. */
export async function movesOf(opened: Opened, changes: readonly Change[]): Promise<Moves> {
  return findMoves(changes, async (change, when) => {
    if (!change.path.startsWith(prefixOf(opened))) return null;
    if (when === 'after') return readRoomFile(`${opened.room.folder}/${change.path}`);
    return (await opened.base?.target.objects.read(change.before?.id ?? ''))?.content ?? null;
  });
}

/** Returns a test whether a workspace path is scratch: in no base, and ignored by the base's rules. */
export async function ignoredBy(opened: Opened): Promise<(path: string) => boolean> {
  const prefix = prefixOf(opened);
  const rules = await readIgnore(opened, prefix.slice(0, -1));
  const known = new Set(basePaths(opened));
  return (path) => path.startsWith(prefix) && !known.has(path) && rules.ignores(path.slice(prefix.length), false);
}
