// Why: an undo takes back what an order wrote to state files. The order's record has each text, and the text that it
// replaced.
// Promises: only files that the journal says were written. Several landings of one file are taken back one by one, the
// last first.
// Never: reads or writes a state file; the landing does.
import { stat } from 'node:fs/promises';
import type { Entry } from '../ledger/entry.ts';
import type { Reason } from '../platform/text/fault.ts';
import { whenAbsent } from '../platform/text/fault.ts';
import { runFolder } from '../record/path.ts';
import { readStored } from '../record/stored.ts';
import type { StateChange } from '../record/work.ts';
import { mergeState } from './state.ts';

/**
 * The changes that take back what an order wrote to state files. `record` is its record's folder, `entries` are the
 * journal's lines, and git's texts lie in `scratch` for a moment. Returns a string that says why there are none to be
 * had. Throws Fault `record-damaged`, `record-newer`, `git-failed`.
 */
export async function invertState(
  order: string,
  record: string,
  entries: readonly Entry[],
  scratch: string,
): Promise<StateChange[] | Reason> {
  const written = entries.filter((one) => one.step === 'stated').filter((one) => one.order === order);
  const out = new Map<string, StateChange>();
  for (const [run, lines] of [...Map.groupBy(written, (one) => one.run)].reverse()) {
    const kept = await readStored(await runRecord(record, run, order), 'state.json');
    for (const path of new Set(lines.map((one) => one.path))) {
      const change = kept?.files.find((one) => one.path === path);
      if (change === undefined) return `its record does not say what ${path} held before`;
      const later = out.get(path);
      const { before, after } = change;
      if (later === undefined) out.set(path, { path, before: after, after: before });
      else {
        const merge = await mergeState(path, after, before, later.after, scratch);
        if (merge.kind === 'conflict') return `conflict with what others wrote between its landings: ${path}`;
        out.set(path, { ...later, after: merge.text });
      }
    }
  }
  return [...out.values()];
}

// An order that was run again for reports has a folder for each of its earlier runs.
async function runRecord(record: string, run: string, order: string): Promise<string> {
  const own = runFolder(record, Number(run.slice(order.length + 1)));
  return (await stat(own).catch(whenAbsent(null))) === null ? record : own;
}
