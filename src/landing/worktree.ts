// Why: when the branch that lands is checked out somewhere, people's files should follow. If a branch moves under an
// unchanged work tree, git shows a staged reversal of the landing.
// Promises: idempotent, path by path. A file is written if it is the old version as git would compare it; anything else
// is left alone and named. The index entry follows only if it stood at the old version. Nothing changes while another
// git changes the same work tree. All is taken back if the branch is no longer checked out there.
// Never: writes through a symbolic link; overwrites a local edit; runs a filter program.

import { crashPoint } from '../platform/files/crash.ts';
import { giveBack } from '../platform/files/owner.ts';
import * as replacing from '../platform/files/replace.ts';
import { isUnsafePath } from '../platform/git/checkout-path.ts';
import { readConversion } from '../platform/git/converted.ts';
import { type ObjectId, readHead } from '../platform/git/git.ts';
import { type HeldIndex, holdIndex, isDamaged, rebuildIndex } from '../platform/git/index-file.ts';
import type { IndexEntry } from '../platform/git/index-lines.ts';
import { keptOut } from '../platform/git/sparse-checkout.ts';
import type { Target } from '../platform/git/target.ts';
import { diffTrees, type TreeDifference } from '../platform/git/tree.ts';
import { isAt, linkAbove, stateOf } from '../platform/git/work-file.ts';
import { isOn, listWorkTrees, type WorkTree } from '../platform/git/work-trees.ts';
import { ownWords } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';
import { idOf, isAsWritten, isSame, lookAtFile, type WorktreeLook } from './worktree-look.ts';

/** A work tree that could not follow yet: from which commit, and whether its files are behind or only its index. */
export type Behind = { readonly gitDir: string; readonly from: ObjectId; readonly files: boolean };

/**
 * The result of bringing work trees forward: how many files differ between the commits, what was left as it was, each
 * with the reason, and what is to be done later.
 */
export type WorktreeFollowed = {
  readonly files: number;
  readonly left: readonly string[];
  readonly behind?: readonly Behind[];
};

/**
 * How often fourline tries a held index, every quarter of a second: an editor that polls `git status` holds it for a
 * moment.
 */
const indexTries = 16;

/**
 * Brings every work tree of a target that has a branch checked out (the target's own branch, if no branch is named)
 * from one commit to another, with its index.
 */
export async function bringForward(
  target: Target,
  from: ObjectId,
  to: ObjectId,
  on?: string,
): Promise<WorktreeFollowed> {
  const branch = on ?? (await readHead(target.gitDir))?.replace(/^refs\/heads\//, '') ?? '';
  const all = await diffTrees(target.objects, from, to);
  const differences = all.filter(({ path }) => !isUnsafePath(path));
  const left = all
    .filter(({ path }) => isUnsafePath(path))
    .map(({ path }) => `${escapeText(path)} (no checkout may write it)`);
  const behind: Behind[] = [];
  for (const tree of await listWorkTrees(target)) {
    await mendTree(tree, differences, target);
    if (!(await isOn(tree, branch))) continue;
    const plan = { target, tree, from, to, branch, differences, files: true };
    const result = await bringTree(plan, indexTries);
    const where = tree.folder === target.workTree ? '' : `${tree.folder}: `;
    left.push(...result.left.map((one) => `${where}${one}`));
    if (result.behind !== null) behind.push(result.behind);
  }
  await giveBack(target.commonDir);
  return { files: differences.length, left, ...(behind.length === 0 ? {} : { behind }) };
}

/**
 * Brings a work tree that was left behind up to the newest commit of its branch. Returns what it left as it was; null
 * while it cannot be done yet.
 */
export async function catchUp(
  target: Target,
  branch: string,
  to: ObjectId,
  behind: Behind,
): Promise<readonly string[] | null> {
  const tree = (await listWorkTrees(target)).find((one) => one.gitDir === behind.gitDir);
  if (tree === undefined) return [];
  if (!(await isOn(tree, branch))) return null;
  const { from, files } = behind;
  const differences = (await diffTrees(target.objects, from, to)).filter(({ path }) => !isUnsafePath(path));
  await mendTree(tree, differences, target);
  const result = await bringTree({ target, tree, from, to, branch, differences, files }, 1);
  await giveBack(target.commonDir);
  return result.behind === null ? result.left : null;
}

// `files` is false if only the index is behind.
type WorktreePlan = {
  readonly target: Target;
  readonly tree: WorkTree;
  readonly from: ObjectId;
  readonly to: ObjectId;
  readonly branch: string;
  readonly differences: readonly TreeDifference[];
  readonly files: boolean;
};

type TreeBrought = { readonly left: readonly string[]; readonly behind: Behind | null };

// First takes back what a crash left half done, whatever is checked out by now: what was brought last, first, since it
// was written by the attributes that were brought before.
async function mendTree(tree: WorkTree, differences: readonly TreeDifference[], { host }: Target): Promise<void> {
  const { folder } = tree;
  for (const one of inPathOrder(differences).flat().reverse()) {
    const { path } = one;
    if ((await linkAbove(folder, path)) !== null || !(await replacing.wasInterrupted(folder, path))) continue;
    const conversion = await readConversion(tree, [path], ['.gitattributes'], host);
    await replacing.mendFile(folder, path, async (at) => {
      const state = await stateOf(at, idOf(one));
      return isAt(state, one.new) || isAsWritten(path, state, one.new, conversion);
    });
  }
}

async function bringTree(plan: WorktreePlan, tries: number): Promise<TreeBrought> {
  const { tree, from, branch, target } = plan;
  const behind = (files: boolean): Behind => ({ gitDir: tree.gitDir, from, files });
  let kept: string | null = null;
  const held = await holdIndex(tree, tries).catch(async (error: unknown) => {
    if (!isDamaged(error)) throw error;
    kept = await rebuildIndex(tree.gitDir, from);
    return holdIndex(tree, tries);
  });
  const said =
    kept === null ? [] : [`the index (it was damaged and is made anew; the damaged one is ${kept as string})`];
  if (held.kind === 'busy') {
    const wait = `fourline goes on when it is gone; remove it when no git works there`;
    if (held.live || !plan.files)
      return { left: [...said, `the work tree (${held.lock} is there; ${wait})`], behind: behind(plan.files) };
    const left = await bringFiles(plan, null);
    const paths = plan.differences.map((one) => one.path);
    const named =
      paths.length <= 20 && paths.every((path) => /^[\w@%+=:,./-]+$/.test(path)) ? ` -- ${paths.join(' ')}` : '';
    const reset = `git -C repos/${target.name} reset -q${named}`;
    return {
      left: [
        ...said,
        ...left.left,
        `the index (${held.lock} is there: remove it when no git works there, then ${reset})`,
      ],
      behind: behind(false),
    };
  }
  try {
    // A person who switched branches a moment ago no longer holds the index.
    if (!(await isOn(tree, branch))) return { left: said, behind: null };
    const { left } = await bringFiles(plan, held);
    return { left: [...said, ...left], behind: null };
  } finally {
    await held.release();
  }
}

// Holds the index if it can: then no git of the person's changes the work tree meanwhile.
async function bringFiles(plan: WorktreePlan, index: HeldIndex | null): Promise<{ left: string[] }> {
  const { tree, branch } = plan;
  const root = tree.folder;
  const left: string[] = [];
  const done: replacing.Replaced[] = [];
  const out = await keptOut(tree.gitDir, plan.to);
  const moves = new Map<string, IndexEntry | null>();
  try {
    for (const batch of inPathOrder(plan.differences)) {
      const looks = await lookAtFile(plan, batch, index, out);
      for (const look of looks) {
        const { path } = look.one;
        const word = look.word ?? (plan.files ? await bringPath(plan, look, done).catch(ownWords) : null);
        if (word !== null) left.push(`${path} (${word})`);
        if (index !== null && follows(look, index, plan.files)) moves.set(path, entryAfter(look, index, out));
        crashPoint('land.file');
      }
    }
    const paths = plan.differences.map((one) => one.path);
    await replacing.flushReplaced(root, paths, done);
    crashPoint('land.files');
    // Between git's last write of the index and its move of HEAD, no lock says that it switches branches.
    if (!(await isOn(tree, branch))) throw new Error('the branch is not checked out any more');
    if (index !== null && moves.size > 0) await index.write(moves);
  } catch (error) {
    for (const one of done.reverse()) await replacing.takeBack(one);
    if (await isOn(tree, branch)) throw error;
    return { left: [] };
  }
  crashPoint('land.indexed');
  for (const { path } of plan.differences) await replacing.settleFile(root, path);
  return { left };
}

// Deletions first, so that a folder can take the place of a file; then the files that say how git converts the rest.
function inPathOrder(differences: readonly TreeDifference[]): TreeDifference[][] {
  const isRule = (one: TreeDifference): boolean => /(?:^|\/)\.gitattributes$/.test(one.path);
  return [
    differences.filter((one) => one.new === null),
    differences.filter((one) => one.new !== null && isRule(one)),
    differences.filter((one) => one.new !== null && !isRule(one)),
  ].filter((batch) => batch.length > 0);
}

async function bringPath(plan: WorktreePlan, look: WorktreeLook, done: replacing.Replaced[]): Promise<string | null> {
  const { one, conversion } = look;
  if (look.stands !== 'old' || look.out) return null;
  const side = one.new;
  let file: replacing.NewFile | null = null;
  if (side !== null) {
    const object = await plan.target.objects.read(side.id);
    if (object === null) return 'its content is missing in the mirror';
    const converts = side.mode !== '120000' && conversion.converts(one.path);
    file = { mode: side.mode, bytes: converts ? await conversion.bytesOf(one.path, side.id) : object.content };
  }
  const replaced = await replacing.replaceFile(plan.tree.folder, one.path, look.seen, file);
  if (replaced === null) return 'it has local edits';
  done.push(replaced);
  if (file === null) await replacing.removeEmpty(plan.tree.folder, one.path);
  return null;
}

// An index entry at the old version moves to the new one; any other entry stays (somebody staged something). Later,
// when the files were brought long ago, a file at the old version means that a person put it back.
function follows({ one, stands }: WorktreeLook, index: HeldIndex, files: boolean): boolean {
  const entry = index.entries.get(one.path);
  if (entry === null || !index.exists) return false;
  return isSame(entry ?? null, one.old) && (files || stands !== 'old');
}

function entryAfter({ one, out }: WorktreeLook, index: HeldIndex, kept: ReadonlySet<string>): IndexEntry | null {
  if (one.new === null) return null;
  const flags = index.entries.get(one.path)?.flags ?? [];
  return { ...one.new, flags: flags.length === 0 && out && kept.has(one.path) ? ['skip-worktree'] : flags };
}
