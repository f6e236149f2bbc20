// Why: an order may carry front matter for what the four lines don't say.
// Promises: an unknown key is an error with the nearest known one; `id`, `from` and `date` are fourline's stamp and carry no authority when read.
// Never: checks that what is named exists; the workspace does that when the order is taken.
import type { Field } from '../platform/text/front-matter.ts';
import { parseGlob } from '../platform/text/glob.ts';
import type { Problem } from '../platform/text/problem.ts';
import { closestOf, escapeText, readSize } from '../platform/text/text.ts';

/** A file that an order pins for all that comes of it; `owner` is the role that may change it, null where none is named. */
export type Pinned = { readonly path: string; readonly owner: string | null };

/**
 * What an order's front matter says. `priority` is higher first, 0 by default; `refs` are files handed down with it, `contract` files it pins;
 * `minutes`, `tokens`, `usd` and `turns` narrow the card's limits.
 */
export type OrderSettings = {
  readonly repo?: string;
  readonly after: readonly string[];
  readonly parent?: string;
  readonly priority: number;
  /** Orders that were rejected and that this one answers. */
  readonly answers: readonly string[];
  /** The settled order that this one is again, and why it is ordered again. */
  readonly retries?: string;
  readonly reason?: string;
  readonly refs?: readonly string[];
  readonly contract?: readonly Pinned[];
} & Budget;

type Budget = { readonly minutes?: number; readonly tokens?: number; readonly usd?: number; readonly turns?: number };

const keys = [
  'repo',
  'after',
  'parent',
  'priority',
  'budget',
  'answers',
  'refs',
  'contract',
  'retries',
  'reason',
  'id',
  'from',
  'date',
];
const budgetKeys = ['minutes', 'tokens', 'usd', 'turns'] as const;
const name = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Reads the fields of an order's front matter. */
export function readSettings(fields: readonly Field[]): { settings: OrderSettings; problems: Problem[] } {
  const problems: Problem[] = [];
  const out: { -readonly [Key in 'repo' | 'parent' | 'retries' | 'reason']?: string } & {
    after: string[];
    answers: string[];
    priority: number;
    refs?: readonly string[];
    contract?: readonly Pinned[];
    budget: Budget;
  } = { after: [], answers: [], priority: 0, budget: {} };
  for (const field of fields) {
    const fail = (message: string, hint?: string): void => {
      problems.push({ code: 'order-key', level: 'error', message, line: field.line, column: 1, hint });
    };
    switch (field.key) {
      case 'id':
      case 'from':
      case 'date':
        break;
      case 'repo':
      case 'retries':
      case 'parent':
        if (typeof field.value === 'string' && name.test(field.value)) out[field.key] = field.value;
        else
          fail(`${field.key}: must be one name`, field.key === 'repo' ? 'a folder name below repos/' : 'an order id');
        break;
      case 'reason':
        if (typeof field.value === 'string' && field.value.trim() !== '')
          out.reason = field.value.trim().slice(0, 2000);
        else fail('reason: must be a sentence', 'reason: "the test it names is in 0008"');
        break;
      case 'answers':
      case 'after': {
        const list = typeof field.value === 'string' ? field.value.split(',').map((one) => one.trim()) : field.value;
        if (Array.isArray(list) && list.every((one) => typeof one === 'string' && name.test(one)))
          out[field.key] = list as string[];
        else fail(`${field.key}: must be a list of order ids`, `${field.key}: [0007-add-login]`);
        break;
      }
      case 'priority':
        if (typeof field.value === 'number' && Number.isInteger(field.value) && Math.abs(field.value) <= 1000)
          out.priority = field.value;
        else fail('priority: must be a whole number from -1000 to 1000', 'higher goes first; 0 is usual');
        break;
      case 'budget': {
        const budget = readBudget(field.value);
        if (typeof budget === 'string') fail(budget, 'budget: { minutes: 10, tokens: 200k, usd: 1.50, turns: 40 }');
        else out.budget = budget;
        break;
      }
      case 'refs': {
        const refs = readPaths('refs', field.value);
        if (typeof refs === 'string') fail(refs, 'refs: [docs/spec.md, state/brief.json, repos/other/README.md]');
        else out.refs = refs;
        break;
      }
      case 'contract': {
        const contract = readContract(field.value);
        if (typeof contract === 'string')
          fail(contract, 'contract: src/shared/types.ts, or with its owner: { src/shared/types.ts: architect }');
        else out.contract = contract;
        break;
      }
      default: {
        const near = closestOf(field.key, keys);
        fail(
          `unknown key '${escapeText(field.key).slice(0, 40)}'`,
          near === undefined ? `the keys are ${keys.slice(0, 8).join(', ')}` : `did you mean '${near}'?`,
        );
      }
    }
  }
  const { budget, ...settings } = out;
  return { settings: { ...settings, ...budget }, problems };
}

function readBudget(value: unknown): Budget | string {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'budget: must be a map';
  const out: { -readonly [Key in keyof Budget]: number } = {};
  for (const [key, raw] of Object.entries(value)) {
    const name = budgetKeys.find((one) => one === key);
    if (name === undefined) return `budget: does not know '${escapeText(key).slice(0, 40)}'`;
    const size = readSize(raw);
    if (size === undefined || size <= 0 || (name === 'minutes' && size > 24 * 60))
      return `budget: ${name} must be a number above 0${name === 'minutes' ? ', at most 1440' : ''}`;
    out[name] = size;
  }
  return out;
}

/** How many files an order may hand down or pin. */
const pathCount = 64;

// Paths as people write them, each once; a string says what is wrong with one.
function readPaths(key: string, value: unknown): string[] | string {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > pathCount) return `${key}: names ${list.length} files; at most ${pathCount}`;
  for (const one of list) {
    if (typeof one !== 'string') return `${key}: must be a path or a list of paths`;
    const reading = parseGlob(one);
    const flaw = !reading.ok
      ? reading.reason
      : !reading.glob.literal
        ? 'it is a pattern; name each file'
        : one.split('/').some((segment) => segment.toLowerCase() === '.git')
          ? ".git is git's own"
          : null;
    if (flaw !== null) return `${key}: '${escapeText(one).slice(0, 80)}' cannot be taken: ${flaw}`;
  }
  return [...new Set(list as string[])];
}

function readContract(value: unknown): Pinned[] | string {
  const map = value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : null;
  const paths = readPaths('contract', map === null ? value : map.map(([path]) => path));
  if (typeof paths === 'string' || map === null)
    return typeof paths === 'string' ? paths : paths.map((path) => ({ path, owner: null }));
  const odd = map.find(([, owner]) => owner !== null && !(typeof owner === 'string' && name.test(owner)));
  if (odd !== undefined)
    return `contract: the owner of '${escapeText(odd[0]).slice(0, 80)}' must be the name of a role`;
  return map.map(([path, owner]) => ({ path, owner: owner as string | null }));
}
