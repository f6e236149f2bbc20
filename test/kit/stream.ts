// Why: what real agent CLIs printed is read again, line by line, as a run reads it.
// Promises: the reader is the adapter's own; what was spent is counted by the meter that counts runs.
// Never: starts a program.
import { readdirSync, readFileSync } from 'node:fs';
import type { Adapter, AgentEvent, AgentFailure, Reader } from '../../src/agent/agent.ts';
import { nothingSpent, type Spent, spend } from '../../src/agent/meter.ts';
import { adapters } from '../../src/runs/launch.ts';

/** One line of a recorded stream: of its output, from beside it, or its end. */
export type Recorded = { readonly line: string } | { readonly aside: string } | { readonly status: number | null };

const folder = `${import.meta.dirname}/../adapter/streams`;

/** The adapter of that name. */
export function adapterOf(name: string): Adapter {
  const found = adapters.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no adapter ${name}`);
  return found;
}

/** A reader as a run of that CLI has one. */
export function readerOf(name: string): Reader {
  const reader = adapterOf(name).launch({ model: null, env: {}, signIn: [] }).openReader?.();
  if (reader === undefined) throw new Error(`${name} has no reader`);
  return reader;
}

/** The names of a CLI's recorded cases. */
export function casesOf(name: string): string[] {
  return readdirSync(`${folder}/${name}`)
    .map((file) => file.replace('.jsonl', ''))
    .sort();
}

/** A recorded case. */
export function recorded(name: string, one: string): Recorded[] {
  const lines = readFileSync(`${folder}/${name}/${one}.jsonl`, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Recorded);
}

/** The result of a stream. A `failed` event ends it, as it ends a run. */
export type Played = {
  readonly events: readonly AgentEvent[];
  readonly spent: Spent;
  readonly failure: AgentFailure | null;
};

/** Plays a stream to a new reader. */
export function playStream(name: string, stream: readonly Recorded[]): Played {
  const reader = readerOf(name);
  const events: AgentEvent[] = [];
  let complaint = '';
  let status: number | null = null;
  for (const one of stream) {
    if ('line' in one) events.push(...reader.line(one.line));
    else if ('aside' in one) {
      events.push(...reader.aside(one.aside));
      // Session files are read beside it, and are no complaint.
      if (!one.aside.startsWith('{')) complaint += `${one.aside}\n`;
    } else status = one.status;
  }
  events.push(...reader.rest());
  const failed = events.find((one) => one.kind === 'failed');
  return {
    events,
    spent: events.reduce(spend, nothingSpent),
    failure: failed?.failure ?? reader.end(status, complaint),
  };
}
