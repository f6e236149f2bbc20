// Why: what a judged run left on disk, read again after its journey broke off.
// Promises: null when there is nothing, or nothing that can be read.
// Never: decides anything.

import { readFile } from 'node:fs/promises';
import type { Verdict } from '../gate/verdict.ts';
import { whenAbsent } from '../platform/text/fault.ts';
import { recordFile } from './path.ts';

/** An order's verdicts.json. */
export type RunRecord = {
  readonly run: string;
  readonly base: string | null;
  readonly commit: string | null;
  readonly verdicts: readonly Verdict[];
};

/** Reads the record of the last judged run in an order's active folder. */
export async function readRunRecord(folder: string): Promise<RunRecord | null> {
  const text = await readFile(recordFile(folder, 'verdicts.json'), 'utf8').catch(whenAbsent(null));
  if (text === null) return null;
  try {
    const { run, base, commit, verdicts } = JSON.parse(text) as RunRecord;
    return { run, base, commit, verdicts };
  } catch {
    return null;
  }
}
