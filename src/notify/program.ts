// Why: a command of `on:` runs as the operator, on a machine where work goes on.
// Promises: the event is on its standard input and nowhere else. It has a time limit; with it ends every process that
// it started. Only the end of its output is kept, in memory.
// Never: puts a word of an event on a command line; runs in a sandbox.
import { markName, markOf } from '../platform/process/ending.ts';
import { type Environment, startGroup } from '../platform/process/process.ts';
import { messageOf, type Reason } from '../platform/text/fault.ts';
import { countOf } from '../platform/text/text.ts';
import { plainLine } from './notification.ts';

/** How much of the end of its output is kept, in characters. */
const outputKept = 2000;

/** Milliseconds that it has to clear up after itself when it is told to end. */
const hookGrace = 1000;

/** How a command is run. `place` names what only this action has; `signal` ends it. */
export type ProgramPlan = {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Environment;
  readonly input: string;
  readonly seconds: number;
  readonly place: string;
  readonly signal: AbortSignal;
};

/** Runs a command to its end, and ends what it left. Returns null, or why it failed. */
export async function runProgram(plan: ProgramPlan): Promise<Reason | null> {
  let said = '';
  const keep = (_stream: string, chunk: Buffer): void => {
    said = `${said}${chunk.subarray(-outputKept * 4).toString()}`.slice(-outputKept);
  };
  try {
    const env = { ...plan.env, [markName]: markOf(plan.place) };
    const group = startGroup(plan.argv, { cwd: plan.cwd, env, input: `${plan.input}\n`, onOutput: keep });
    const { promise: stopped, resolve: stop } = Promise.withResolvers<'late' | 'stopped'>();
    const timer = setTimeout(() => stop('late'), plan.seconds * 1000);
    const onAbort = (): void => stop('stopped');
    plan.signal.addEventListener('abort', onAbort, { once: true });
    if (plan.signal.aborted) onAbort();
    const ended = await Promise.race([group.ended, stopped]);
    clearTimeout(timer);
    plan.signal.removeEventListener('abort', onAbort);
    await group.end(hookGrace);
    if (ended === 'late') return `it took longer than ${countOf(plan.seconds, 'second')} and was ended`;
    if (ended === 'stopped') return 'fourline stopped before it had ended';
    if (ended.kind === 'unstartable') return plainLine(ended.reason);
    if (ended.kind === 'signalled') return `it was ended by ${ended.signal}`;
    if (ended.status === 0) return null;
    const last = plainLine(said.trimEnd().split('\n').at(-1) ?? '', 200);
    return `it ended with status ${ended.status}${last === '' ? '' : `: ${last}`}`;
  } catch (error) {
    return plainLine(messageOf(error));
  }
}
