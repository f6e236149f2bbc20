// Why: a tool of the MCP server says once what it takes: from that a client is told about it, and what the client sends
// is read.
// Promises: pure; arguments that don't fit are refused with what was found and what is taken.
// Never: knows what a tool does.
import type { Fourline } from '../api.ts';
import { Fault } from '../platform/text/fault.ts';
import { closestOf } from '../platform/text/text.ts';

/** One argument: a text, a list of texts, or yes and no. `help` is left out where the name says it all. */
type ToolField = {
  readonly kind: 'text' | 'texts' | 'flag';
  readonly needed?: true;
  readonly help?: string;
};

type ToolFields = Readonly<Record<string, ToolField>>;

type Kinds = { readonly text: string; readonly texts: readonly string[]; readonly flag: boolean };

/** The arguments as a tool gets them: those that are not needed may be missing. */
type ToolArguments<Takes extends ToolFields> = {
  readonly [Name in keyof Takes]: Takes[Name] extends { readonly needed: true }
    ? Kinds[Takes[Name]['kind']]
    : Kinds[Takes[Name]['kind']] | undefined;
};

// A field in the words of JSON Schema.
type Described = Record<string, string | { type: 'string' }>;

/** An answer in lines; `refused` is true where what was asked for is not done. */
export type ToolAnswer = { readonly lines: readonly string[]; readonly refused?: boolean };

/** A tool, as the server lists and calls it. `run` throws Fault `usage` for arguments that don't fit. */
export type Tool = {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: {
    readonly type: 'object';
    readonly properties: Record<string, Described>;
    readonly required: string[];
    readonly additionalProperties: false;
  };
  readonly run: (fourline: Fourline, given: Readonly<Record<string, unknown>>) => Promise<ToolAnswer>;
};

/** Makes a tool of what it takes and what it does with that. */
export function makeTool<const Takes extends ToolFields>(
  name: string,
  description: string,
  takes: Takes,
  run: (fourline: Fourline, given: ToolArguments<Takes>) => Promise<ToolAnswer>,
): Tool {
  const fields = Object.entries(takes);
  return {
    name,
    description,
    inputSchema: {
      type: 'object',
      properties: Object.fromEntries(fields.map(([key, field]) => [key, describe(field)])),
      required: fields.flatMap(([key, { needed }]) => (needed === true ? [key] : [])),
      additionalProperties: false,
    },
    run: (fourline, given) => {
      const flaw = argumentFlaw(takes, given);
      if (flaw === null) return run(fourline, given as ToolArguments<Takes>);
      throw new Fault('usage', `${name}: ${flaw}`, { hint: `it takes ${fields.map(showField).join(', ')}` });
    },
  };
}

function describe({ kind, help }: ToolField): Described {
  const about: { description?: string } = help === undefined ? {} : { description: help };
  if (kind === 'texts') return { type: 'array', items: { type: 'string' }, ...about };
  return { type: kind === 'text' ? 'string' : 'boolean', ...about };
}

const kindWords = { text: 'a text', texts: 'a list of texts', flag: 'true or false' } as const;

function showField([key, { kind, needed }]: [string, ToolField]): string {
  return `${key} (${kindWords[kind]}${needed === true ? ', needed' : ''})`;
}

function argumentFlaw(takes: ToolFields, given: Readonly<Record<string, unknown>>): string | null {
  for (const key of Object.keys(given))
    if (!Object.hasOwn(takes, key)) {
      const meant = closestOf(key, Object.keys(takes));
      return `it takes no '${key}'${meant === undefined ? '' : `; did you mean '${meant}'?`}`;
    }
  for (const [key, { kind, needed }] of Object.entries(takes)) {
    const value = Object.hasOwn(given, key) ? given[key] : undefined;
    if (value === undefined && needed === true) return `'${key}' is missing`;
    if (value !== undefined && !hasKind(value, kind))
      return `'${key}' must be ${kindWords[kind]}, not ${showArgument(value)}`;
    if (needed === true && (value === '' || (Array.isArray(value) && value.length === 0))) return `'${key}' is empty`;
  }
  return null;
}

function hasKind(value: unknown, kind: ToolField['kind']): boolean {
  if (kind === 'texts') return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '');
  return typeof value === (kind === 'text' ? 'string' : 'boolean');
}

function showArgument(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
