// Why: the front matter of a flow says what a run of it is given, and what begins one.
// Promises: pure; each key stands once, with how it is read. A file that begins a run lies where no role can write.
// Never: reads a step.
import { cronFlaw } from '../platform/text/cron.ts';
import { block, type KeyReader, key, readFields, showValue, tellNone, type Values } from '../platform/text/fields.ts';
import type { Field } from '../platform/text/front-matter.ts';
import { parseGlob } from '../platform/text/glob.ts';
import type { Problem } from '../platform/text/problem.ts';
import { text, wordList } from '../platform/text/readers.ts';

/** A value that a run is given; `otherwise` holds where nobody gives one, null where somebody must. */
export type Take = { readonly name: string; readonly otherwise: string | null };

/** Files of one folder of the workspace; `shape` is that of their names. */
export type FilesWanted = { readonly text: string; readonly folder: string; readonly shape: RegExp };

/**
 * The events that begin a run besides a person's word. `gives` are values in Files or in a command that the file may
 * give all the same.
 */
export type Trigger = {
  readonly cron: string | null;
  readonly file: FilesWanted | null;
  readonly gives: readonly string[];
};

/** The shape of the names of flows, steps and values. */
export const flowName = /^[a-z][a-z0-9-]{0,39}$/;

/** Longest value, in characters: with its line it must stay below the longest line of an order (4,000). */
const valueLimit = 1000;

/** Says why a text can be no value of a run; null when it can. */
export function valueFlaw(value: string): string | null {
  if (value.trim() === '') return 'it is empty';
  if (value.length > valueLimit) return `it has ${value.length} characters; at most ${valueLimit} are read`;
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) return 'it has more than one line, or a control character';
  return value.includes('`') ? 'it has a backtick, and what stands in backticks may be run' : null;
}

const takesReader: KeyReader<readonly Take[]> = {
  read: ({ value, fields }, fail) => {
    const words: unknown = typeof value === 'string' ? value.split(/[,\s]+/).filter(Boolean) : (value ?? []);
    const list = Array.isArray(words) ? words.map((name: unknown): [unknown, unknown] => [name, null]) : null;
    const pairs = fields?.map((one): [unknown, unknown] => [one.key, one.value]) ?? list;
    if (pairs === null) return tellNone(fail, 'must be names with commas between, or a map of names and values');
    return pairs.flatMap(([name, given]) => {
      if (typeof name !== 'string' || !flowName.test(name)) {
        fail(`'${showValue(name)}' is not a name of small letters, digits and -`);
        return [];
      }
      const otherwise = given === null ? null : String(given);
      const flaw = otherwise === null ? null : typeof given === 'object' ? 'it is no text' : valueFlaw(otherwise);
      if (flaw !== null) fail(`the value of ${name} cannot be read: ${flaw}`);
      return [{ name, otherwise }];
    });
  },
  schema: { type: ['string', 'array', 'object', 'null'] },
};

// A pattern that is due only long after this day is due all the same.
const anyDay = new Date('2026-01-01T00:00:00Z');

const cron: KeyReader<string> = {
  read: ({ value }, fail) => {
    if (typeof value !== 'string') return tellNone(fail, 'must be a text of five fields');
    const flaw = cronFlaw(value, anyDay);
    return flaw === null ? value.trim() : tellNone(fail, `'${showValue(value)}' is no time: ${flaw}`);
  },
  schema: { type: 'string' },
};

// The folders of a workspace that have a meaning of their own. Roles write to repos/ and state/ alone, so no agent
// begins a run by a file.
const meantFolders: readonly string[] = ['repos', 'state', 'inbox', 'roles', 'flows'];

/** True of a folder of the workspace where fourline or roles write; in any case, since some disks know none. */
export function isMeant(folder: string): boolean {
  return folder.startsWith('.') || meantFolders.includes((folder.split('/')[0] ?? '').toLowerCase());
}

const file: KeyReader<FilesWanted> = {
  read: ({ value }, fail) => {
    if (typeof value !== 'string') return tellNone(fail, 'must be a path');
    const reading = parseGlob(value);
    if (!reading.ok) return tellNone(fail, `'${showValue(value)}' cannot be read: ${reading.reason}`);
    const at = value.lastIndexOf('/');
    const [folder, name] = [value.slice(0, Math.max(at, 0)), value.slice(at + 1)];
    if (folder === '') return tellNone(fail, `'${showValue(value)}' names no folder`);
    if (/[*?{]/.test(folder) || name.includes('**') || name.includes('{'))
      return tellNone(fail, `'${showValue(value)}' cannot be read: only the file's name may have * and ?`);
    if (isMeant(folder))
      return tellNone(fail, `'${showValue(value)}' lies where fourline or roles write; choose a folder of its own`);
    const shape = name
      .replace(/[.+^$()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return { text: value, folder, shape: new RegExp(`^${shape}$`, 's') };
  },
  schema: { type: 'string' },
};

const triggerKeys = {
  cron: key(cron, null, {
    help: 'Begins a run at these times, in the five fields of cron.',
    example: "cron: '0 6 * * 1-5'",
    since: '0.2.0',
  }),
  file: key(file, null, {
    help: 'Begins a run for each file that appears there: a folder of the workspace, and a name with * and ?.',
    example: 'file: requests/*.md',
    since: '0.2.0',
  }),
  gives: key(wordList(flowName, 'a name of small letters, digits and -'), [], {
    help: 'Values in Files or in a command that the front matter of such a file may give. It gives any other.',
    example: 'gives: where',
    since: '0.2.0',
  }),
};

const byHand: Trigger = { cron: null, file: null, gives: [] };
const events = block(triggerKeys, 'must be hand, or a map with cron: or file:');

const on: KeyReader<Trigger> = {
  ...events,
  read: (field, fail) => (field.value === 'hand' ? byHand : events.read(field, fail)),
  schema: { anyOf: [{ const: 'hand' }, events.schema] },
};

/** All keys of a flow's front matter. */
export const flowKeys = {
  description: key(text(), '', {
    help: 'Says what the flow is for, in one sentence.',
    example: 'description: A feature, from the question to the review.',
    since: '0.2.0',
  }),
  takes: key(takesReader, [], {
    help: 'The values that a run is given: names, or a map of names with the values that hold where nobody gives one.',
    example: 'takes: { goal: null, test: npm test }',
    since: '0.2.0',
  }),
  on: key(on, byHand, {
    help: 'Names the events that begin a run: `hand`, or times and a file that appears. A person can always begin one.',
    example: 'on: { file: requests/*.md }',
    since: '0.2.0',
    without: 'hand',
  }),
};

/** Reads the fields of a flow's front matter. */
export function readFlowKeys(fields: readonly Field[]): { values: Values<typeof flowKeys>; problems: Problem[] } {
  return readFields(flowKeys, fields, { code: 'flow' });
}
