// Why: four protocols, one script: what each of them has to say to be played.
// Promises: pure but for the response that is written.
// Never: decides what is answered.
import type { ServerResponse } from 'node:http';
import type { Answer, Asked, Tool, Turn } from '../script.ts';

/** A parsed JSON body. */
export type Body = Readonly<Record<string, unknown>>;

/** One protocol. `owns` tells its requests by their path. */
export type Dialect = {
  readonly name: string;
  readonly owns: (path: string) => boolean;
  readonly read: (body: Body, path: string) => Asked;
  readonly answer: (response: ServerResponse, answer: Answer, asked: Asked, stream: boolean) => void;
  readonly failure: (turn: Extract<Turn, { do: 'fail' }>) => unknown;
};

/** The events of an answer, as server-sent events. `named` gives each its `event:` line. */
export function sendEvents(response: ServerResponse, events: readonly Body[], named: boolean): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for (const event of events)
    response.write(`${named ? `event: ${String(event['type'])}\n` : ''}data: ${JSON.stringify(event)}\n\n`);
}

/** An answer in one piece. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

/** A value as a list; anything else is an empty one. */
export function listOf(value: unknown): Body[] {
  return Array.isArray(value) ? value.filter((one) => one !== null && typeof one === 'object') : [];
}

/** A value as a map; anything else is an empty one. */
export function mapOf(value: unknown): Body {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Body) : {};
}

/** A tool by its name and its JSON schema. */
export function toolOf(name: unknown, schema: unknown): Tool {
  return { name: String(name), fields: Object.keys(mapOf(mapOf(schema)['properties'])), free: false, through: null };
}

/** The smallest value that a JSON schema lets through: what a check that wants JSON is answered with. */
export function leastOf(schema: unknown): unknown {
  const { type, properties, enum: choices } = mapOf(schema);
  if (Array.isArray(choices)) return choices[0];
  switch (String(type).toLowerCase()) {
    case 'object':
      return Object.fromEntries(Object.entries(mapOf(properties)).map(([name, one]) => [name, leastOf(one)]));
    case 'array':
      return [];
    case 'number':
    case 'integer':
      return 0;
    case 'boolean':
      return false;
    default:
      return 'Work';
  }
}

let numbered = 0;

/** A name that was not given before. */
export function nextId(prefix: string): string {
  numbered += 1;
  return `${prefix}_${String(numbered).padStart(6, '0')}`;
}
