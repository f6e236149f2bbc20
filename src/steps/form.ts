// Why: what a person is asked is a file in their inbox, and so is their answer: they write behind the last `Answer:` and save.
// Promises: pure; what an agent said is quoted, so that no line of it can pose as the answer; an empty answer is none.
// Never: takes a doubtful word for yes.
import { escapeText, quoteLines } from '../ground/text.ts';

/** What a person is asked about an order. */
export type Question = {
  readonly id: string;
  readonly title: string;
  /** Quoted. */
  readonly text: string;
  /** What there is to look at or to run, one line each. */
  readonly hints: readonly string[];
  readonly kind: 'question' | 'approval';
};

/** A form to be filled in. */
export function composeForm({ id, title, text, hints, kind }: Question): string {
  const how =
    kind === 'approval'
      ? [
          'Write approve, or reject and why, behind Answer: and save this file. Or:',
          '',
          `    fourline approve ${id}`,
          `    fourline reject ${id} "why"`,
        ]
      : ['Write behind Answer: and save this file. Or:', '', `    fourline answer ${id} "what you would say"`];
  return [
    `# ${escapeText(title)}`,
    ...(text === '' ? [] : ['', ...quoteLines(text)]),
    ...(hints.length === 0 ? [] : ['', ...hints.map((one) => `- ${escapeText(one)}`)]),
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

/** What was written behind the last `Answer:`; null when that is nothing. */
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

/** An answer as a decision: it begins with approve (yes) or with reject (no), and goes on with the reason. Null: neither. */
export function readDecision(
  answer: string,
): { readonly verdict: 'approved' | 'rejected'; readonly note: string } | null {
  const match = /^(approved?|yes|reject(?:ed)?|no)(?=$|[\s:;,.!-])[\s:;,.!-]*([\s\S]*)$/i.exec(answer.trim());
  if (match === null) return null;
  const verdict = /^(?:a|y)/i.test(match[1] ?? '') ? 'approved' : 'rejected';
  return { verdict, note: (match[2] ?? '').trim() };
}
