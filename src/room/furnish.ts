// Why: puts into a room what the agent finds there besides the code: the order, trays for mail, mail that came, state
// it owns.
// Promises: everything is a copy. The survey hears of everything that was put in, as base or as furniture.
// Never: puts in a card, another role's mail, or fourline's own state.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ownStateNames } from '../places.ts';
import { listFolder, readPlain } from '../platform/files/files.ts';
import { isTemporary } from '../platform/process/remains.ts';
import { whenAbsent } from '../platform/text/fault.ts';
import type { Matcher } from '../role/grant.ts';
import type { Room } from './room.ts';

/** Top-level names of a room that are no changes: what fourline put there, and the report. */
export const furniture: ReadonlySet<string> = new Set(['order.md', 'brief.md', 'report.md', 'mail', 'refs']);

/**
 * Everything that goes in. `write` and `read` are the card's patterns: only the state files that match either of them
 * are copied in.
 */
export type Furnishing = {
  readonly order: string;
  readonly trays: readonly string[];
  readonly mailFrom: string;
  /** Texts that are handed down, by workspace path. */
  readonly refs: ReadonlyMap<string, string>;
  /** Mail that an earlier run of the order had finished, by role. */
  readonly traysFrom: string;
  readonly state: string;
  readonly write: Matcher;
  readonly read: Matcher;
  /** Files that stand beside the room, by name. */
  readonly files: Readonly<Record<string, string>>;
};

/** A state file that was copied in, as workspace path with its content. */
export type StateCopy = { readonly path: string; readonly content: string };

/** Furnishes an open room. Returns the state files it holds and the names of the mail. */
export async function furnishRoom(room: Room, plan: Furnishing): Promise<{ state: StateCopy[]; mail: string[] }> {
  await writeFile(`${room.folder}/order.md`, plan.order);
  for (const tray of plan.trays) await mkdir(`${room.folder}/inbox/${tray}`, { recursive: true });
  for (const [name, text] of Object.entries(plan.files)) await writeFile(`${room.place}/${name}`, text);
  for (const [path, text] of plan.refs) {
    await mkdir(dirname(`${room.folder}/refs/${path}`), { recursive: true });
    await writeFile(`${room.folder}/refs/${path}`, text);
  }
  const mail = await copyTexts(plan.mailFrom, `${room.folder}/mail`);
  for (const tray of plan.trays) await copyTexts(`${plan.traysFrom}/${tray}`, `${room.folder}/inbox/${tray}`);
  const state = await readStateFile(plan);
  for (const copy of state) {
    await mkdir(dirname(`${room.folder}/${copy.path}`), { recursive: true });
    await writeFile(`${room.folder}/${copy.path}`, copy.content);
  }
  return { state, mail };
}

/** Puts the brief into the room, for programs that take it from a file. */
export async function giveBrief(room: Room, brief: string): Promise<void> {
  await writeFile(`${room.folder}/brief.md`, brief);
}

/** Puts files into the private HOME, by their path in it; `mode` is theirs, folders are the run's alone. */
export async function furnishHome(room: Room, files: Readonly<Record<string, string>>, mode: number): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(`${room.home}/${name}`), { recursive: true, mode: 0o700 });
    await writeFile(`${room.home}/${name}`, text, { mode });
  }
}

async function copyTexts(from: string, to: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of await listFolder(from)) {
    const file = await readPlain(`${from}/${name}`);
    if (file.kind !== 'text') continue;
    await mkdir(to, { recursive: true });
    await writeFile(`${to}/${name}`, file.text);
    names.push(name);
  }
  return names;
}

/** True when a card's patterns may match a state file at all. */
export function seesState({ write, read }: Pick<Furnishing, 'write' | 'read'>): boolean {
  return [...write.entries, ...read.entries].some((one) => one.pattern.startsWith('state/'));
}

async function readStateFile({ state, write, read }: Furnishing): Promise<StateCopy[]> {
  const out: StateCopy[] = [];
  if (!seesState({ write, read })) return out;
  for (const top of await listFolder(state)) {
    if (ownStateNames.includes(top) || top.startsWith('.')) continue;
    for (const path of await filesBelow(state, top)) {
      if ((write.match(`state/${path}`) ?? read.match(`state/${path}`)) === undefined) continue;
      const file = await readPlain(`${state}/${path}`, 16 * 1024 * 1024);
      if (file.kind === 'text') out.push({ path: `state/${path}`, content: file.text });
    }
  }
  return out;
}

async function filesBelow(state: string, top: string): Promise<string[]> {
  const entries = await readdir(`${state}/${top}`, { recursive: true, withFileTypes: true }).catch(whenAbsent(null));
  if (entries === null) return [top];
  return entries
    .filter((entry) => entry.isFile() && !isTemporary(entry.name))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(state.length + 1));
}
