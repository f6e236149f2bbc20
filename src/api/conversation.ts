// Why: a run's transcript is JSON for programs. A person wants to read it as a conversation: what the agent said, what
// it used, what was refused.
// Promises: pure and total. Each event that the agent's reader noted is a turn, in the order they came. If a program
// has no reader, or ended before its reader understood it, this shows what it printed. A line that can't be read is
// passed over.
// Never: reads an agent CLI's own stream; the adapters read it while it ran.
import type { AgentEvent } from '../agent/agent.ts';
import { durationOf } from '../platform/text/clock.ts';

/** One line of a transcript: milliseconds since the start, and what was printed or seen. */
type Line = {
  readonly ms?: number;
  readonly stream?: 'stdout' | 'stderr';
  readonly text?: string;
  readonly event?: AgentEvent;
  readonly dropped?: number;
};

/**
 * One turn: when, in milliseconds since the start, what kind (`said`, `used`, `refused`, `error`, `waited`, `failed`,
 * `stderr`), and its text.
 */
export type Turn = { readonly ms: number; readonly kind: string; readonly text: string };

/** Gives the agent's output as it came, standard output and standard error together. */
export function rawOf(transcript: string): string {
  return conversationLines(transcript)
    .map(({ text, dropped }) => text ?? (dropped === undefined ? '' : `\n(${dropped} bytes more were not kept)`))
    .join('');
}

/** Gives the turns of a transcript; an empty list when no reader understood its stream. */
export function turnsOf(transcript: string): Turn[] {
  const lines = conversationLines(transcript);
  if (!lines.some((line) => line.event !== undefined)) return [];
  return lines.flatMap(({ ms = 0, stream, text, event, dropped }) => {
    if (event !== undefined) return turnOf(ms, event);
    if (dropped !== undefined) return [{ ms, kind: 'cut', text: `${dropped} bytes more were not kept` }];
    return stream === 'stderr' && text !== undefined && text.trim() !== '' ? [{ ms, kind: stream, text }] : [];
  });
}

/** The turns as lines: time, kind and text, further lines of a text below its first. */
export function showTurns(turns: readonly Turn[]): string[] {
  const times = turns.map((turn) => durationOf(turn.ms));
  const width = Math.max(0, ...times.map((time) => time.length));
  return turns.flatMap((turn, index) => {
    const head = `${(times[index] ?? '').padStart(width)}  ${turn.kind.padEnd(7)}  `;
    const [first = '', ...more] = turn.text.trim().split('\n');
    return [`${head}${first}`, ...more.map((line) => `${' '.repeat(head.length)}${line}`.trimEnd())];
  });
}

function conversationLines(transcript: string): Line[] {
  return transcript.split('\n').flatMap((line) => {
    try {
      const read: unknown = JSON.parse(line);
      return read !== null && typeof read === 'object' ? [read as Line] : [];
    } catch {
      return [];
    }
  });
}

function turnOf(ms: number, event: AgentEvent): Turn[] {
  switch (event.kind) {
    case 'said':
      return [{ ms, kind: 'said', text: event.text }];
    case 'used':
      return [{ ms, kind: 'used', text: `${event.tool}  ${event.detail}` }];
    case 'erred':
      // The words of the edit hook, whatever the CLI puts around them.
      return [
        { ms, kind: /\bnot yours: /.test(event.text) ? 'refused' : 'error', text: `${event.tool}  ${event.text}` },
      ];
    case 'waited':
      return [{ ms, kind: 'waited', text: event.reason }];
    case 'failed':
      return [{ ms, kind: 'failed', text: `${event.failure.detail}\n${event.failure.hint}` }];
    case 'answered':
    case 'grown':
    case 'summed':
      return [];
    default:
      // A kind of another version.
      return [];
  }
}
