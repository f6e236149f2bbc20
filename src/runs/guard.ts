// Why: an agent that has a credential can write it down: in a file, a name, a letter, its report. We search everything
// that leaves its room for the values it was handed.
// Promises: a change that holds a value is refused by the name of its variable. The change is kept with the value taken
// out, so that nothing else of it is lost. A value that the base already holds at the same place doesn't count.
// Never: shows a value; touches a change that holds no value.

import { setImmediate } from 'node:timers/promises';
import { type Change, standsInCommit } from '../changes/change.ts';
import { moveIfFile, readChanged } from '../changes/room-file.ts';
import { refuseSecret } from '../gate/refuse.ts';
import type { Verdict } from '../gate/verdict.ts';
import { writeDurable } from '../platform/files/files.ts';
import type { Reason } from '../platform/text/fault.ts';
import type { Guard } from '../platform/text/secret.ts';
import type { Opened } from '../record/work.ts';
import { writtenFile } from '../room/lay.ts';

/** The changes of a room after the search. */
export type Guarded = {
  /** The changes, with values taken out of their paths. */
  readonly changes: readonly Change[];
  /** Picks the refused changes that go into a patch; `prefix` is the repository's. */
  readonly patchable: (refused: readonly Change[], prefix: string) => Change[];
  /** The verdicts, with each change that holds a value refused. */
  readonly refuse: (verdicts: readonly Verdict[]) => Verdict[];
  /** Takes a file of the room to be kept; false if there is no file, a sentence if it cannot be taken. */
  readonly take: (path: string, to: string) => Promise<boolean | Reason>;
};

/** Searches the changes of a sealed room. Throws only for faults of the disk. */
export async function guardChanges(opened: Opened, guard: Guard, changes: readonly Change[]): Promise<Guarded> {
  const real = new Map<string, string>();
  const found = new Map<string, readonly string[]>();
  const shown = guard.forms.length === 0 ? changes : changes.map((one) => showChange(guard, one, real));
  for (const [count, change] of guard.forms.length === 0 ? [] : shown.entries()) {
    if (count % 64 === 63) await setImmediate();
    const names = await namesBelow(opened, guard, change, real.get(change.path) ?? change.path);
    if (names.length > 0) found.set(change.path, names);
  }
  let copies: number = copiedMost;
  const at = (path: string): string => writtenFile(opened.room, real.get(path) ?? path);
  return {
    changes: shown,
    patchable: (refused, prefix) =>
      patchable(
        refused.filter((one) => !found.has(one.path) && !real.has(one.path)),
        prefix,
      ),
    refuse: (verdicts) => verdicts.map((one) => refuseSecret(one, found.get(one.path) ?? [])),
    take: async (path, to) => {
      if (!found.has(path)) {
        const moved = await moveIfFile(at(path), to, copies);
        if (typeof moved !== 'number') return moved;
        copies -= moved;
        return true;
      }
      const change = shown.find((one) => one.path === path);
      const kept = guard.blotBytes(change === undefined ? Buffer.alloc(0) : readChanged(change, at(path)));
      const left = guard.find(kept);
      await writeDurable(to, left.length === 0 ? kept : `(it holds the value of ${left.join(' and of ')}, encoded)\n`);
      return true;
    },
  };
}

/**
 * Most that is written to keep files of one run if rooms and state lie on two disks, in real bytes. On one disk files
 * are moved.
 */
const copiedMost = 2 * 1024 * 1024 * 1024;

/**
 * Most of the refused changes that goes into a patch, in bytes: one file, and all of them. Files beyond it are kept as
 * they are.
 */
const patchLimits = { file: 8 * 1024 * 1024, all: 24 * 1024 * 1024 } as const;

// Build output of hundreds of megabytes is kept as well, but not as text.
function patchable(refused: readonly Change[], prefix: string): Change[] {
  let left: number = patchLimits.all;
  return refused.filter((one) => {
    if (!one.path.startsWith(prefix) || !standsInCommit({ ...one, path: one.path.slice(prefix.length) })) return false;
    const size = one.after?.kind === 'blob' ? one.after.size : 0;
    if (size > patchLimits.file || size > left) return false;
    left -= size;
    return true;
  });
}

// A path that holds a value is shown without it; if two paths would look alike, they get different ones.
function showChange(guard: Guard, change: Change, real: Map<string, string>): Change {
  const names = change.before === null ? guard.find(Buffer.from(change.path)) : [];
  const flaw = change.flaw === null ? null : { ...change.flaw, message: guard.blot(change.flaw.message) };
  if (names.length === 0) return { ...change, flaw };
  // If a line break in a name hides a value, blotting cannot take the value out; then we don't show the name.
  const blotted = guard.blot(change.path);
  const top = change.path
    .split('/')
    .slice(0, change.path.startsWith('repos/') ? 2 : 1)
    .join('/');
  let path = guard.find(Buffer.from(blotted)).length === 0 ? blotted : `${top}/(the value of ${names[0]})`;
  while (real.has(path)) path = `${path}?`;
  real.set(path, change.path);
  return {
    ...change,
    path,
    flaw: { code: 'path-secret', message: `its name holds the value of ${names.join(' and of ')}` },
  };
}

async function namesBelow(opened: Opened, guard: Guard, change: Change, path: string): Promise<readonly string[]> {
  const { after, before } = change;
  if (after?.kind !== 'blob') return [];
  const names = guard.find(readChanged(change, writtenFile(opened.room, path)));
  if (names.length === 0 || before === null) return names;
  const known = guard.find(await baseContent(opened, change));
  return names.filter((name) => !known.includes(name));
}

async function baseContent(opened: Opened, change: Change): Promise<Uint8Array> {
  const copy = opened.state.find((one) => one.path === change.path);
  if (copy !== undefined) return Buffer.from(copy.content);
  return (await opened.base?.target.objects.read(change.before?.id ?? ''))?.content ?? Buffer.alloc(0);
}
