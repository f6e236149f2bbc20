// Why: when the branch that lands is the one people have checked out, their files should follow; a branch that moved under a still work tree shows as a
// staged reversal of the landing.
// Promises: idempotent, path by path: written when the file is the old version, skipped when it is the new one, left alone (and named) when it is anything
// else; the index entry follows only where it stood at the old version.
// Never: writes through a symbolic link; overwrites a local edit; runs a filter.
import { createHash } from 'node:crypto';
import { lstat, mkdir, open, readlink, rename, rmdir, symlink, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crashPoint } from '../ground/crash.ts';
import { errnoOf, ownWords, whenAbsent } from '../ground/fault.ts';
import { flushFolder } from '../ground/files.ts';
import { askGit, blobId, type ObjectId, runGit } from '../ground/git.ts';
import type { Target } from '../ground/target.ts';
import { diffTrees, type TreeDifference } from './build.ts';

/** What bringing forward came to: how many files differ between the commits, and what was left as it was, each with the reason. */
export type Brought = { readonly files: number; readonly left: readonly string[] };

/** Brings a target's work tree and index from one commit to another. */
export async function bringForward(target: Target, from: ObjectId, to: ObjectId): Promise<Brought> {
  const left: string[] = [];
  const differences = await diffTrees(target.mirror, from, to);
  if (target.workTree === null) return { files: differences.length, left };
  // Deletions first, so that a folder can take the place of a file.
  for (const one of [...differences].sort((a, b) => Number(a.new !== null) - Number(b.new !== null))) {
    const reason = await bringPath(target, target.workTree, one).catch(ownWords);
    if (reason !== null) left.push(`${one.path} (${reason})`);
    crashPoint('land.file');
  }
  await flushFolders(target.workTree, differences);
  crashPoint('land.files');
  const index = await bringIndex(target, differences);
  return { files: differences.length, left: index === null ? left : [...left, index] };
}

// Every folder that something came into or went out of, once, with those above it: one of them may be new.
async function flushFolders(root: string, differences: readonly TreeDifference[]): Promise<void> {
  const folders = new Set<string>(['.']);
  for (const { path } of differences) for (let at = dirname(path); !folders.has(at); at = dirname(at)) folders.add(at);
  for (const folder of folders) await flushFolder(`${root}/${folder}`).catch(whenAbsent(undefined));
}

type State =
  | { readonly kind: 'absent' }
  | { readonly kind: 'entry'; readonly mode: string; readonly id: string }
  | { readonly kind: 'other'; readonly what: string };

async function bringPath(target: Target, root: string, one: TreeDifference): Promise<string | null> {
  if (one.new?.mode === '160000' || one.old?.mode === '160000') return 'it is a submodule';
  const blocked = await linkAbove(root, one.path);
  if (blocked !== null) return `${blocked} is a symbolic link`;
  const at = `${root}/${one.path}`;
  const draft = draftOf(at);
  await unlink(draft).catch(() => undefined);
  const state = await stateOf(at, (one.new ?? one.old)?.id ?? '');
  if (isAt(state, one.new)) return null;
  if (!isAt(state, one.old)) return state.kind === 'other' ? `it is ${state.what}` : 'it has local edits';
  if (one.new === null) {
    await unlink(at);
    await removeEmpty(root, dirname(one.path));
    return null;
  }
  const object = await target.reader.read(one.new.id);
  if (object === null) return 'its content is missing in the mirror';
  await mkdir(dirname(at), { recursive: true });
  await replaceFile(at, draft, one.new.mode, object.content);
  return null;
}

function isAt(state: State, side: TreeDifference['new']): boolean {
  if (side === null) return state.kind === 'absent';
  return state.kind === 'entry' && state.id === side.id && state.mode === side.mode;
}

// `like` is an object name of the repository: its length tells the hash.
async function stateOf(at: string, like: ObjectId): Promise<State> {
  const stat = await lstat(at).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw error;
  });
  if (stat === null) return { kind: 'absent' };
  if (stat.isSymbolicLink())
    return { kind: 'entry', mode: '120000', id: blobId(like, await readlink(at, { encoding: 'buffer' })) };
  if (stat.isDirectory()) return { kind: 'other', what: 'a folder' };
  if (!stat.isFile()) return { kind: 'other', what: 'no plain file' };
  const handle = await open(at);
  try {
    return {
      kind: 'entry',
      mode: (stat.mode & 0o100) === 0 ? '100644' : '100755',
      id: blobId(like, await handle.readFile()),
    };
  } finally {
    await handle.close();
  }
}

async function linkAbove(root: string, path: string): Promise<string | null> {
  const segments = path.split('/').slice(0, -1);
  for (let depth = 1; depth <= segments.length; depth += 1) {
    const parent = segments.slice(0, depth).join('/');
    const stat = await lstat(`${root}/${parent}`).catch(() => null);
    if (stat?.isSymbolicLink() === true) return parent;
  }
  return null;
}

// Always the same for a file: what a crash left of it is found when the file is brought forward again.
function draftOf(at: string): string {
  return `${dirname(at)}/.fourline-${createHash('sha256').update(at).digest('hex').slice(0, 12)}.tmp`;
}

async function replaceFile(at: string, temporary: string, mode: string, content: Uint8Array): Promise<void> {
  if (mode === '120000') await symlink(Buffer.from(content), temporary);
  else {
    const handle = await open(temporary, 'wx', mode === '100755' ? 0o777 : 0o666);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  crashPoint('land.drafted');
  await rename(temporary, at).catch(async (error: unknown) => {
    await unlink(temporary).catch(() => undefined);
    throw error;
  });
}

async function removeEmpty(root: string, folder: string): Promise<void> {
  for (let at = folder; at !== '.' && at !== ''; at = dirname(at)) {
    const removed = await rmdir(`${root}/${at}`).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

/** How often a held index is tried again, every quarter of a second. */
const indexTries = 16;

// Index entries that stood at the old version go to the new one; others (somebody staged something) stay.
async function bringIndex(target: Target, differences: readonly TreeDifference[]): Promise<string | null> {
  const listing = await askGit(target.gitDir, 'ls-files', ['--stage', '-z', '--full-name']);
  const entries = new Map(
    listing
      .split('\0')
      .filter(Boolean)
      .map((line) => {
        const [mode = '', id = ''] = line.split(' ');
        return [line.slice(line.indexOf('\t') + 1), `${mode} ${id}`];
      }),
  );
  const moved = differences.filter(
    (one) => entries.get(one.path) === (one.old === null ? undefined : `${one.old.mode} ${one.old.id}`),
  );
  if (moved.length === 0) return null;
  const zero = '0'.repeat((moved[0]?.new ?? moved[0]?.old)?.id.length ?? 40);
  const lines = moved.map((one) => `${one.new?.mode ?? '0'} ${one.new?.id ?? zero}\t${one.path}\0`);
  const update = () =>
    runGit(target.gitDir, 'update-index', ['-z', '--index-info'], {
      input: lines.join(''),
      answers: [128],
      env: { GIT_OPTIONAL_LOCKS: '1' },
    });
  let updated = await update();
  // An editor that polls `git status` holds the index for a moment.
  for (let round = 0; round < indexTries && updated.status !== 0 && updated.stderr.includes('index.lock'); round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    updated = await update();
  }
  if (updated.status === 0) return null;
  const lock = /'(.+index\.lock)': File exists/.exec(updated.stderr)?.[1];
  if (lock === undefined) return `the index (${updated.stderr.trim().split('\n')[0] ?? ''})`;
  const paths = moved.map((one) => one.path);
  const named =
    paths.length <= 20 && paths.every((path) => /^[\w@%+=:,./-]+$/.test(path)) ? ` -- ${paths.join(' ')}` : '';
  return `the index (${lock} is there: remove it when no git works there, then git -C repos/${target.name} reset -q${named})`;
}
