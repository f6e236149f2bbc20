// Why: rooms and checks work on a commit's files. They lie in a folder of their own, or in an overlay over a checkout
// that rooms share, with the difference in its upper.
// Promises: what stands in a checkout is exactly its tree, either way, and git in it stands on the commit it is given.
// Never: writes into a shared checkout.
import { chown, lstat, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { holdBase } from '../platform/git/bases.ts';
import type { ObjectId } from '../platform/git/git.ts';
import type { Identity } from '../platform/git/identity.ts';
import { changeIndex, composeIndex } from '../platform/git/index-draft.ts';
import type { Target } from '../platform/git/target.ts';
import { diffTrees, newEntries, type TreeDifference } from '../platform/git/tree.ts';
import { gitFolder, type TreeFolder } from '../platform/git/tree-folder.ts';
import { errnoOf, whenAbsent } from '../platform/text/fault.ts';
import { inside } from '../sandbox/bubblewrap.ts';
import { type Overlay, overlayIn, whiteOut } from '../sandbox/overlay.ts';
import { type DecoyPlan, makeDecoy } from './decoy.ts';
import type { Shared } from './shared.ts';
import { changeTree, cloneTree, writeTree } from './tree.ts';

/**
 * A place to run programs in: a folder laid out like a workspace, a private HOME and TMPDIR, and where they are
 * started.
 */
export type Checkout = {
  /** Holds all folders of its run; removed with them. */
  readonly place: string;
  readonly folder: string;
  readonly home: string;
  readonly temporary: string;
  readonly start: string;
  /**
   * The host's folder of the objects that git in it may read: those of the commit it stands on. Null without a
   * repository.
   */
  readonly objects: string | null;
  /** The overlay that the sandbox mounts at `start`; null where the files lie there. */
  readonly over: Overlay | null;
  /** The checkout that it shares with others; null where its files are its own. */
  readonly shared: Shared | null;
  /** How its files came there: they are shared, clones, or copies. */
  readonly files: 'shared' | 'cloned' | 'copied';
};

/**
 * The facts for a checkout's `.git`: its branch, who commits, and whether its user is in a sandbox (`walled`), which
 * decides where the objects are.
 */
export type CheckoutGit = { readonly branch: string; readonly author: Identity; readonly walled: boolean };

/** A group that is not the one of a shared checkout's folders. */
const nobody = 65534;

/** The contents of a checkout: the tree in it, and the commit that git in it stands on. */
export type LaidContents = { readonly tree: ObjectId; readonly commit: ObjectId };

/** The folders that a checkout is laid into. */
export type CheckoutFolders = Pick<Checkout, 'place' | 'folder' | 'home' | 'temporary' | 'start'>;

/** Where a checkout's files come from: blobs, a shared checkout below an overlay, or clones of a shared one's files. */
export type LaidFrom = { readonly kind: 'own' } | { readonly kind: 'over' | 'clone'; readonly shared: Shared };

/**
 * Lays a checkout into fresh folders. Throws Fault `git-failed` where objects are missing, and what the disk throws.
 */
export async function layCheckout(
  folders: CheckoutFolders,
  target: Target,
  { tree, commit }: LaidContents,
  { branch, author, walled }: CheckoutGit,
  from: LaidFrom,
): Promise<Checkout> {
  const { place, start } = folders;
  await mkdir(start, { recursive: true });
  const objects = await holdBase(target.objects, commit, place);
  const git = { mirror: target.mirror, objects: walled ? inside.objects : objects, branch, commit, author };
  if (from.kind !== 'over') {
    const entries = await target.list(commit);
    const index = composeIndex(entries, target.objects.format);
    const cloned = from.kind === 'clone' && (await cloneTree(start, entries, from.shared.tree, target.objects));
    if (!cloned) await writeTree(start, tree === commit ? entries : await target.list(tree), target.objects);
    else if (tree !== commit) await changeTree(start, await diffTrees(target.objects, commit, tree), target.objects);
    await makeDecoy(start, { ...git, index });
    return { ...folders, objects, over: null, shared: null, files: cloned ? 'cloned' : 'copied' };
  }
  const { shared } = from;
  const over = overlayIn(`${folders.folder}-over`, shared.tree);
  for (const one of [over.upper, over.work, over.merged]) await mkdir(one, { recursive: true, mode: 0o755 });
  // On a disk where a folder has the group of the folder it is made in, those made anew have this one.
  if (process.getuid?.() === 0) await chown(over.work, 0, nobody);
  const differences = await diffTrees(target.objects, shared.commit, tree);
  await layOver(over.upper, target, differences, tree);
  const ofCommit = tree === commit ? differences : await diffTrees(target.objects, shared.commit, commit);
  const index = await indexOver(shared, target, commit, ofCommit);
  await makeDecoy(over.upper, { ...git, index });
  return { ...folders, objects, over, shared, files: 'shared' };
}

// Puts into an upper what makes a tree of the one below.
async function layOver(
  upper: string,
  target: Target,
  differences: readonly TreeDifference[],
  to: ObjectId,
): Promise<void> {
  await writeTree(upper, newEntries(differences), target.objects);
  const after = gitFolder(target.objects, to);
  const removed = new Set<string>();
  for (const one of differences) {
    const gone = one.new === null ? await firstGone(after, one.path) : null;
    if (gone !== null) removed.add(`${upper}/${gone}`);
  }
  for (const path of removed) await mkdir(dirname(path), { recursive: true });
  await whiteOut([...removed]);
}

// The path, or the folder on its way, that is not there any more. Null where something stands in its place, which hides
// it.
async function firstGone(top: TreeFolder, path: string): Promise<string | null> {
  const names = path.split('/');
  let folder = top;
  for (const [at, name] of names.entries()) {
    const node = (await folder.names()).get(name);
    if (node === undefined) return names.slice(0, at + 1).join('/');
    // A submodule stands as a folder, which hides nothing of a folder below it.
    if (node.kind === 'file')
      return node.mode === '160000' && at + 1 < names.length ? names.slice(0, at + 2).join('/') : null;
    folder = node;
  }
  return null;
}

// The index of a commit, made from that of the shared checkout. Git looks itself at the files that differ.
async function indexOver(
  shared: Shared,
  target: Target,
  commit: ObjectId,
  differences: readonly TreeDifference[],
): Promise<DecoyPlan['index']> {
  const path = `${shared.tree}/.git/index`;
  if ((await lstat(path).catch(whenAbsent(null))) === null) return null;
  if (commit === shared.commit) return 'below';
  const before = await readFile(path);
  const changes = differences.map(
    ({ path, new: fresh }) => [path, fresh === null ? null : { path, ...fresh }] as const,
  );
  return changeIndex(before, new Map(changes), target.objects.format);
}

/**
 * The host's path of what was written at a path of a checkout, counted from its folder. In an overlay, a file that was
 * left alone isn't there.
 */
export function writtenFile({ folder, start, over }: Checkout, path: string): string {
  const prefix = `${start.slice(folder.length + 1)}/`;
  return over !== null && path.startsWith(prefix) ? `${over.upper}/${path.slice(prefix.length)}` : `${folder}/${path}`;
}

/** The host's path of what shows at a path of a checkout, counted from its folder. */
export async function shownFile(checkout: Checkout, path: string): Promise<string> {
  const written = writtenFile(checkout, path);
  const { over } = checkout;
  if (over === null || !written.startsWith(`${over.upper}/`)) return written;
  const lacks = await lstat(written).then(
    () => false,
    (error: unknown) => errnoOf(error) === 'ENOENT',
  );
  return lacks ? `${over.lower}${written.slice(over.upper.length)}` : written;
}
