// Why: people read what an agent printed when they ask what happened in the room.
// Promises: a JSON line with the time at the start of each run, then one a chunk or event, with the milliseconds since.
// Past a cap it counts the rest and doesn't keep it. No credential that was handed to the agent stands in it.
// Never: stops an agent: a transcript that cannot be written is given up.
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../platform/text/clock.ts';
import { openBlotter } from '../platform/text/secret.ts';
import type { AgentEvent } from './agent.ts';

/** Most of a transcript that is kept, in bytes; how much of the end of an output is kept besides. */
export const transcriptLimits = { bytes: 32 * 1024 * 1024, tail: 16 * 1024 } as const;

/** An open transcript. `tail` is the end of what was printed on standard output. */
export type Transcript = {
  readonly take: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
  readonly note: (event: AgentEvent) => void;
  readonly tail: () => string;
  /** A text without secrets. */
  readonly clean: (text: string) => string;
  readonly close: () => Promise<void>;
};

/**
 * Opens a transcript at `path`; what is there is added to. `secrets` are blotted out, also where a chunk ends in the
 * middle of one. `onPrint` hears what was printed, without them.
 */
export function openTranscript(
  path: string,
  clock: Clock,
  secrets: readonly string[],
  onPrint: (stream: 'stdout' | 'stderr', text: string) => void = () => undefined,
): Transcript {
  const file = createWriteStream(path, { flags: 'a', flush: true });
  let failed = false;
  file.on('error', () => {
    failed = true;
  });
  const began = clock.elapsed();
  const open = () => ({ decoder: new StringDecoder(), blotter: openBlotter(secrets, '[redacted]') });
  const streams = { stdout: open(), stderr: open() };
  const { whole } = openBlotter(secrets, '[redacted]');
  let written = 0;
  let dropped = 0;
  let tail = '';
  const put = (value: Readonly<Record<string, unknown>>): void => {
    const line = JSON.stringify({ ms: Math.round(clock.elapsed() - began), ...value });
    if (written > transcriptLimits.bytes) dropped += line.length;
    else if (!failed) {
      written += line.length;
      file.write(`${line}\n`);
    }
  };
  // Several runs of an order may write into one file.
  put({ began: clock.now().toISOString() });
  const print = (stream: 'stdout' | 'stderr', text: string): void => {
    if (text === '') return;
    if (stream === 'stdout') tail = `${tail}${text.slice(-transcriptLimits.tail)}`.slice(-transcriptLimits.tail);
    put({ stream, text });
    onPrint(stream, text);
  };
  return {
    take: (stream, chunk) => print(stream, streams[stream].blotter.take(streams[stream].decoder.write(chunk))),
    note: (event) => put({ event: JSON.parse(whole(JSON.stringify(event))) as unknown }),
    tail: () => tail.trim(),
    clean: whole,
    close: async () => {
      for (const stream of ['stdout', 'stderr'] as const) {
        const { decoder, blotter } = streams[stream];
        print(stream, blotter.take(decoder.end()) + blotter.rest());
      }
      if (dropped > 0) file.write(`${JSON.stringify({ dropped })}\n`);
      file.end();
      await finished(file).catch(() => undefined);
    },
  };
}
