// Why: people and agents write patterns, and agents choose the names that these must match. So patterns keep to a small
// grammar: its meaning has no surprises, and no pattern is slow to match.
// Promises: `*` and `?` (within a segment), `**` (whole segments) and `{a,b}` (a choice) mean the same everywhere. An
// entry without them is one path, compared for equality. Syntax that other tools read as a pattern and this grammar
// doesn't is refused.
// Never: matches a path against a pattern (role/grant.ts) or two patterns against each other (compare.ts).
import { braceFlaw, expandChoices, hasChoice } from './braces.ts';
import { escapeText } from './text.ts';

/** An entry of a permission list. Literal entries are one path. */
export type Glob = { readonly text: string; readonly literal: boolean };

/** The result of reading an entry. */
export type GlobReading =
  | { readonly ok: true; readonly glob: Glob }
  | { readonly ok: false; readonly reason: string; readonly hint?: string };

/**
 * Longest pattern, in characters, and deepest, in segments (no path may be deeper). Measured: with them the worst match
 * takes under 10 ms.
 */
export const globLimit = 256;
const depthLimit = 64;

/**
 * Reads one entry. Refuses what could mean something else than it seems to: negation, absolute and climbing paths,
 * empty segments, syntax of other tools. `recalled` reads an entry that was taken before, perhaps by an older fourline:
 * syntax of other tools is then part of its names.
 */
export function parseGlob(text: string, recalled = false): GlobReading {
  const flaw = spellingFlaw(text) ?? (recalled ? null : foreignSyntax(text));
  if (flaw !== null) return { ok: false, ...flaw };
  const choices = expandChoices(text);
  if (!choices.ok) return choices;
  for (const form of choices.forms) {
    const odd = shapeFlaw(form);
    if (odd === null) continue;
    const reason =
      form === text ? odd.reason : `'${escapeText(form).slice(0, 80)}' is one of its choices: ${odd.reason}`;
    return { ok: false, ...odd, reason };
  }
  return { ok: true, glob: { text, literal: !/[*?]/.test(text) && !hasChoice(text) } };
}

/**
 * Reads a line of a card or of the settings, where no path can be asked whether it is spelled like it: brackets are
 * refused as well.
 */
export function readPattern(text: string, recalled = false): GlobReading {
  const brackets = recalled ? null : bracketFlaw(text);
  return brackets === null ? parseGlob(text, recalled) : { ok: false, ...brackets };
}

/**
 * The patterns that an entry stands for: itself, or one for each way through its choices. In them braces are characters
 * like others.
 */
export function formsOf(text: string): readonly string[] {
  const choices = text.includes('{') ? expandChoices(text) : null;
  return choices?.ok === true ? choices.forms : [text];
}

/**
 * Says why brackets in an entry are refused, when no path is spelled like that; null when the entry has no brackets.
 */
export function bracketFlaw(text: string): { readonly reason: string; readonly hint: string } | null {
  const found = /\[[^\]/]*\]/.exec(text)?.[0];
  if (found === undefined) return null;
  const reason = `${escapeText(found).slice(0, 40)} is no choice here`;
  return {
    reason,
    hint: `write {a,b} for a choice, ? for any one character; for a name with brackets: ${text.replace(/[[\]]/g, '?')}`,
  };
}

type Flaw = { readonly reason: string; readonly hint?: string };

function spellingFlaw(text: string): Flaw | null {
  if (text === '') return { reason: 'it is empty' };
  if (text.length > globLimit) return { reason: `it is ${text.length} characters long; at most ${globLimit}` };
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u.test(text))
    return { reason: 'it holds a control or invisible character' };
  if (text !== text.normalize('NFC')) return { reason: 'it is not in Unicode normal form C' };
  if (text.startsWith('!')) return { reason: '! (not) is no part of a pattern', hint: 'put it in deny: instead' };
  if (text.includes('\\')) return { reason: 'it holds a backslash', hint: 'separate folders with /' };
  return null;
}

// Finds syntax that shells and other tools read as a pattern, and text that would be a name which nobody has here.
function foreignSyntax(text: string): Flaw | null {
  if (text.includes('|')) return { reason: '| is no choice here', hint: 'write {a,b} for a choice' };
  const extended = /[@!+*?]\([^)]*\)/.exec(text)?.[0];
  if (extended !== undefined)
    return {
      reason: `${escapeText(extended)} is a pattern of other tools`,
      hint: 'write {a,b} for a choice, * for any characters',
    };
  return braceFlaw(text);
}

function shapeFlaw(text: string): Flaw | null {
  if (text.startsWith('/') || /^[A-Za-z]:/.test(text) || text.startsWith('~'))
    return { reason: 'it is an absolute path', hint: 'paths are relative' };
  if (text.endsWith('/')) return { reason: 'it names a folder', hint: `${text}** for all that is in it` };
  const segments = text.split('/');
  if (segments.includes('')) return { reason: 'it has an empty segment (//)' };
  if (segments.includes('.') || segments.includes('..'))
    return { reason: 'it has a . or .. segment', hint: 'write the path without them' };
  if (segments.length > depthLimit) return { reason: `it is ${segments.length} folders deep; at most ${depthLimit}` };
  if (!text.includes('*')) return null;
  if (segments.filter((segment) => segment === '**').length > 2) return { reason: 'it has more than two **' };
  for (const segment of segments) {
    if (segment === '**') continue;
    if (segment.includes('**'))
      return {
        reason: `in '${segment}' ** stands beside other characters`,
        hint: '** must be a whole segment: src/**/*.ts',
      };
    if ((segment.match(/\*/g) ?? []).length > 2) return { reason: `'${segment}' has more than two *` };
  }
  return null;
}
