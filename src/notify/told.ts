// Why: after a restart each action of `on:` goes on where it was, by the journal's line.
// Promises: whole on disk when the call returns. A file that can't be read counts as none: then nothing of the past is
// told. No address stands in it: an action is named by a digest.
// Never: says what happened; the journal does.
import { createHash } from 'node:crypto';
import { z } from '../ledger/schema.ts';
import { readPlain, writeDurable } from '../platform/files/files.ts';
import { clockTime } from '../platform/text/clock.ts';
import { escapeText } from '../platform/text/text.ts';
import type { Action } from '../workspace/actions.ts';

/** How far an action was told: a line of the journal, and since when and why it fails. */
export type ToldSoFar = {
  readonly line: number;
  readonly failing: { readonly since: string; readonly reason: string } | null;
};

/** Why an action fails, and since when, in words; null where it does not. */
export function failingWords(told: ToldSoFar | undefined): string | null {
  if (told === undefined || told.failing === null) return null;
  const since = new Date(told.failing.since);
  return `it fails since ${told.failing.since.slice(0, 10)} ${clockTime(since)}: ${escapeText(told.failing.reason)}`;
}

const toldSchema = z.object({
  version: z.literal(1),
  actions: z.record(
    z.string(),
    z.object({
      line: z.number().int().nonnegative(),
      failing: z.object({ since: z.string(), reason: z.string() }).nullable(),
    }),
  ),
});

/** Names an action: two that do the same have one name. */
export function nameAction(action: Action): string {
  return createHash('sha256').update(JSON.stringify(action)).digest('hex').slice(0, 16);
}

/** Reads how far each action was told, by its name. `flawed` is true where the file is there and can't be read. */
export async function readTold(path: string): Promise<{ told: ReadonlyMap<string, ToldSoFar>; flawed: boolean }> {
  const file = await readPlain(path);
  if (file.kind === 'absent') return { told: new Map(), flawed: false };
  try {
    const { actions } = toldSchema.parse(JSON.parse(file.kind === 'text' ? file.text : ''));
    return { told: new Map(Object.entries(actions)), flawed: false };
  } catch {
    return { told: new Map(), flawed: true };
  }
}

/** Writes how far each action was told. */
export async function writeTold(path: string, told: ReadonlyMap<string, ToldSoFar>): Promise<void> {
  await writeDurable(path, `${JSON.stringify({ version: 1, actions: Object.fromEntries(told) })}\n`);
}
