// Why: a run's transcript is JSON for programs. A person wants to read it as a conversation: what the agent said, what
// it used, what was refused.
// Promises: pure and total. Each event that the agent's reader noted is a turn, in the order they came. Lines that it
// printed for people are turns as well; of a program without a reader that is all there is. Lines that it printed for
// programs are counted and not shown. A line that can't be read is passed over.
// Never: reads an agent CLI's own stream; the adapters read it while it ran.
import type { AgentEvent } from '../agent/agent.ts';
import { durationOf } from '../platform/text/clock.ts';
import { countOf, isJsonLine, plainLines } from '../platform/text/text.ts';

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
 * `printed`, `stderr`, `cut`), and its text.
 */
export type Turn = { readonly ms: number; readonly kind: string; readonly text: string };

/** Gives the agent's output as it came, standard output and standard error together. */
export function rawOf(transcript: string): string {
  return conversationLines(transcript)
    .map(({ text, dropped }) => text ?? (dropped === undefined ? '' : `\n(${dropped} bytes more were not kept)`))
    .join('');
}

/** Gives the turns of a transcript; an empty list when nothing was said or printed. */
export function turnsOf(transcript: string): Turn[] {
  const lines = conversationLines(transcript);
  const isRead = lines.some((line) => line.event !== undefined);
  const pieces = { stdout: openPieces(isRead ? 'printed' : 'said'), stderr: openPieces('stderr') };
  const seen = lines.flatMap(({ ms = 0, stream, text, event, dropped }): Turn[] => {
    if (event !== undefined) return turnOf(ms, event);
    if (dropped !== undefined) return [{ ms, kind: 'cut', text: `${dropped} bytes more were not kept` }];
    return stream === undefined || text === undefined ? [] : pieces[stream].take(ms, text);
  });
  const turns = [...seen, ...pieces.stdout.rest(), ...pieces.stderr.rest()];
  const hidden = pieces.stdout.hidden() + pieces.stderr.hidden();
  // Where a reader understood them, the other turns say what they mean.
  if (hidden === 0 || (isRead && turns.length > 0)) return turns;
  const text = `${countOf(hidden, 'line')} of JSON for programs; --raw has them`;
  return [...turns, { ms: lines.at(-1)?.ms ?? 0, kind: 'cut', text }];
}

type Pieces = {
  readonly take: (ms: number, text: string) => Turn[];
  readonly rest: () => Turn[];
  readonly hidden: () => number;
};

// A stream comes in pieces. The lines that a piece ends are one turn, and a line that is a refusal begins another one.
function openPieces(kind: string): Pieces {
  let begun = '';
  let at = 0;
  let hidden = 0;
  const turns = (text: string): Turn[] => {
    const shown = plainLines(text).filter((line) => !isJsonLine(line));
    hidden += text.split('\n').length - shown.length;
    const parts = shown.join('\n').split(/^(?=not yours: )/m);
    return parts
      .filter((part) => part.trim() !== '')
      .map((part) => ({ ms: at, kind: part.startsWith('not yours: ') ? 'refused' : kind, text: part.trimEnd() }));
  };
  return {
    take: (ms, text) => {
      const end = text.lastIndexOf('\n');
      if (end < 0) {
        begun += text;
        at = ms;
        return [];
      }
      const whole = begun + text.slice(0, end);
      begun = text.slice(end + 1);
      at = ms;
      return turns(whole);
    },
    rest: () => (begun === '' ? [] : turns(begun)),
    hidden: () => hidden,
  };
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
