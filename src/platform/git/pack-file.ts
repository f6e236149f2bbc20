// Why: a landing's pack and its index are made already. A git that makes the index again costs more than writing two
// files.
// Promises: a pack comes into a person's repository as git brings it: drafts that are flushed, the pack, its index, the
// folder flushed. A failure leaves nothing behind; what a killed fourline left is removed. Git brings a pack where
// anything about the repository is unusual.
// Never: removes a draft of anybody else's, or a pack that has its index.
import { access, lstat, open, readFile, rename, unlink } from 'node:fs/promises';
import { crashPoint } from '../files/crash.ts';
import { flushFolder, listFolder } from '../files/files.ts';
import { nameProcess, processLives } from '../process/living.ts';
import { machineFails, whenAbsent } from '../text/fault.ts';
import type { Pack } from './pack.ts';

/**
 * Puts a pack into the repository of that common folder. False where git has to do it. Throws what the disk throws when
 * the machine fails.
 */
export async function putPack(commonDir: string, pack: Pack): Promise<boolean> {
  if (pack.doubtful || !(await isPlainStore(commonDir))) return false;
  const place: DraftPlace = { folder: `${commonDir}/objects/pack`, owner: nameProcess(), name: pack.name };
  try {
    await writeNew(packDraft(place, 'pack'), pack.pack);
    await writeNew(packDraft(place, 'idx'), pack.index);
    crashPoint('land.packing');
    // Git sees a pack by its index, so that comes last.
    await rename(packDraft(place, 'pack'), `${place.folder}/${pack.name}.pack`);
    crashPoint('land.packed');
    await rename(packDraft(place, 'idx'), `${place.folder}/${pack.name}.idx`);
    await flushFolder(place.folder);
    return true;
  } catch (error) {
    await dropDrafts(place).catch(() => undefined);
    if (machineFails(error)) throw error;
    return false;
  }
}

// Where the drafts of a pack are, whose they are, and the pack's name.
type DraftPlace = { readonly folder: string; readonly owner: string; readonly name: string };

// The name that git gives its own drafts, which its `prune` removes when they are old.
function packDraft({ folder, owner, name }: DraftPlace, end: 'pack' | 'idx'): string {
  return `${folder}/tmp_${end}_fourline_${owner}_${name}`;
}

// With the mode that git gives a pack.
async function writeNew(path: string, data: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', 0o444);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

// A pack without its index is nobody's. The draft of the index goes last: it tells of such a pack.
async function dropDrafts(place: DraftPlace): Promise<void> {
  const { folder, name } = place;
  await unlink(packDraft(place, 'pack')).catch(whenAbsent(undefined));
  const moved = await access(packDraft(place, 'idx')).then(() => true, whenAbsent(false));
  const whole = await access(`${folder}/${name}.idx`).then(() => true, whenAbsent(false));
  if (moved && !whole) await unlink(`${folder}/${name}.pack`).catch(whenAbsent(undefined));
  await unlink(packDraft(place, 'idx')).catch(whenAbsent(undefined));
}

/** Removes what killed fourlines left of packs in a repository. */
export async function removeDeadDrafts(commonDir: string): Promise<void> {
  const folder = `${commonDir}/objects/pack`;
  for (const draft of await listFolder(folder)) {
    const [, owner, name] = /^tmp_(?:pack|idx)_fourline_([0-9a-z.]+)_(pack-[0-9a-f]+)$/.exec(draft) ?? [];
    if (owner === undefined || name === undefined || processLives(owner)) continue;
    await dropDrafts({ folder, owner, name });
  }
}

// Git's own configuration of a repository's form (repository-version(5)). Those named here change nothing about the
// files of a pack.
const extensions =
  /^\s*(?:noop|objectformat|partialclone|preciousobjects|refstorage|relativeworktrees|worktreeconfig)\s*(?:=[^\\]*)?$/i;

// Objects are in folders of the repository's own, and packs there have no mode but that of all new files.
async function isPlainStore(commonDir: string): Promise<boolean> {
  for (const name of ['objects', 'objects/pack'])
    if ((await lstat(`${commonDir}/${name}`).catch(whenAbsent(null)))?.isDirectory() !== true) return false;
  if ((await lstat(`${commonDir}/objects/info/alternates`).catch(whenAbsent(null))) !== null) return false;
  const texts = ['config', 'config.worktree'].map((name) => readFile(`${commonDir}/${name}`, 'utf8'));
  const [config, more] = await Promise.all(texts.map((text) => text.catch(whenAbsent(null))));
  return config != null && isPlainConfig(config) && isPlainConfig(more ?? '');
}

function isPlainConfig(text: string): boolean {
  // Modes of a repository that many write to, and parts that stand in other files.
  if (/sharedrepository|include/i.test(text)) return false;
  let within = false;
  for (const line of text.split('\n')) {
    if (/^\s*\[/.test(line)) within = /^\s*\[\s*extensions\b/i.test(line);
    const plain = within
      ? extensions.test(line) || /^\s*(?:\[extensions\]\s*|[#;].*)?$/i.test(line)
      : !/extensions/i.test(line);
    if (!plain) return false;
  }
  return true;
}
