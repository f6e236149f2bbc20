// Why: the talk. What fourline does is said in one line a step on standard error, so that standard output stays the answer.
// Promises: obeys --quiet, NO_COLOR and a standard error that is no terminal; everything said is escaped.
// Never: carries data that anything decides by; that is the journal's.
import { escapeText } from './text.ts';

/** Colours by meaning. */
export type Tone = 'plain' | 'good' | 'bad' | 'dim' | 'strong';

/** Where talk goes. */
export type Log = {
  /** One line for people. */
  readonly say: (line: string, tone?: Tone) => void;
};

const codes: Record<Tone, string> = { plain: '', good: '32', bad: '31', dim: '2', strong: '1' };

/** Wraps text in a tone's colour when `color` is on. */
export function paint(text: string, tone: Tone, color: boolean): string {
  return color && tone !== 'plain' ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text;
}

/** Talk to a stream; silent when `quiet`. */
export function logTo(stream: { write(text: string): unknown }, options: { quiet: boolean; color: boolean }): Log {
  return {
    say: (line, tone = 'plain') => {
      if (!options.quiet) stream.write(`${paint(escapeText(line), tone, options.color)}\n`);
    },
  };
}

/** Talk that nobody hears. */
export const silentLog: Log = { say: () => undefined };
