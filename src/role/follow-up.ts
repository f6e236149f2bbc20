// Why: the parts of a card that say when an order of the role is run again: after a bad end, or for reports on orders it sent.
// Promises: an unknown word is an error with its line and the words that are known.
// Never: runs anything.
import type { Field } from '../platform/text/front-matter.ts';
import type { Problem } from '../platform/text/problem.ts';
import { escapeText } from '../platform/text/text.ts';

/**
 * The bad ends of a run after which a card may have its order tried again: the program died (a signal, an exit status other than 0, a failure it has no
 * name for), a limit of the card ended it, its report cannot be read, or nothing came of it.
 */
export const badEnds = ['died', 'limit', 'report', 'nothing'] as const;
/** One of them. */
export type BadEnd = (typeof badEnds)[number];

/** Reads `try-again:`; without it, what died is tried again. */
export function readTryAgain(field: Field | undefined, problems: Problem[]): readonly BadEnd[] {
  if (field === undefined) return ['died'];
  const words = Array.isArray(field.value) ? field.value : String(field.value ?? '').split(/[\s,]+/);
  const named = words.filter((one) => one !== '');
  if (named.length === 1 && named[0] === 'none') return [];
  const found = badEnds.filter((one) => named.includes(one));
  const strange = named.find((one) => !badEnds.includes(one as BadEnd));
  if (strange !== undefined || named.length === 0)
    problems.push(
      problem(
        'role-try-again',
        strange === undefined
          ? 'try-again: is empty'
          : `try-again: does not know '${escapeText(String(strange)).slice(0, 40)}'`,
        field.line,
        `try-again: none, or some of ${badEnds.join(', ')}`,
      ),
    );
  return found;
}

/** When reports wake a role: each one, all of a batch together, or only when something did not end well. */
export const wakes = ['each', 'batch', 'escalation'] as const;
/** One of them. */
export type Wake = (typeof wakes)[number];

/** Reads `wake:`. */
export function readWake(field: Field | undefined, problems: Problem[]): Wake | null {
  if (field === undefined || field.value === null) return null;
  const found = wakes.find((one) => one === field.value);
  if (found === undefined)
    problems.push(
      problem(
        'role-wake',
        `wake: '${escapeText(String(field.value)).slice(0, 40)}' is not known`,
        field.line,
        `${wakes.join(', ')}; without it the order ends when its orders are sent`,
      ),
    );
  return found ?? null;
}

function problem(code: string, message: string, line: number, hint: string): Problem {
  return { code, level: 'error', message, line, column: 1, hint };
}
