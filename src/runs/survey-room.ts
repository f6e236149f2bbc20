// Why: we look at a run's room from outside: what it was opened with, which files the base ignores and Files don't
// mean, what differs, what moved.
// Promises: rules and base are those of the run's base commit. Nothing that the run wrote decides what we look at.
// Never: judges.
import type { Change } from '../changes/change.ts';
import { compileIgnore, lessMeant, meantByFiles } from '../changes/ignore-rules.ts';
import type { SurveyLayer } from '../changes/layer.ts';
import { findMoves, type Moves } from '../changes/move.ts';
import { readChanged } from '../changes/room-file.ts';
import { rulesAmong, type Survey, type SurveyRules, survey } from '../changes/survey.ts';
import { foldName } from '../gate/spelling.ts';
import { blobId } from '../platform/git/git.ts';
import { composeFolder, nodeAt, standingAround, type TreeFolder, type TreeNode } from '../platform/git/tree-folder.ts';
import type { Opened } from '../record/work.ts';
import { compileMatcher } from '../role/grant.ts';
import { furniture } from '../room/furnish.ts';
import { writtenFile } from '../room/lay.ts';
import { folderGroup } from '../room/shared.ts';
import { hidingFolders, type Overlay } from '../sandbox/overlay.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { runUser } from './room-kind.ts';

/** The prefix of paths in the repository; a prefix that matches no path if there is no repository. */
export function prefixOf(opened: Opened): string {
  return opened.base === null ? 'repos//' : `repos/${opened.base.target.name}/`;
}

/** Gives the paths of the base around some changes, as the gate asks for them. */
export async function baseAround(opened: Opened, changes: readonly Change[]): Promise<string[]> {
  const paths = changes.map((change) => change.path);
  return standingAround(await allOf(opened), paths, foldName);
}

/** Surveys the sealed room of a run. */
export async function surveyRoom(workspace: Workspace, opened: Opened): Promise<Survey> {
  const { room } = opened;
  const rules = await openRules(opened);
  const seen = await survey({
    folder: room.folder,
    inode: room.inode,
    base: room.over === null ? await allOf(opened) : composeFolder(stateNodes(opened)),
    layer: room.over === null ? null : await layerOf(workspace, opened, room.over),
    furniture,
    rules: [rules],
    like: opened.base?.commit ?? '',
  });
  // If matching takes too long, the remaining files are judged like any other: nothing is thrown away for it.
  if (rules.ignore.exhausted()) {
    const words = '.gitignore takes too long to match; what it ignores beyond that is judged like any other file';
    workspace.tell({ kind: 'slow', role: opened.role, order: opened.id, detail: words, weight: 'bad' });
  }
  return seen;
}

function stateNodes(opened: Opened): Map<string, TreeNode> {
  const like = opened.base?.commit ?? '';
  const nodeOf = (content: string): TreeNode => ({
    kind: 'file',
    mode: '100644',
    id: blobId(like, Buffer.from(content)),
  });
  return new Map(opened.state.map(({ path, content }) => [path, nodeOf(content)]));
}

// All that a room was opened with.
async function allOf(opened: Opened): Promise<TreeFolder> {
  const nodes = stateNodes(opened);
  if (opened.base !== null) nodes.set(prefixOf(opened).slice(0, -1), await repositoryOf(opened));
  return composeFolder(nodes);
}

async function repositoryOf(opened: Opened): Promise<TreeFolder> {
  const node = await nodeAt(opened.room.base, prefixOf(opened).slice(0, -1));
  return node?.kind === 'folder' ? node : composeFolder(new Map());
}

async function layerOf(workspace: Workspace, opened: Opened, over: Overlay): Promise<SurveyLayer> {
  const own = runUser(workspace, opened.room) === null;
  return {
    path: prefixOf(opened).slice(0, -1),
    base: await repositoryOf(opened),
    upper: over.upper,
    group: own ? null : folderGroup,
    opaque: (asked) => hidingFolders(over, asked, own),
  };
}

// The rules of the base. A .gitignore is read when a question comes to its folder.
async function openRules(opened: Opened): Promise<SurveyRules> {
  const prefix = prefixOf(opened).slice(0, -1);
  const rules = compileIgnore([]);
  const learn = async (folder: string, id: string): Promise<void> => {
    const object = await opened.base?.target.objects.read(id);
    rules.learn(folder, object?.content.toString() ?? '');
  };
  const entries = opened.admitted.scope.entries
    .filter((one) => one.pattern.startsWith(`${prefix}/`))
    .map((one) => ({ ...one, pattern: one.pattern.slice(prefix.length + 1) }));
  for (const { pattern } of entries) await learnOnWay(opened, learn, pattern);
  const meant = meantByFiles(rules, entries);
  const { match } = compileMatcher(
    'order',
    meant.map(({ pattern, literal, line }) => ({ glob: { text: pattern, literal }, line })),
  );
  return { prefix, learn, ignore: lessMeant(rules, meant, (path) => match(path) !== undefined) };
}

// Takes in the .gitignore files of the folders on the way to a path of the repository.
async function learnOnWay(opened: Opened, learn: SurveyRules['learn'], path: string): Promise<void> {
  const names = path.split('/').slice(0, -1);
  let folder = await nodeAt(opened.room.base, prefixOf(opened).slice(0, -1));
  for (const at of [...names.keys(), names.length]) {
    const found = folder?.kind === 'folder' ? await folder.names() : undefined;
    const rules = rulesAmong(found);
    if (rules !== null) await learn(names.slice(0, at).join('/'), rules);
    folder = found?.get(names[at] ?? '') ?? null;
  }
}

/** Finds where files moved that a run deleted. */
export async function movesOf(opened: Opened, changes: readonly Change[]): Promise<Moves> {
  return findMoves(changes, async (change, when) => {
    if (!change.path.startsWith(prefixOf(opened))) return null;
    if (when === 'after') return readChanged(change, writtenFile(opened.room, change.path));
    return (await opened.base?.target.objects.read(change.before?.id ?? ''))?.content ?? null;
  });
}

/** Returns a test whether a workspace path is scratch: in no base, and ignored by the base's rules. */
export function ignoredBy(opened: Opened): (path: string) => Promise<boolean> {
  const prefix = prefixOf(opened);
  const opening = openRules(opened);
  return async (path) => {
    const rules = await opening;
    if (!path.startsWith(prefix) || (await nodeAt(opened.room.base, path)) !== null) return false;
    await learnOnWay(opened, rules.learn, path.slice(prefix.length));
    return rules.ignore.ignores(path.slice(prefix.length), false);
  };
}
