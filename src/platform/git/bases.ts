// Why: git in a room needs the objects of its base. The mirror holds far more: objects of other runs, refused work
// among them. So each base has a store of its own.
// Promises: a store holds the objects that its commit reaches and no others; it is whole or not there. It starts from
// the packs of another store of the mirror and adds one pack, so a base that moved a little costs little. A store that
// no room uses is removed when a new one is made.
// Never: lends an object of the mirror; is anything but a cache: deleted, it is made again.
import { chmod, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { listFolder } from '../files/files.ts';
import { bootOf } from '../process/living.ts';
import { processMark, temporaryName } from '../process/remains.ts';
import { openTurns } from '../process/turns.ts';
import { errnoOf, whenAbsent } from '../text/fault.ts';
import { askGit, type ObjectId } from './git.ts';
import { leadsTo } from './leads-to.ts';
import type { ObjectReader } from './objects.ts';
import { packAhead } from './pack.ts';

/**
 * A pack of a store: with those before it, it makes all that `tip` reaches. `boot` is there for one that was written
 * without a flush: after another start of the machine it may be torn, and is not used.
 */
type BasesPart = { readonly tip: ObjectId; readonly pack: string; readonly boot?: string };

/**
 * Packs of a store before they are made one, and stores that are kept though no room uses them. Git looks through all
 * packs for an object; a branch comes back.
 */
export const baseLimits = { packs: 16, kept: 3 } as const;

const list = 'parts.json';
/** By mirror. Stores are made one after another, since each is made from the earlier ones. */
const baseTurn = openTurns();
/** The stores that a room uses, by the room's folder. */
const held = new Map<string, Set<string>>();

/**
 * The folder of objects for a room whose base is `commit`; `room` uses it until it is let go. Throws Fault `git-failed`
 * when the mirror has no such commit.
 */
export async function holdBase(objects: ObjectReader, commit: ObjectId, room: string): Promise<string> {
  const mirror = objects.gitDir;
  const folder = `${mirror}/bases/${commit}`;
  held.set(room, (held.get(room) ?? new Set()).add(folder));
  return baseTurn(mirror, () => makeBase(objects, commit, folder));
}

/** Says that a room is gone. */
export function letGoBases(room: string): void {
  held.delete(room);
}

async function makeBase(objects: ObjectReader, commit: ObjectId, folder: string): Promise<string> {
  const mirror = objects.gitDir;
  if ((await basesParts(folder))?.at(-1)?.tip === commit) return folder;
  const bases = `${mirror}/bases`;
  const draft = `${bases}/${temporaryName(commit)}`;
  await mkdir(`${draft}/pack`, { recursive: true });
  try {
    const { from, parts } = await nearest(objects, commit);
    for (const { pack } of parts)
      for (const end of ['pack', 'idx']) await link(`${from}/pack/${pack}.${end}`, `${draft}/pack/${pack}.${end}`);
    const last = parts.at(-1)?.tip ?? null;
    const all = last === commit ? parts : [...parts, await packRange(objects, commit, last, draft)];
    await writeFile(`${draft}/${list}`, JSON.stringify(all));
    // Read in a sandbox by a user who may be another.
    for (const path of [draft, `${draft}/pack`]) await chmod(path, 0o755);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder).catch((error: unknown) => {
      // Another process was quicker.
      if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await sweepBases(bases, folder);
  return folder;
}

// The packs of a store that can be believed, from the first on; null where there are none.
async function basesParts(folder: string): Promise<BasesPart[] | null> {
  const text = await readFile(`${folder}/${list}`, 'utf8').catch(whenAbsent(null));
  if (text === null) return null;
  try {
    const all = JSON.parse(text) as BasesPart[];
    const stale = all.findIndex(({ boot }) => boot !== undefined && boot !== bootOf());
    const parts = stale < 0 ? all : all.slice(0, stale);
    for (const { pack } of parts)
      for (const end of ['pack', 'idx']) if ((await stat(`${folder}/pack/${pack}.${end}`)).size === 0) return null;
    return parts.length === 0 ? null : parts;
  } catch {
    return null;
  }
}

// The store that has most of what a commit reaches and nothing else: those of its packs whose tips lead to the commit.
async function nearest(
  objects: ObjectReader,
  commit: ObjectId,
): Promise<{ from: string; parts: readonly BasesPart[] }> {
  const bases = `${objects.gitDir}/bases`;
  const names = (await listFolder(bases)).filter((name) => !name.startsWith('.'));
  const ages = await Promise.all(names.map(async (name) => ({ name, age: await ageOf(`${bases}/${name}`) })));
  let found: { from: string; parts: readonly BasesPart[] } = { from: '', parts: [] };
  for (const { name } of ages.sort((a, b) => b.age - a.age).slice(0, baseLimits.kept + 1)) {
    const parts = (await basesParts(`${bases}/${name}`)) ?? [];
    const usable = await leadingTo(objects, parts, commit);
    if (usable.length === 0) continue;
    found = { from: `${bases}/${name}`, parts: await foldable(`${bases}/${name}`, usable) };
    if (usable.length === parts.length) break;
  }
  return found;
}

async function ageOf(folder: string): Promise<number> {
  return (await stat(folder).catch(whenAbsent(null)))?.mtimeMs ?? 0;
}

async function leadingTo(
  objects: ObjectReader,
  parts: readonly BasesPart[],
  commit: ObjectId,
): Promise<readonly BasesPart[]> {
  for (let count = parts.length; count > 0; count -= 1) {
    if (await leadsTo(objects, parts[count - 1]?.tip ?? '', commit)) return parts.slice(0, count);
  }
  return [];
}

// Too many packs are made anew as one, the first left as it is while it is larger than all that came after.
async function foldable(folder: string, parts: readonly BasesPart[]): Promise<readonly BasesPart[]> {
  if (parts.length < baseLimits.packs) return parts;
  const sizes = await Promise.all(parts.map(async ({ pack }) => (await stat(`${folder}/pack/${pack}.pack`)).size));
  const [first = 0, ...rest] = sizes;
  return first > rest.reduce((sum, one) => sum + one, 0) ? parts.slice(0, 1) : [];
}

// Packs the objects that `commit` reaches and `from` doesn't. The commit of a shallow clone has no history there: then
// the pack holds the commit and its tree.
async function packRange(
  objects: ObjectReader,
  commit: ObjectId,
  from: ObjectId | null,
  draft: string,
): Promise<BasesPart> {
  const own = from === null ? null : await packAhead(objects, commit, from);
  if (own !== null) {
    // Where one start of the machine can't be told from another, it is flushed.
    const known = bootOf() !== '0';
    const how = { mode: 0o444, flush: !known };
    await writeFile(`${draft}/pack/${own.name}.pack`, own.pack, how);
    await writeFile(`${draft}/pack/${own.name}.idx`, own.index, how);
    return { tip: commit, pack: own.name, ...(known ? { boot: bootOf() } : {}) };
  }
  const mirror = objects.gitDir;
  const pack = (args: readonly string[], input: string): Promise<string> =>
    askGit(mirror, 'pack-objects', ['-q', '--delta-base-offset', ...args, `${draft}/pack/pack`], { input });
  const revisions = [commit, ...(from === null ? [] : [`^${from}`]), ''].join('\n');
  const id = await pack(['--revs'], revisions).catch(async () => pack([], await ownObjects(mirror, commit)));
  return { tip: commit, pack: `pack-${id}` };
}

async function ownObjects(mirror: string, commit: ObjectId): Promise<string> {
  const tree = await askGit(mirror, 'rev-list', ['--no-walk', '--objects', commit]);
  return `${tree
    .split('\n')
    .map((line) => line.split(' ')[0])
    .join('\n')}\n`;
}

async function sweepBases(bases: string, newest: string): Promise<void> {
  const used = new Set([newest, ...[...held.values()].flatMap((folders) => [...folders])]);
  const names = await listFolder(bases);
  const idle = names.filter((name) => !name.startsWith('.') && !used.has(`${bases}/${name}`));
  const ages = await Promise.all(idle.map(async (name) => ({ name, age: await ageOf(`${bases}/${name}`) })));
  const old = ages
    .sort((a, b) => b.age - a.age)
    .slice(baseLimits.kept)
    .map(({ name }) => name);
  // Stores that a killed process had begun.
  const begun = names.filter((name) => name.startsWith('.') && !name.includes(processMark));
  for (const name of [...old, ...begun]) await rm(`${bases}/${name}`, { recursive: true, force: true });
}
