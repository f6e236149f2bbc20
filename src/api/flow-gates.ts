// Why: people pass the gates of flows where they answer everything else: in a browser, or by a program.
// Promises: the gates that wait, with what stands in their forms. Where no run goes on, next to nothing is read.
// Never: passes a gate.
import { gateFile } from '../flow/gate.ts';
import { readPlain } from '../platform/files/files.ts';
import { lookAtRun } from './flow-advance.ts';
import { readOpenRuns } from './flow-files.ts';
import { withFlows } from './flow-hand.ts';
import type { Site } from './site.ts';

/**
 * A gate that waits for the operator. `asked` are the flow's own words. `handed` is what the steps before it hand over,
 * as its form quotes that; null until there is a form. `why` says why a word on it is not followed yet, and `blocks`
 * are the steps that come after it.
 */
export type OpenGate = {
  readonly run: string;
  readonly flow: string;
  readonly step: string;
  readonly file: string;
  readonly asked: string;
  readonly handed: string | null;
  readonly why: string;
  readonly blocks: readonly string[];
};

/** Largest form that is shown, in bytes. */
const formLimit = 1024 * 1024;

/** Lists the gates that wait. A run that is damaged has none. */
export async function openGates(site: Site): Promise<OpenGate[]> {
  const runs = await readOpenRuns(site.root);
  if (runs.length === 0) return [];
  return withFlows(site, async (look) => {
    const out: OpenGate[] = [];
    for (const kept of runs) {
      const { steps } = await lookAtRun(look, kept).catch(() => ({ steps: [] }));
      for (const { step, state, why } of steps) {
        if (state !== 'yours') continue;
        const { run, flow } = kept;
        const file = gateFile(run, step);
        const form = await readPlain(`${site.root}/${file}`, formLimit);
        const asked =
          kept.steps
            .find(({ name }) => name === step)
            ?.lines.join('\n')
            .trim() ?? '';
        const blocks = steps.filter((one) => one.state === 'waits').map((one) => one.step);
        const handed = form.kind === 'text' ? quotedIn(form.text) : null;
        out.push({ run, flow, step, file, asked, handed, why, blocks });
      }
    }
    return out;
  });
}

function quotedIn(form: string): string {
  const lines = form.split('\n').filter((line) => line.startsWith('>'));
  return lines.map((line) => line.replace(/^> ?/, '')).join('\n');
}
