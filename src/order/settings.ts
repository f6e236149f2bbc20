// Why: an order may carry front matter for what the four lines don't say.
// Promises: an unknown key is an error with the nearest known one; `id`, `from` and `date` are fourline's stamp and
// carry no authority when read.
// Never: checks that named things exist; the workspace does that when it takes the order.
import {
  block,
  type Complain,
  type KeyReader,
  key,
  readFields,
  showValue,
  tellNone,
  type Values,
} from '../platform/text/fields.ts';
import type { Field } from '../platform/text/front-matter.ts';
import { parseGlob } from '../platform/text/glob.ts';
import type { Problem } from '../platform/text/problem.ts';
import { amount, shaped, text, wholeNumber } from '../platform/text/readers.ts';

/**
 * A file that an order pins for all that comes of it; `owner` is the role that may change it, null where none is named.
 */
export type Pinned = { readonly path: string; readonly owner: string | null };

const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const orderId = shaped(plainName, 'must be one name');

/** Ids of orders: a list, or a text with commas between. */
const orderIds: KeyReader<readonly string[]> = {
  read: ({ value }, fail) => {
    const list: unknown = typeof value === 'string' ? value.split(',').map((one) => one.trim()) : value;
    return Array.isArray(list) && list.every((one) => typeof one === 'string' && plainName.test(one))
      ? (list as string[])
      : tellNone(fail, 'must be a list of order ids');
  },
  schema: {
    anyOf: [
      { type: 'string', pattern: '^\\s*[A-Za-z0-9][\\w.-]*\\s*(?:,\\s*[A-Za-z0-9][\\w.-]*\\s*)*$' },
      { type: 'array', items: { type: 'string', pattern: plainName.source } },
    ],
  },
};

/** Files, each by its path: one, or a list. */
const paths: KeyReader<readonly string[]> = {
  read: ({ value }, fail) => readPaths(value, fail),
  schema: {
    anyOf: [
      { type: 'string', pattern: '^[^*]+$' },
      { type: 'array', maxItems: 64, items: { type: 'string', pattern: '^[^*]+$' } },
    ],
  },
};

const contract: KeyReader<readonly Pinned[]> = {
  read: ({ value }, fail) => readContract(value, fail),
  schema: {
    anyOf: [
      paths.schema,
      {
        type: 'object',
        additionalProperties: { anyOf: [{ type: 'string', pattern: plainName.source }, { type: 'null' }] },
      },
    ],
  },
};

/** fourline writes these keys itself; the parser ignores their values. */
const stamp: KeyReader<never> = { read: () => undefined, schema: {} };

const budgetKeys = {
  minutes: key(amount({ most: 24 * 60 }), undefined, {
    help: 'Minutes that a run may take, at most 1440 (a day).',
    example: 'minutes: 10',
    since: '0.1.0',
  }),
  tokens: key(amount(), undefined, {
    help: 'Tokens for a run; those read again from a cache do not count.',
    example: 'tokens: 200k',
    since: '0.1.0',
  }),
  usd: key(amount(), undefined, { help: 'US dollars for a run.', example: 'usd: 1.50', since: '0.1.0' }),
  turns: key(amount(), undefined, { help: 'Answers of the model in a run.', example: 'turns: 40', since: '0.1.0' }),
};

/** All keys of an order's front matter. */
export const orderKeys = {
  repo: key(shaped(plainName, 'must be one name', 'a folder name below repos/'), undefined, {
    help: 'The repository that the order is about: a folder name below `repos/`.',
    example: 'repo: shop',
    since: '0.1.0',
    without: 'the only repository there is',
  }),
  after: key(orderIds, [], {
    help: 'Orders that must be done before this one starts. Files that are dropped together may name each other.',
    example: 'after: [0007-add-login]',
    since: '0.1.0',
  }),
  parent: key(orderId, undefined, {
    help: 'The order that this one came from.',
    example: 'parent: 0007-add-login',
    since: '0.1.0',
  }),
  priority: key(wholeNumber(-1000, 1000, 'higher goes first; 0 is usual'), 0, {
    help: 'Higher goes first, from -1000 to 1000.',
    example: 'priority: 10',
    since: '0.1.0',
  }),
  budget: key(block(budgetKeys), undefined, {
    help: "Narrows the limits of the role's card for this order.",
    example: 'budget: { minutes: 10, tokens: 200k, usd: 1.50, turns: 40 }',
    since: '0.1.0',
    without: 'the limits of the card',
  }),
  answers: key(orderIds, [], {
    help: 'Rejected orders that this one answers.',
    example: 'answers: [0007-add-login]',
    since: '0.1.0',
  }),
  refs: key(paths, undefined, {
    help: 'Files handed down with the order, of the repository, of another one or of `state/`. They lie in the room, to be read.',
    example: 'refs: [docs/spec.md, state/brief.json, repos/other/README.md]',
    since: '0.1.0',
  }),
  contract: key(contract, undefined, {
    help: 'Files that stay as they are in all that comes of this order, or, with a role behind them, change by that role alone.',
    example: 'contract: { src/shared/types.ts: architect }',
    since: '0.1.0',
  }),
  retries: key(orderId, undefined, {
    help: 'The settled order that this one is again. `fourline retry` writes it.',
    example: 'retries: 0007-add-login',
    since: '0.1.0',
  }),
  reason: key(text('must be a sentence'), undefined, {
    help: 'Why the order is given again.',
    example: 'reason: the test it names is in 0008',
    since: '0.1.0',
  }),
  id: key(stamp, undefined, {
    help: 'The id of the order. A value that you give is ignored.',
    example: 'id: 0007-x',
    since: '0.1.0',
    stamped: true,
  }),
  from: key(stamp, undefined, {
    help: 'The sender. A value that you give is ignored.',
    example: 'from: operator',
    since: '0.1.0',
    stamped: true,
  }),
  date: key(stamp, undefined, {
    help: 'When the order was posted. A value that you give is ignored.',
    example: 'date: 2026-01-31T12:00:00Z',
    since: '0.1.0',
    stamped: true,
  }),
};

/** The settings in an order's front matter; the keys of `budget:` stand beside the others. */
export type OrderSettings = Omit<Values<typeof orderKeys>, 'budget' | 'id' | 'from' | 'date'> &
  Values<typeof budgetKeys>;

/** Reads the fields of an order's front matter. */
export function readSettings(fields: readonly Field[]): { settings: OrderSettings; problems: Problem[] } {
  const { values, problems } = readFields(orderKeys, fields, { code: 'order-key' });
  const { budget, reason, ...settings } = values;
  return {
    settings: { ...settings, ...(reason !== undefined && { reason: reason.slice(0, 2000) }), ...budget },
    problems,
  };
}

/** How many files an order may hand down or pin. */
export const pathCount = 64;

// Paths as people write them, each once.
function readPaths(value: unknown, fail: Complain): string[] | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > pathCount) return tellNone(fail, `names ${list.length} files; at most ${pathCount}`);
  for (const one of list) {
    if (typeof one !== 'string') return tellNone(fail, 'must be a path or a list of paths');
    const reading = parseGlob(one);
    const flaw = !reading.ok
      ? reading.reason
      : !reading.glob.literal
        ? 'it is a pattern; name each file'
        : one.split('/').some((segment) => segment.toLowerCase() === '.git')
          ? ".git is git's own"
          : null;
    if (flaw !== null) return tellNone(fail, `'${showValue(one)}' cannot be taken: ${flaw}`);
  }
  return [...new Set(list as string[])];
}

function readContract(value: unknown, fail: Complain): Pinned[] | undefined {
  const map = value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : null;
  const paths = readPaths(map === null ? value : map.map(([path]) => path), fail);
  if (paths === undefined || map === null) return paths?.map((path) => ({ path, owner: null }));
  const odd = map.find(([, owner]) => owner !== null && !(typeof owner === 'string' && plainName.test(owner)));
  if (odd !== undefined) return tellNone(fail, `the owner of '${showValue(odd[0])}' must be the name of a role`);
  return map.map(([path, owner]) => ({ path, owner: owner as string | null }));
}
