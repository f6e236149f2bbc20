// Why: most keys of hand-written files hold a word, a number, a text or a list of words. Each kind is read, and
// described as a schema, in one place.
// Promises: pure; each reader says what must stand there; its schema takes all that it takes.
// Never: knows what a key is for.
import { type KeyReader, showValue, tellNone } from './fields.ts';
import { closestOf, readSize } from './text.ts';

/** One of some words. */
export function oneOf<const Word extends string>(
  words: readonly Word[],
  more: { readonly message?: string; readonly hint?: string } = {},
): KeyReader<Word> {
  const list = words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : words.join('');
  return {
    read: ({ value }, fail) => {
      const word = words.find((one) => one === value);
      if (word !== undefined) return word;
      const near = closestOf(String(value), words);
      const hint = more.hint ?? (near === undefined ? undefined : `did you mean '${near}'?`);
      return tellNone(fail, `must be ${more.message ?? list}, not '${showValue(value)}'`, hint);
    },
    schema: { enum: words },
  };
}

/** True or false. */
export const yesNo: KeyReader<boolean> = {
  read: ({ value }, fail) => (typeof value === 'boolean' ? value : tellNone(fail, 'must be true or false')),
  schema: { type: 'boolean' },
};

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER, hint?: string): KeyReader<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `, ${least} or more` : ` from ${least} to ${most}`;
  return {
    read: ({ value }, fail) =>
      Number.isInteger(value) && (value as number) >= least && (value as number) <= most
        ? (value as number)
        : tellNone(fail, `must be a whole number${range}`, hint),
    schema: { type: 'integer', minimum: least, maximum: most },
  };
}

/** An amount above 0, or from 0 on with `zero`: a number, or one with k, m or g behind it. */
export function amount(
  limits: { readonly whole?: boolean; readonly most?: number; readonly zero?: boolean } = {},
): KeyReader<number> {
  const { most = Number.MAX_SAFE_INTEGER } = limits;
  const bounds = [
    limits.zero === true ? ', 0 or more' : ' above 0',
    most === Number.MAX_SAFE_INTEGER ? '' : `, at most ${most}`,
  ];
  return {
    read: ({ value }, fail) => {
      const size = readSize(value);
      const enough = size !== undefined && (size > 0 || (limits.zero === true && size === 0));
      if (enough && size <= most && (limits.whole !== true || Number.isInteger(size))) return size;
      return tellNone(fail, `must be a ${limits.whole === true ? 'whole ' : ''}number${bounds.join('')}`);
    },
    schema: {
      anyOf: [
        {
          type: limits.whole === true ? 'integer' : 'number',
          ...(limits.zero === true ? { minimum: 0 } : { exclusiveMinimum: 0 }),
          maximum: most,
        },
        { type: 'string', pattern: '^\\d+(\\.\\d+)?[kmgKMG]$' },
      ],
    },
  };
}

/** A text that says something, without the blanks around it. */
export function text(message = 'must be a text'): KeyReader<string> {
  return {
    read: ({ value }, fail) =>
      typeof value === 'string' && value.trim() !== '' ? value.trim() : tellNone(fail, message),
    schema: { type: 'string', pattern: '\\S' },
  };
}

/** A text of a shape. `message` may show what was found. */
export function shaped(shape: RegExp, message: string | ((shown: string) => string), hint?: string): KeyReader<string> {
  return {
    read: ({ value }, fail) =>
      typeof value === 'string' && shape.test(value)
        ? value
        : tellNone(fail, typeof message === 'string' ? message : message(showValue(value)), hint),
    schema: { type: 'string', pattern: shape.source },
  };
}

/**
 * Reads words of a shape, with blanks or commas between, or as a list. A key without a value gives an empty list.
 * Leaves out words of another shape.
 */
export function wordList(shape: RegExp, what: string): KeyReader<readonly string[]> {
  return {
    read: ({ value }, fail) => {
      const list: unknown = typeof value === 'string' ? value.split(/[,\s]+/).filter(Boolean) : (value ?? []);
      if (!Array.isArray(list)) return tellNone(fail, 'must be names with commas between');
      const fits = (one: unknown): one is string => typeof one === 'string' && shape.test(one);
      for (const one of list as unknown[]) if (!fits(one)) fail(`'${showValue(one)}' is not ${what}`);
      return (list as unknown[]).filter(fits);
    },
    schema: {
      anyOf: [
        { type: 'string', pattern: `^[,\\s]*(?:(?:${shape.source.replace(/^\^|\$$/g, '')})(?:[,\\s]+|$))*$` },
        { type: 'array', items: { type: 'string', pattern: shape.source } },
        { type: 'null' },
      ],
    },
  };
}
