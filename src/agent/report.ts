// Why: how a role says how it went. Optional: exit 0 and something to show for it means done.
// Promises: a report that cannot be read never counts as "done", nor does a report that refuses anywhere in its text.
// fourline doesn't carry out a refusal that Branching doesn't offer.
// Never: believes a report about what changed; the survey knows that.
import type { Branch } from '../order/part.ts';

import { splitFrontMatter } from '../platform/text/front-matter.ts';
import { escapeText } from '../platform/text/text.ts';

/** The outcome that a run asks for at its end. */
export type Ask =
  | { readonly kind: 'done'; readonly summary: string }
  | { readonly kind: 'halt'; readonly note: string; readonly summary: string }
  | { readonly kind: 'route'; readonly role: string; readonly note: string; readonly summary: string }
  | { readonly kind: 'requeue'; readonly blocker: string; readonly summary: string }
  /** A reviewer's word on the landing it was asked about. */
  | {
      readonly kind: 'verdict';
      readonly verdict: 'approved' | 'rejected';
      readonly note: string;
      readonly summary: string;
    }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * Reads a report's text. Models also write the outcome into a code fence, below a heading, as JSON or in a sentence: a
 * refusal counts wherever it stands, so that unfinished work never passes for done. Only a text that clearly just
 * mentions the words is read past.
 */
export function parseReport(text: string): Ask {
  const front = parseFront(text);
  const said = refusalIn(text, true);
  if (said === null || front.kind === 'halt' || front.kind === 'route' || front.kind === 'requeue') return front;
  // A reviewer may well speak of a halt; a second outcome is no such talk.
  if (front.kind !== 'verdict') return said.ask;
  return said.plain ? { kind: 'unreadable', reason: 'it says more than one outcome' } : front;
}

/**
 * Reads an agent's last words in place of a report. `spoken` is false for the plain output of a program: there only an
 * `outcome:` counts, and the names of the refusals on lines of their own.
 */
export function parseLastWords(text: string, spoken: boolean): Ask {
  return refusalIn(text, spoken)?.ask ?? { kind: 'done', summary: text };
}

function parseFront(text: string): Ask {
  const parts = splitFrontMatter(text);
  if (!parts.ok)
    return { kind: 'unreadable', reason: parts.problems.map((one) => `line ${one.line}: ${one.message}`).join('; ') };
  const values = new Map<string, string>();
  for (const field of parts.fields) {
    if (!['outcome', 'note', 'blocker'].includes(field.key))
      return {
        kind: 'unreadable',
        reason: `line ${field.line}: unknown key '${escapeText(field.key)}' (outcome, note, blocker)`,
      };
    // `blocker: 0007` is a number to YAML.
    const value =
      field.key === 'blocker' && typeof field.value === 'number' ? String(field.value).padStart(4, '0') : field.value;
    if (typeof value !== 'string')
      return { kind: 'unreadable', reason: `line ${field.line}: ${field.key}: must be a text` };
    values.set(field.key, value);
  }
  const summary = parts.body.trim();
  const outcome = values.get('outcome') ?? 'done';
  const note = values.get('note') ?? summary;
  const route = /^route-to-\{?([a-z][a-z0-9-]*)\}?$/.exec(outcome)?.[1];
  if (outcome === 'done') return { kind: 'done', summary };
  if (outcome === 'halt-with-note') return { kind: 'halt', note, summary };
  if (outcome === 'requeue-with-blocker') return { kind: 'requeue', blocker: values.get('blocker') ?? note, summary };
  if (outcome === 'approve') return { kind: 'verdict', verdict: 'approved', note: values.get('note') ?? '', summary };
  if (outcome === 'reject') return { kind: 'verdict', verdict: 'rejected', note, summary };
  if (route !== undefined) return { kind: 'route', role: route, note, summary };
  return {
    kind: 'unreadable',
    reason: `outcome '${escapeText(outcome).slice(0, 60)}' is not known (done, halt-with-note, route-to-<role>, requeue-with-blocker)`,
  };
}

/** A refusal that was found. `plain` when it stands as an outcome of its own, not in a sentence. */
type Refusal = { readonly ask: Ask; readonly plain: boolean };

/**
 * The longest piece of a line that is looked at at once, in characters: what an agent can make long costs no more than
 * its length.
 */
const reportLongest = 2000;

// `halt_with_note` and `Halt with a note` are the same word, and so are the wide forms of Unicode. Each key of JSON has
// a line of its own.
function linesOf(text: string): string[] {
  const plain = text
    .normalize('NFKC')
    .replace(/,\s{0,9}(?="\w{1,40}"\s{0,9}:)/g, '\n')
    .replace(/\bhalt[ _-]with[ _-](?:an?[ _-])?note\b/gi, 'halt-with-note')
    .replace(/\brequeue[ _-]with[ _-](?:an?[ _-])?blocker\b/gi, 'requeue-with-blocker')
    .replace(/\broute[_-]to[_-]\{?([a-z][a-z0-9-]*)\}?/gi, (_, role: string) => `route-to-${role.toLowerCase()}`);
  return plain
    .split(/\r?\n/)
    .flatMap((line) => (line === '' ? [''] : (line.match(longLine) ?? [])))
    .map(bareLine)
    .filter((line) => !told.test(line));
}

const longLine = new RegExp(`.{1,${reportLongest}}(?:\\s|$)|.{1,${reportLongest}}`, 'gs');

// A line without Markdown, quotes, tags and the braces of JSON.
function bareLine(line: string): string {
  return line
    .replace(/<\/[\w-]+>/g, '')
    .replace(/<([\w-]+)>/g, '$1: ')
    .replace(/["`*\u201c\u201d]|(?<!\w)['_\u2018]|['_\u2019](?!\w)/g, '')
    .replace(/^(?:[^\p{L}\p{N}]+|\d+[.)]\s+|\[[ xX]\])+/u, '')
    .replace(/[\s|{}[\],]+$/, '');
}

const keyed =
  /^(?:(?:the|my|our|this|final|overall|order|run|report|task)\s+)*(outcome|status|result|decision|verdict)(?:\s*\([^)]*\))?\s*(?:[:=|]+>?|-+>?|[\u2013\u2014\u2192]|\b(?:is|was)\b)\s*(.*)$/i;
const keyAlone = /^(?:(?:the|my|final|overall|order|run)\s+)*(?:outcome|status|result|decision|verdict)\s*[:=]?$/i;
const ends =
  '(?=$|\\s*[:.,;!()|{}\\u2013\\u2014\\u2192-]|\\s+(?:with|because|since|as|due|until|for|before|so|and|note)\\b)';
const refusing = new RegExp(
  `^(?:halt[\\w-]*|blocked|aborted|refus(?:ed|ing)|incomplete|unfinished|not (?:done|finished|completed?)|requeue[\\w-]*|route-to-[a-z][a-z0-9-]*)${ends}`,
  'i',
);
const bare =
  /^(?:(?:halt-with-note|requeue-with-blocker|route-to-[a-z][a-z0-9-]*)(?=$|\s*[:.,;!()|\u2013\u2014\u2192-]|\s+(?:because|since|as|due|until)\b)|halt(?:ed|ing)?(?=$|\s*[:.!\u2013\u2014]|\s+-|\s+(?:because|since|as|due to)\b))/i;

function nextOf(lines: readonly string[], index: number): string {
  for (let at = index + 1; at < lines.length; at += 1) if (lines[at] !== '') return lines[at] ?? '';
  return '';
}

// The words that stand as an outcome on a line of their own, with what follows them; null where there are none.
function outcomeOn(lines: readonly string[], index: number): { word: string; rest: string } | null {
  const line = lines[index] ?? '';
  const value = keyAlone.test(line) ? nextOf(lines, index) : keyed.exec(line)?.[2];
  const text = value ?? line;
  const word = (value === undefined ? bare : refusing).exec(text)?.[0];
  return word === undefined ? null : { word, rest: text.slice(word.length) };
}

const token = /(?<![\w-])(?:halt-with-note|requeue-with-blocker|route-to-[a-z][a-z0-9-]*)/gi;
const filler =
  '(?:(?:to|an?|the|any|need|needed|have|had|use|using|reason|for|choose|take|taking|by|with|end|ended|ending|in|be|necessary|it|as)\\s+)*';
// Sentences that only talk about the word, or deny it.
const denied = new RegExp(
  `(?:\\b(?:no|not|never|without|nor|instead of|rather than|consider(?:ed|ing)?|avoid(?:ed|ing)?|if|unless)|n't)\\s+${filler}@`,
  'i',
);
const mentions = [
  /\b(?:test(?:s|ed|ing)?|pars(?:e|es|ed|er|ing)|handl(?:e|es|ed|er|ing)|support(?:s|ed|ing)?|document(?:s|ed|ing)?|add(?:s|ed|ing)?|accept(?:s|ed|ing)?|recogni[sz](?:e|es|ed|ing)|renam(?:e|ed|ing)|cover(?:s|ed|ing)?|mention(?:s|ed|ing)?|about|called|like|string|value|word|option|contain(?:s|ing)?|reads?|prints?|includ(?:e|es|ed|ing)|remov(?:e|ed|ing)|replac(?:e|ed|ing)|offer(?:s|ed)?|allow(?:s|ed)?)\s+(?:(?:the|an?|both|of|new|its|legal|for)\s+)*@/i,
  /\b(?:renam|chang)(?:e|ed|ing)\b.*\bto @/i,
  /@\s+(?:forms?|strings?|values?|cases?|pars(?:er|ing)|handl(?:er|ing)|tests?|docs?|labels?|settings?|fixtures?|tokens?|constants?|literals?|words?|syntax|keywords?|bullets?|lines?)\b/i,
];
// A line of the order, or of what fourline told the agent.
const told = /^(?:branching\b|refuse legally\b|finish:)|\brefuse legally by a report whose\b/i;
const byMe =
  /\b(?:i|we)(?:(?:'m|'ve|'ll|'d| am| are| was| were| have| had| must| will| can only| should| need| to| therefore| hereby| chose| choose| decided| now| so)+)?\s+(?:halt(?:ed|ing)?\b(?!\s+(?:the|an?|it|them|all|its)\b)|(?:end|tak|us|choos|pick|invok|return|report|stop|refus|finish|opt|select|exercis)\w*\s+(?:\S+\s+){0,4}@)/i;
const passively =
  /\b(?:this|the|my) (?:order|run|report|task|work) (?:is|was|has been|must be|should be|ends(?: as)?|is hereby) halted\b(?! (?:when|if|where))|\b(?:so|therefore|thus|hence),? (?:i (?:am )?)?halt(?:ed|ing)?\b(?=$|[.:,;!]| (?:here|with|because|until|as)\b)/i;

// The word of a sentence that refuses; null where it only mentions one.
function refusedBy(sentence: string): string | null {
  const words = [...new Set(sentence.match(token)?.map((one) => one.toLowerCase()))];
  const marked = sentence.replace(token, '@');
  if (denied.test(marked)) return null;
  if (byMe.test(marked) || passively.test(marked)) return words[0] ?? 'halt';
  // Several at once are a list of what there is.
  if (words.length !== 1 || mentions.some((one) => one.test(marked))) return null;
  return words[0] ?? null;
}

const reportOwn = /^outcome\b|-with-|route-to-/i;

function refusalIn(text: string, spoken: boolean): Refusal | null {
  const lines = linesOf(text);
  const summary = text.trim();
  const note = (rest: string): string => inlineNote(rest) || noteIn(lines) || summary;
  for (const index of lines.keys()) {
    const found = outcomeOn(lines, index);
    // A program may print about anything, so in its output we take only fourline's own words as an outcome.
    if (found !== null && (spoken || reportOwn.test(`${lines[index] ?? ''} ${found.word}`)))
      return { ask: askOf(found.word, note(found.rest), summary), plain: true };
  }
  if (!spoken) return null;
  for (const sentence of lines.join('\n').split(/(?<=[.!?;])\s+|\n/)) {
    const word = refusedBy(sentence);
    if (word !== null) return { ask: askOf(word, noteIn(lines) || summary, summary), plain: false };
  }
  return null;
}

function askOf(word: string, note: string, summary: string): Ask {
  const role = /^route-to-(.+)$/i.exec(word)?.[1]?.toLowerCase();
  if (role !== undefined) return { kind: 'route', role, note, summary };
  return /^requeue/i.test(word) ? { kind: 'requeue', blocker: note, summary } : { kind: 'halt', note, summary };
}

const noteKey = /^(?:note|reason|blocker|why)\s*(?:[:=\u2013\u2014]\s*|$)/i;

// The note that follows an outcome on the same line.
function inlineNote(rest: string): string {
  return rest.replace(/^[^\p{L}\p{N}]+/u, '').replace(noteKey, '');
}

// The text of a `note:`, up to the end of its paragraph or up to the next key. When `note` is a heading, the text is
// the paragraph below it.
function noteIn(lines: readonly string[]): string {
  const at = lines.findIndex((line) => noteKey.test(line));
  if (at < 0) return '';
  const first = (lines[at] ?? '').replace(noteKey, '').replace(/^[|\s]+/, '');
  const below = lines.slice(at + 1);
  if (first === '')
    below.splice(
      0,
      Math.max(
        0,
        below.findIndex((line) => line !== ''),
      ),
    );
  const end = below.findIndex((line) => line === '' || /^[\w-]+\s*[:=]/.test(line));
  return [first, ...below.slice(0, end < 0 ? undefined : end)].join('\n').trim();
}

/** True when the order's Branching offers what the report asks for. */
export function branchingOffers(branching: readonly Branch[], ask: Ask): boolean {
  switch (ask.kind) {
    case 'done':
    case 'unreadable':
    case 'verdict':
      return true;
    case 'halt':
    case 'requeue':
      return branching.some((one) => one.kind === ask.kind);
    case 'route':
      return branching.some((one) => one.kind === 'route' && one.role === ask.role);
  }
}
