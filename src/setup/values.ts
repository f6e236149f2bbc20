// Why: `repos:` in fourline.yaml holds commands, hosts, paths, variables and days. Each kind is read in one place.
// Promises: pure; strict: an odd value is a flaw that says what was found and what is meant.
// Never: runs anything; asks whether a path or a host is there.
import { pathFlaw } from '../changes/path.ts';
import { hostFlaw, plainHost } from '../platform/net/host.ts';
import { type KeyReader, type Schema, showValue, tellNone } from '../platform/text/fields.ts';

const oneOrMore = (pattern: string): Schema => ({
  anyOf: [
    { type: 'string', pattern },
    { type: 'array', minItems: 1, items: { type: 'string', pattern } },
  ],
});

/** A shell command, or a list of them. */
export const commands: KeyReader<readonly string[]> = {
  read: ({ value }, fail) => plainTexts(value) ?? tellNone(fail, 'must be a command or a list of commands'),
  schema: oneOrMore('\\S'),
};

/** Hosts by their exact names. */
export const hosts: KeyReader<readonly string[]> = {
  read: ({ value }, fail) => {
    const list = plainTexts(typeof value === 'string' ? value.split(/[,\s]+/).filter(Boolean) : value);
    if (list === null) return tellNone(fail, 'must be a list of hosts');
    const odd = list.find((host) => hostFlaw(host) !== null);
    if (odd !== undefined) return tellNone(fail, `'${showValue(odd)}' cannot be used: ${hostFlaw(odd)}`, null);
    return list.map(plainHost);
  },
  schema: oneOrMore('^[\\w.,\\s-]+$'),
};

/**
 * Paths in a repository, one or a list. With `home` they may begin with `~/`, which is HOME, and end in `/`. `message`
 * says what must stand there.
 */
export function listOfPaths(message: string, home: boolean): KeyReader<readonly string[]> {
  const flawOf = (path: string): string | null =>
    /[*?[\]{}]/.test(path)
      ? 'patterns mean nothing here; name the file or folder'
      : (pathFlaw(home ? path.replace(/^~\//, '') : path)?.message ?? null);
  return {
    read: ({ value }, fail) => {
      const paths = plainTexts(value)?.map((path) => (home ? path.replace(/\/$/, '') : path));
      if (paths === undefined) return tellNone(fail, message);
      const odd = paths.find((path) => flawOf(path) !== null);
      return odd === undefined ? paths : tellNone(fail, `'${showValue(odd)}' cannot be used: ${flawOf(odd)}`, null);
    },
    schema: oneOrMore('^[^/\\\\*?{}[\\]][^\\\\*?{}[\\]]*$'),
  };
}

// Names that fourline sets itself, and names that change how a program is loaded.
const ownNames = /^(?:HOME|TMPDIR|FOURLINE_\w*)$/;

/** Variables: `NAME=value`, a list of those, or a block of names. */
export const env: KeyReader<Readonly<Record<string, string>>> = {
  read: ({ value, fields }, fail) => {
    const pairs =
      fields?.map((one) => [one.key, isPlainValue(one.value) ? String(one.value) : null] as const) ??
      plainTexts(value)?.map(
        (text) => [text.slice(0, Math.max(0, text.indexOf('='))), text.slice(text.indexOf('=') + 1)] as const,
      ) ??
      [];
    if (pairs.length === 0) return tellNone(fail, 'must be NAME=value, a list of those, or a block of names');
    for (const [name, text] of pairs) {
      if (text === null) return tellNone(fail, `${showValue(name)} must be a text, a number, true or false`);
      if (!/^[A-Za-z_]\w*$/.test(name)) return tellNone(fail, `'${showValue(name)}' is no variable's name`);
      if (ownNames.test(name)) return tellNone(fail, `fourline sets ${name} itself`, null);
    }
    const path = pairs.find(([name]) => name === 'PATH')?.[1]?.split(':') ?? [];
    if (path.some((folder) => !/^~?\/[^$]/.test(folder)))
      return tellNone(
        fail,
        'PATH names folders that are put in front of the usual ones, each by an absolute path or as ~/…',
        null,
      );
    return Object.fromEntries(pairs.map(([name, text]) => [name, text ?? '']));
  },
  schema: {
    anyOf: [
      oneOrMore('^[A-Za-z_]\\w*='),
      {
        type: 'object',
        propertyNames: { pattern: '^[A-Za-z_]\\w*$' },
        additionalProperties: { type: ['string', 'number', 'boolean'] },
        minProperties: 1,
      },
    ],
  },
};

function isPlainValue(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** A number of days, `14` or `14d`. */
export const days: KeyReader<number> = {
  read: ({ value }, fail) => {
    const found =
      typeof value === 'number' ? value : Number(/^(\d+)\s*d(?:ays?)?$/.exec(String(value))?.[1] ?? Number.NaN);
    return Number.isFinite(found) && found >= 0 ? found : tellNone(fail, 'must be a number of days');
  },
  schema: {
    anyOf: [
      { type: 'number', minimum: 0 },
      { type: 'string', pattern: '^\\d+\\s*d(?:ays?)?$' },
    ],
  },
};

/** A text, or a list of texts, each with content; null for anything else. */
export function plainTexts(value: unknown): string[] | null {
  const list: unknown = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list) || list.length === 0) return null;
  const texts = (list as unknown[]).filter((one): one is string => typeof one === 'string' && one.trim() !== '');
  return texts.length === list.length ? texts : null;
}
