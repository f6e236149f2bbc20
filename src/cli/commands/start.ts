// Why: `fourline start` works the inboxes until it is stopped; with --once until nothing is left to do.
// Promises: the first signal drains, the second hands back what runs. With --once the exit code says whether everything
// that lay there was done.
// Never: goes into the background by itself.
import { type Fourline, openFourline, type Worked, type WorkListener, type WorkOptions } from '../../api.ts';
import { systemClock } from '../../platform/text/clock.ts';
import { exitCodes, type Invocation } from '../invocation.ts';
import { type LiveRuns, showRuns } from '../live.ts';
import { openSidecar } from '../sidecar.ts';
import { openTerminal } from '../terminal.ts';

/** Signals of one kind within this time are one, in milliseconds. */
const pressTime = 500;

/**
 * Works the inboxes. Exit: 0, or with --once what the worst outcome was; an order that was not taken or is held for
 * good counts as refused.
 */
export async function runStart(invocation: Invocation, options: { once: boolean }): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  const terminal = openTerminal(process.stderr, invocation);
  const live = showRuns(process.stderr, invocation);
  const { drain, halt, listen, close } = hearPresses(invocation, live);
  const sidecar = await openSidecar(invocation, fourline);
  const on: WorkListener = (event) => {
    if (event.kind === 'opened') {
      listen();
      sidecar.begin();
    }
    if (event.kind === 'leaving') close();
    terminal.hear(event);
    if (event.kind === 'leaving') terminal.close();
    if (event.kind === 'progress') live.hear(event);
    else live.aside(() => invocation.tell(event));
  };
  const plan = { once: options.once, drain, halt, counts: terminal.titled, on };
  const work = options.once ? workFlowsOnce(fourline, plan) : workBesideFlows(fourline, plan);
  const worked = await work.finally(() => {
    live.close();
    return sidecar.close();
  });
  invocation.answer(worked, []);
  return options.once ? worstOf(worked) : exitCodes.ok;
}

// Runs of flows go on beside the daemon, from when it has the workspace.
async function workBesideFlows({ work, flows }: Fourline, plan: WorkOptions): Promise<Worked> {
  const end = new AbortController();
  let following: Promise<void> = Promise.resolve();
  const on: WorkListener = (event) => {
    plan.on?.(event);
    if (event.kind === 'opened') following = flows.follow({ signal: end.signal, on: plan.on });
  };
  try {
    return await work({ ...plan, on });
  } finally {
    end.abort();
    await following;
  }
}

// How the work begins is said once.
const saidBefore: ReadonlySet<string> = new Set(['working', 'unmatched', 'sandbox', 'signing', 'untaken']);

// When nothing is left to do, a flow may have more: then the work begins once more.
async function workFlowsOnce({ work, flows }: Fourline, plan: WorkOptions): Promise<Worked> {
  const said = new Set<string>();
  const on: WorkListener = (event) => {
    const words = `${event.about ?? ''} ${event.detail}`;
    if (!said.has(words)) plan.on?.(event);
    said.add(words);
  };
  await flows.advance(on);
  let worked = await work(plan);
  while (plan.drain?.aborted !== true && (await flows.advance(on)) > 0) {
    const more = await work({ ...plan, on: (event) => (saidBefore.has(event.kind) ? undefined : plan.on?.(event)) });
    worked = { ...more, settled: [...worked.settled, ...more.settled] };
  }
  return worked;
}

type Presses = {
  readonly drain: AbortSignal;
  readonly halt: AbortSignal;
  readonly listen: () => void;
  readonly close: () => void;
};

// Before it listens and after it closes a signal ends the process, as it does a command that only reads.
function hearPresses({ log }: Invocation, live: LiveRuns): Presses {
  const drain = new AbortController();
  const halt = new AbortController();
  let heard = { kind: '', at: Number.NEGATIVE_INFINITY };
  const onSignal = (kind: string): void => {
    const before = heard;
    heard = { kind, at: systemClock.elapsed() };
    // One press of Ctrl-C comes twice where npm stands between: from the terminal, and passed on.
    if (before.kind === kind && heard.at - before.at < pressTime) return;
    if (drain.signal.aborted) halt.abort();
    else live.aside(() => log.say('stopping: nothing new starts, what runs may end. Once more hands it back.', 'dim'));
    drain.abort();
  };
  return {
    drain: drain.signal,
    halt: halt.signal,
    listen: () => {
      for (const kind of ['SIGINT', 'SIGTERM'] as const) process.on(kind, onSignal);
    },
    close: () => {
      for (const kind of ['SIGINT', 'SIGTERM'] as const) process.off(kind, onSignal);
    },
  };
}

function worstOf({ settled, stuck }: Worked): number {
  const outcomes = settled.flatMap((one) => one.outcome ?? []);
  if (settled.some((one) => one.limit !== null && one.limit !== 'attempts')) return exitCodes.budget;
  if (outcomes.includes('failed')) return exitCodes.failed;
  if (stuck > 0 || outcomes.includes('refused')) return exitCodes.no;
  return outcomes.includes('halted') ? exitCodes.halted : exitCodes.ok;
}
