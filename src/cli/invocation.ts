// Why: gives every command its surroundings and its ways to answer.
// Promises: the answer (text, bytes, or JSON with --json) goes to standard output, the talk to standard error. Printed
// text moves no cursor and hides nothing, whoever wrote it; bytes for another program stay as they are.
// Never: ends the process; a command returns its exit code.
import type { WorkListener } from '../api.ts';
import type { Host } from '../platform/process/host.ts';
import { columnsOf, escapeJson, escapeScreen, escapeText, padColumns } from '../platform/text/text.ts';
import { type Log, logTo, paint, type Tone, tellLines } from './talk.ts';

/** Exit codes: what a script can tell by them. */
export const exitCodes = { ok: 0, no: 1, usage: 2, fault: 3, failed: 4, halted: 5, budget: 6, environment: 7 } as const;

/** A command's surroundings. */
export type Invocation = {
  readonly directory: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** The person's variables. */
  readonly env: Host['env'];
  readonly log: Log;
  /** Says an event of the engine. */
  readonly tell: WorkListener;
  /** Prints the answer: `data` with --json, else `lines`. */
  readonly answer: (data: unknown, lines: readonly string[]) => void;
  /** Prints an answer that is bytes: `data` with --json, else `bytes` as they are; on a terminal as text, escaped. */
  readonly answerBytes: (data: unknown, bytes: Uint8Array) => void;
  /** Prints an answer in the form of a CI server, whose words are escaped already. */
  readonly answerForm: (text: string) => void;
  readonly paint: (text: string, tone: Tone) => string;
};

/** The streams and settings of one call. */
export function openInvocation(options: {
  directory: string;
  json: boolean;
  quiet: boolean;
  color: boolean;
  env: Host['env'];
}): Invocation {
  const errorColor = options.color && process.stderr.isTTY === true;
  const outColor = options.color && process.stdout.isTTY === true;
  const printJson = (data: unknown): void =>
    void process.stdout.write(`${escapeJson(JSON.stringify(data, null, 2))}\n`);
  const log = logTo(process.stderr, { quiet: options.quiet, color: errorColor });
  return {
    ...options,
    log,
    tell: (event) => {
      for (const { text, tone } of tellLines(event)) log.say(text, tone);
    },
    paint: (text, tone) => paint(text, tone, outColor),
    answer: (data, lines) => {
      if (options.json) printJson(data);
      else if (lines.length > 0) process.stdout.write(`${escapeScreen(lines.join('\n'))}\n`);
    },
    answerForm: (text) => void process.stdout.write(`${escapeJson(text)}\n`),
    answerBytes: (data, bytes) => {
      if (options.json) printJson(data);
      else process.stdout.write(process.stdout.isTTY ? escapeScreen(Buffer.from(bytes).toString()) : bytes);
    },
  };
}

/** Columns of text, padded; the last one is left as it is. Texts are escaped. */
export function tableOf(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const texts = rows.map((row) => row.map(escapeText));
  const widths: number[] = [];
  for (const row of texts)
    for (const [index, text] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, columnsOf(text));
  const padded = (text: string, index: number, last: boolean): string => {
    const width = widths[index] ?? 0;
    if (right.includes(index)) return ' '.repeat(width - columnsOf(text)) + text;
    return last ? text : padColumns(text, width);
  };
  return texts.map((row) =>
    row
      .map((text, index) => padded(text, index, index === row.length - 1))
      .join('  ')
      .trimEnd(),
  );
}

/** Waits until all that was written to a stream is with its reader: a pipe holds 64 KiB. */
export async function drainStream(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed) return;
  await new Promise<void>((resolve) => {
    stream.write('', () => resolve());
  });
}
