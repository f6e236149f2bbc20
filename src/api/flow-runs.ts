// Why: most looks at flows only ask whether a run goes on.
// Promises: names of runs, from their folders alone.
// Never: reads a run.
import { stat } from 'node:fs/promises';
import { listFolder } from '../platform/files/files.ts';

/** The folder of all runs, or of one. */
export function runsFolder(root: string, run = ''): string {
  return `${root}/state/flows${run === '' ? '' : `/${run}`}`;
}

/** The names of all runs. */
export function listRunNames(root: string): Promise<string[]> {
  return listFolder(runsFolder(root));
}

/** Whether a run has ended, without reading how. */
export async function hasEnded(root: string, run: string): Promise<boolean> {
  return (await stat(`${runsFolder(root, run)}/ended.json`).catch(() => null)) !== null;
}

/** The names of the runs that go on. */
export async function listOpenRuns(root: string): Promise<string[]> {
  const out: string[] = [];
  for (const run of await listRunNames(root)) if (!(await hasEnded(root, run))) out.push(run);
  return out;
}
