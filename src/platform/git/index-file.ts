// Why: fourline changes the index of somebody's work tree beside its owner's git. A change made while that git works is
// lost, or damages what that git does.
// Promises: fourline holds the index by git's own rule: a file `index.lock` that only one process can make. The
// holder's name is in it, so we recognise and remove the lock of a killed fourline. A new index replaces the old one
// whole. Its entries keep their flags, and an edit that git can tell by content alone is still one. A plain index is
// read and changed here, any other by git.
// Never: removes a lock of anybody else's; runs a filter program.
import { constants, type Stats } from 'node:fs';
import {
  chmod,
  copyFile,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type FileStamp, sameStamp, stampOf } from '../files/files.ts';
import { giveTo } from '../files/owner.ts';
import { nameProcess, processLives } from '../process/living.ts';
import { errnoOf, Fault, whenAbsent } from '../text/fault.ts';
import { withoutFilters } from './converted.ts';
import { askGit, type ObjectId, runGit } from './git.ts';
import type { IndexFlag } from './index-draft.ts';
import type { IndexEntry } from './index-lines.ts';
import { type IndexEntries, type PlainIndex, readPlainIndex } from './plain-index.ts';
import type { WorkTree } from './work-trees.ts';

/** An index that nobody else can change meanwhile. */
export type HeldIndex = {
  readonly kind: 'held';
  /** None where there is no index. */
  readonly entries: IndexEntries;
  readonly exists: boolean;
  /** Puts entries in or (null) takes them out, as git's index is written: whole or not at all. */
  readonly write: (changes: ReadonlyMap<string, IndexEntry | null>) => Promise<void>;
  readonly release: () => Promise<void>;
};

/** An index that somebody else holds: the lock, and whether a process has it open (true where nobody can tell). */
export type BusyIndex = { readonly kind: 'busy'; readonly lock: string; readonly live: boolean };

/** Milliseconds between tries for a held index. */
const tryTime = 250;

/** Takes hold of the index of a work tree; `tries` times, a quarter of a second apart. Throws what the disk throws. */
export async function holdIndex(tree: WorkTree, tries: number): Promise<HeldIndex | BusyIndex> {
  const { gitDir } = tree;
  const lock = `${gitDir}/index.lock`;
  for (let round = 1; ; round += 1) {
    if (await makeLock(lock)) break;
    if (round >= tries) return { kind: 'busy', lock, live: await isOpen(lock) };
    await pause(tryTime);
  }
  const release = async (): Promise<void> => {
    await rm(`${gitDir}/${copyName}`, { force: true });
    await unlink(lock).catch(whenAbsent(undefined));
  };
  try {
    const exists = (await stat(`${gitDir}/index`).catch(whenAbsent(null))) !== null;
    const plain = await readOwn(`${gitDir}/index`);
    const { entries, idLength } = plain?.index ?? (exists ? await readEntries(gitDir) : listEntries(new Map()));
    return {
      kind: 'held',
      entries,
      exists,
      write: (changes) => writeIndex(tree, { idLength, plain }, changes),
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

// git never reads the content of a lock file. Ours says who made it.
const sign = 'fourline ';

async function makeLock(lock: string): Promise<boolean> {
  for (const again of [true, false]) {
    try {
      const handle = await open(lock, 'wx', 0o644);
      await handle.writeFile(`${sign}${nameProcess()}\n`).finally(() => handle.close());
      return true;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') {
        if (errnoOf(error) === 'ENOSPC') await unlink(lock).catch(() => undefined);
        throw error;
      }
      if (!again || !(await removeDeadLock(lock))) return false;
    }
  }
  return false;
}

/** Removes an index lock that a fourline left which has ended. False where it is anybody else's. */
export async function removeDeadLock(lock: string): Promise<boolean> {
  const text = await readFile(lock, 'latin1').catch(whenAbsent(''));
  if (!text.startsWith(sign) || !text.endsWith('\n') || processLives(text.slice(sign.length, -1))) return false;
  await unlink(lock).catch(whenAbsent(undefined));
  return true;
}

// A git that writes has its lock open; one that waits for an editor, and one that was killed, has not.
async function isOpen(path: string): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)))
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => []))
      if ((await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')) === path) return true;
  return false;
}

const copyName = 'index.fourline';

type Listed = Pick<PlainIndex, 'entries' | 'idLength'>;

async function readEntries(gitDir: string): Promise<Listed> {
  const listing = await askGit(gitDir, 'ls-files', ['--stage', '-v', '-z', '--full-name']);
  const entries = new Map<string, IndexEntry | null>();
  for (const line of listing.split('\0').filter(Boolean)) {
    const tab = line.indexOf('\t');
    const [tag = '', mode = '', id = '', stage = ''] = line.slice(0, tab).split(' ');
    const flags: IndexFlag[] = [];
    if (tag.toUpperCase() === 'S') flags.push('skip-worktree');
    if (tag !== tag.toUpperCase()) flags.push('assume-unchanged');
    entries.set(line.slice(tab + 1), stage === '0' ? { mode, id, flags } : null);
  }
  return listEntries(entries);
}

function listEntries(found: ReadonlyMap<string, IndexEntry | null>): Listed {
  const sample = [...found.values()].find((one) => one !== null);
  return {
    entries: {
      get: (path) => found.get(path),
      ending: (end) => [...found.keys()].filter((path) => path.endsWith(end)),
    },
    idLength: sample?.id.length ?? 40,
  };
}

type ReadIndex = { readonly index: PlainIndex; readonly stamp: FileStamp };

// An index whose file is a link is no plain one.
async function readOwn(path: string): Promise<ReadIndex | null> {
  const stamp = await stampOf(path);
  const flag = constants.O_RDONLY | constants.O_NOFOLLOW;
  const bytes = stamp === null ? null : await readFile(path, { flag }).catch(whenAbsent(null));
  const index = bytes === null ? null : readPlainIndex(bytes);
  return index === null || stamp === null ? null : { index, stamp };
}

// The plain index with its changes; null where git has to write it. Some programs change an index without holding it.
async function changePlain(
  path: string,
  plain: ReadIndex | null,
  changes: ReadonlyMap<string, IndexEntry | null>,
): Promise<Buffer | null> {
  const now = await stampOf(path);
  if (plain === null || now === null || !sameStamp(plain.stamp, now)) return null;
  // An entry as new as its index may hide an edit (git's technical/racy-git): git looks for one when it writes.
  const second = Number(now.modified / 1_000_000_000n);
  return plain.index.isAsNewAs(second) ? null : plain.index.change(changes);
}

// In a copy first, which then takes the place of the index.
async function writeIndex(
  tree: WorkTree,
  { idLength, plain }: { readonly idLength: number; readonly plain: ReadIndex | null },
  changes: ReadonlyMap<string, IndexEntry | null>,
): Promise<void> {
  const copy = `${tree.gitDir}/${copyName}`;
  const index = `${tree.gitDir}/index`;
  const old: Stats | null = await stat(index).catch(whenAbsent(null));
  await rm(`${copy}.lock`, { force: true });
  await rm(copy, { force: true });
  const bytes = await changePlain(index, plain, changes);
  if (bytes !== null) await writeFile(copy, bytes, { flag: 'wx' });
  else await writeByGit(tree, old, idLength, changes);
  if (old !== null) {
    await chmod(copy, old.mode & 0o777);
    await giveTo(copy, old);
  }
  const handle = await open(copy, constants.O_RDONLY);
  await handle.sync().finally(() => handle.close());
  await rename(copy, index);
}

// Git forgets an entry's flags when it is replaced. It looks for hidden edits, and must know how old the index was.
async function writeByGit(
  tree: WorkTree,
  old: Stats | null,
  idLength: number,
  changes: ReadonlyMap<string, IndexEntry | null>,
): Promise<void> {
  const { gitDir } = tree;
  const copy = `${gitDir}/${copyName}`;
  if (old !== null) {
    await copyFile(`${gitDir}/index`, copy);
    await utimes(copy, old.atime, Math.floor(old.mtimeMs / 1000));
  }
  const sample = [...changes.values()].find((one) => one !== null);
  const zero = '0'.repeat(sample?.id.length ?? idLength);
  const env = { ...(await withoutFilters(gitDir)), GIT_INDEX_FILE: copy, GIT_OPTIONAL_LOCKS: '1' };
  const workTree = (await stat(tree.folder).catch(whenAbsent(null)))?.isDirectory() === true ? tree.folder : gitDir;
  const lines = [...changes].map(([path, one]) => `${one?.mode ?? '0'} ${one?.id ?? zero}\t${path}\0`);
  await runGit(gitDir, 'update-index', ['-z', '--index-info'], { workTree, input: lines.join(''), env });
  for (const flag of ['skip-worktree', 'assume-unchanged'] as const) {
    const paths = [...changes].flatMap(([path, one]) => (one?.flags.includes(flag) === true ? [`${path}\0`] : []));
    if (paths.length > 0)
      await runGit(gitDir, 'update-index', [`--${flag}`, '-z', '--stdin'], { workTree, input: paths.join(''), env });
  }
}

/** True when git cannot read an index: its file is damaged. */
export function isDamaged(error: unknown): boolean {
  return error instanceof Fault && /index file|bad signature|bad index|index uses/.test(error.message);
}

/** Makes a damaged index anew from a commit; what cannot be read is kept beside it, under the name that is returned. */
export async function rebuildIndex(gitDir: string, commit: ObjectId): Promise<string> {
  const kept = `${gitDir}/index.damaged`;
  await rename(`${gitDir}/index`, kept);
  await runGit(gitDir, 'read-tree', [commit], { env: { GIT_OPTIONAL_LOCKS: '1' } });
  return kept;
}
