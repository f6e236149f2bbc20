// Why: a scripted agent, for demos, tests and dry runs of one's own cards: it does what its card says, step by step,
// and costs nothing.
// Promises: it is a real process under the same contract as any other agent; wherever it shows, it is named as a
// rehearsal.
// Never: thinks.
import type { Launch } from '../agent/agent.ts';
import type { RehearsalStep } from '../role/role-settings.ts';

/** Plans a rehearsal: the steps go into a file that the rehearsal program reads. */
export function launchRehearsal(steps: readonly RehearsalStep[], runtime: string, program: string): Launch {
  return {
    argv: [runtime, '--no-warnings', program, '{file:rehearsal.json}'],
    files: { 'rehearsal.json': JSON.stringify(steps) },
    label: 'rehearsal',
    hosts: [],
    home: {},
    env: {},
    prompt: null,
    sessions: null,
    openReader: null,
  };
}
