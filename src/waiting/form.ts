// Why: a question to a person is a file in their inbox. They answer in the same file: they write behind the last
// `Answer:` and save.
// Promises: pure. An agent's words are quoted, so that no line of them can pose as the answer. An empty answer is no
// answer.
// Never: takes a doubtful word for yes or for no.
import { escapeText, quoteLines } from '../platform/text/text.ts';

/** A question to a person about an order. */
export type Question = {
  readonly id: string;
  readonly title: string;
  /** Quoted. */
  readonly text: string;
  /** Hints at files to look at or commands to run, one line each. */
  readonly hints: readonly string[];
  readonly kind: 'question' | 'approval';
  /** Orders that are asked for, each with its lines; quoted. */
  readonly orders?: readonly { readonly title: string; readonly lines: readonly string[] }[] | undefined;
};

/** A form to be filled in. */
export function composeForm({ id, title, text, hints, kind, orders = [] }: Question): string {
  const how =
    kind === 'approval'
      ? [
          'Write approve, or reject and why, behind Answer: and save this file (an unclear answer is asked again). Or:',
          '',
          `    fourline approve ${id}`,
          `    fourline reject ${id} "why"`,
        ]
      : ['Write behind Answer: and save this file. Or:', '', `    fourline answer ${id} "what you would say"`];
  return [
    `# ${escapeText(title)}`,
    ...(text === '' ? [] : ['', ...quoteLines(text)]),
    ...(hints.length === 0 ? [] : ['', ...hints.map((one) => `- ${escapeText(one)}`)]),
    ...orders.flatMap((one) => ['', `## ${escapeText(one.title)}`, '', ...quoteLines(one.lines.join('\n'))]),
    '',
    ...how,
    `    fourline cancel ${id}`,
    '',
    'Answer:',
    '',
  ].join('\n');
}

/** True for a form that has a place for its answer. */
export function hasAnswer(text: string): boolean {
  return /^Answer:/m.test(text);
}

/** The text behind the last `Answer:`; null when it is empty. */
export function readForm(text: string): string | null {
  const parts = text.replaceAll('\r\n', '\n').split(/^Answer:/m);
  return parts.length < 2 ? null : parts.at(-1)?.trim() || null;
}

/** The form with an answer behind its last `Answer:`. */
export function fillForm(text: string, answer: string): string {
  const at = `\n${text}`.lastIndexOf('\nAnswer:');
  const head = at < 0 ? text.trimEnd() : text.slice(0, at).trimEnd();
  return `${head}\n\nAnswer: ${answer.trim()}\n`;
}

/**
 * The form once more, below an answer that could not be taken: it quotes the answer, and `why` says what is wrong with
 * it.
 */
export function askOnceMore(text: string, answer: string, why: string): string {
  const at = `\n${text}`.lastIndexOf('\nAnswer:');
  const head = (at < 0 ? text : text.slice(0, at)).trimEnd();
  return `${head}\n\nYou wrote:\n\n${quoteLines(answer).join('\n')}\n\n${escapeText(why)}\n\nAnswer:\n`;
}

/**
 * The form with a note above its answer, which stays where it is; the note says what is wrong with it. The same note is
 * added only once; null if the form has it already.
 */
export function noteDoubt(text: string, why: string): string | null {
  const at = `\n${text}`.lastIndexOf('\nAnswer:');
  const head = text.slice(0, Math.max(at, 0)).trimEnd();
  return head.endsWith(why) ? null : `${head}\n\n${why}\n\n${text.slice(Math.max(at, 0))}`;
}

/** The note about an answer that is no decision. */
export const unclear =
  'The answer below is not plainly approve or reject, so nothing was done. Write one of the two words; a reason goes behind Reason: on a line of its own.';

/** A decision and its reason as the text of an answer. */
export function writeDecision(verdict: 'approve' | 'reject', reason: string): string {
  return reason.trim() === '' ? verdict : `${verdict}\nReason: ${reason.trim()}`;
}

// Words behind a yes that take nothing of it back.
const assent =
  /^(?:(?:please|thanks|thank you|go|go ahead|do it|do so|land it|ship it|merge it|approved?|approve it|fine|good|great|perfect|nice|ok|okay|sure|of course|yes|all good|looks good|looks good to me|looks fine|lgtm|well done)(?:[\s,.!;:-]+|$))*$/i;
// Words that take some of an approval back, or ask for more.
const doubt =
  /\?|n['’]t\b|\b(?:but|except|unless|if|once|after|when|until|provided|providing|assuming|however|though|although|yet|only|first|before|then|please|should|must|needs?|have to|has to|instead|not|never|without|wait|later|tomorrow|maybe|perhaps|partly|partially|half|change|rename|fix|remove|add|drop|split|move|replace|use|no|nope|reject\w*|rather|still)\b/i;
// Words after a no that mean that nothing is wrong.
const noObjection =
  /\?|\b(?:objections?|problems?|issues?|concerns?|worr(?:y|ies)|doubts?|complaints?|remarks?|comments?|changes? (?:needed|necessary)|questions?|go ahead|go on|approved?|approve it|yes|ok|okay|fine|good|great|lgtm|ship|land it|merge it|never ?mind|unless)\b/i;
const halfReject = /\b(?:unless|approved?|approve it|go ahead|never ?mind|yes|lgtm)\b/i;

/**
 * An answer as a decision: plainly approve (yes) or plainly reject (no), with an optional reason. Null if it could mean
 * something else: to ask once more costs a minute, to misread costs an attempt or more. Any text may stand behind
 * `Reason:` on a line of its own.
 */
export function readDecision(
  answer: string,
): { readonly verdict: 'approved' | 'rejected'; readonly note: string } | null {
  const match = /^[\s"'*`]*(approved?|yes|reject(?:ed)?|no)(?=$|[\s:;,.!"'*`\u2013\u2014-])([\s\S]*)$/i.exec(answer);
  if (match === null) return null;
  const [, word = '', behind = ''] = match;
  const [said = '', reason] = behind.split(/^[ \t]*Reason:/im, 2);
  const text = said.replace(/^[\s:;,.!"'*`\u2013\u2014-]+|["'*`\s]+$/g, '');
  const note = (reason ?? text).trim();
  switch (word.toLowerCase()) {
    case 'yes':
      return assent.test(text) ? { verdict: 'approved', note } : null;
    case 'approve':
    case 'approved':
      return doubt.test(text) ? null : { verdict: 'approved', note };
    case 'no':
      // "no objections" and "no test" begin alike.
      if (text !== '' && !/^["'*`]*(?:[:;,.!\u2013\u2014-]|\s+[-\u2013\u2014]|\s*\n)/.test(said)) return null;
      return noObjection.test(text) ? null : { verdict: 'rejected', note };
    default:
      if (/^(?:nothing|none|if|only|when|or)\b/i.test(text) || /^\s*\?/.test(said) || halfReject.test(text))
        return null;
      return { verdict: 'rejected', note };
  }
}
