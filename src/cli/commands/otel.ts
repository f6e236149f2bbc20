// Why: `fourline otel` shows a workspace's work where a team looks at all its traces.
// Promises: reads only; says once that a collector takes nothing, and at the end what it did not take. With --once the
// exit code says whether all was taken.
// Never: is needed for any order.
import { openFourline } from '../../api.ts';
import { sendTelemetry, type TelemetryOptions } from '../../otel/otel.ts';
import { countOf } from '../../platform/text/text.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** The options of the command. `beside` ends it when its standard input ends, and not by Ctrl-C. */
export type OtelOptions = Pick<TelemetryOptions, 'endpoint' | 'since' | 'fromStart' | 'once' | 'content'> & {
  readonly beside?: boolean | undefined;
};

/**
 * Sends spans and metrics until a signal ends it. Throws Fault `otel-no-endpoint`, `otel-missing`, `usage`,
 * `no-workspace`.
 */
export async function runOtel(invocation: Invocation, { beside = false, ...options }: OtelOptions): Promise<number> {
  const { log } = invocation;
  const fourline = await openFourline(invocation.directory, invocation);
  const fed = await sendTelemetry(fourline, {
    ...options,
    end: endOf(beside),
    begin: (place) =>
      log.say(`otel: sending to ${place}${options.once === true || beside ? '' : ' until Ctrl-C'}`, 'dim'),
    say: (words, weight) => log.say(words, weight === 'bad' ? 'bad' : 'dim'),
  });
  if (fed.from !== null) {
    const again = `fourline otel --once --since ${fed.from} sends them again`;
    log.say(`otel: spans from ${fed.from} on are not delivered (${fed.waiting} or more); ${again}`, 'bad');
  }
  if (fed.refused > 0) log.say(`otel: the collector refused ${countOf(fed.refused, 'span')}`, 'bad');
  invocation.answer(fed, [`${countOf(fed.delivered, 'span')} sent`]);
  return fed.waiting + fed.refused > 0 ? exitCodes.no : exitCodes.ok;
}

// Aborts at Ctrl-C; beside `fourline start`, when that is gone.
function endOf(beside: boolean): AbortSignal {
  const end = new AbortController();
  for (const kind of ['SIGINT', 'SIGTERM'] as const) process.on(kind, () => (beside ? undefined : end.abort()));
  if (beside) process.stdin.on('close', () => end.abort()).resume();
  return end.signal;
}
