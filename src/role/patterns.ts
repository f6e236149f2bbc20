// Why: a card and fourline.yaml list workspace paths, one pattern a line. A pattern that means something else than it
// seems to must not be taken.
// Promises: pure; each line that cannot be taken is a problem on that line, with what to write instead.
// Never: matches a path against a pattern; that is grant.ts.
import type { Complain, KeyReader } from '../platform/text/fields.ts';
import { tellNone } from '../platform/text/fields.ts';
import type { Field } from '../platform/text/front-matter.ts';
import { formsOf, type Glob, readPattern } from '../platform/text/glob.ts';
import { escapeText } from '../platform/text/text.ts';

/** One pattern; `line` counts from 1 in the file it stands in. */
export type GlobLine = { readonly glob: Glob; readonly line: number };

// Where the patterns of each key may begin.
const placed = {
  write: /^(?:repos|state)\//,
  approve: /^(?:repos|state)\//,
  deny: /^(?:(?:repos|state)\/|[^/]*\*)/,
  read: /^state\//,
};

/** The keys that hold patterns. */
export type PatternKey = keyof typeof placed;

/**
 * How patterns are read. `key` decides where they may begin: those that deny also with a wildcard, those of `read:` in
 * state files alone. `list` takes a YAML list as well as a block of lines. `codes` gives the problems codes of their
 * own. `recalled` reads what was good enough for an earlier fourline.
 */
export type PatternRules = {
  readonly key: PatternKey;
  readonly list?: boolean;
  readonly codes?: boolean;
  readonly recalled: boolean;
};

/**
 * Reads patterns, one a line of a literal block, so that no pattern needs quotes; a line that begins with # is a
 * comment. A key without a value gives no patterns.
 */
export function patterns(rules: PatternRules): KeyReader<readonly GlobLine[]> {
  return {
    read: (field, fail) => {
      const raw = field.value ?? '';
      const list: unknown = typeof raw === 'string' ? raw.split('\n') : raw;
      const listed = rules.list === true && Array.isArray(raw);
      if (typeof raw !== 'string' && !listed) {
        fail('must be a literal block', { hint: blockHint(field), ...ownCode(rules, 'role-globs') });
        return [];
      }
      return (list as unknown[]).flatMap((one, index) =>
        readPatternLine(one, { field, fail, rules, line: listed ? field.line : field.valueLine + index }),
      );
    },
    schema:
      rules.list === true
        ? { anyOf: [{ type: ['string', 'null'] }, { type: 'array', items: { type: 'string' } }] }
        : { type: ['string', 'null'] },
  };
}

function blockHint(field: Field): string {
  return `${field.key}: | and below it one pattern a line, indented`;
}

function ownCode(rules: PatternRules, code: string): { readonly code?: string } {
  return rules.codes === true ? { code } : {};
}

type LinePlace = {
  readonly field: Field;
  readonly fail: Complain;
  readonly rules: PatternRules;
  readonly line: number;
};

function readPatternLine(raw: unknown, { field, fail, rules, line }: LinePlace): GlobLine[] {
  const text = typeof raw === 'string' ? raw.trim() : '';
  if (typeof raw === 'string' && (text === '' || text.startsWith('#'))) return [];
  const refuse = (message: string, code: string, hint?: string): GlobLine[] => {
    tellNone((words, more) => fail(words, { ...more, line, ...ownCode(rules, code) }), message, hint);
    return [];
  };
  const shown = escapeText(typeof raw === 'string' ? text : String(raw)).slice(0, 80);
  const reading = readPattern(text, rules.recalled);
  if (!reading.ok) return refuse(`'${shown}' is no pattern: ${reading.reason}`, 'role-glob', reading.hint);
  if (/\s(?:repos\/|state\/|\*\*)/.test(text))
    return refuse(`'${shown}' is two patterns on one line`, 'role-glob', blockHint(field));
  if (formsOf(text).every((form) => placed[rules.key].test(form))) return [{ glob: reading.glob, line }];
  if (rules.key === 'read') {
    const hint = "read: is for state files; an order's repository is in the room anyway";
    return refuse(`'${shown}' does not begin with state/`, 'role-glob-place', hint);
  }
  const hint = text.startsWith('inbox')
    ? 'mail is granted with send: <role>'
    : `patterns are workspace paths: repos/*/${text}`;
  return refuse(`'${shown}' does not begin with repos/ or state/`, 'role-glob-place', hint);
}
