// Why: a code in brackets is short; whoever meets one asks what it means and what to do.
// Promises: codes.json holds the tables of docs/troubleshooting.md, word for word; a test holds one against the other.
// Never: needs a workspace.
import { Fault } from '../platform/text/fault.ts';
import { closestOf } from '../platform/text/text.ts';
import table from './codes.json' with { type: 'json' };

/**
 * One row of docs/troubleshooting.md, in its Markdown. `kind` says where the name is met: in the brackets of a
 * `message`, as a `reason` of the gate, or as a thing that an order waits for (`wait`).
 */
export type Explanation = {
  readonly code: string;
  readonly kind: 'message' | 'reason' | 'wait';
  readonly section: string;
  readonly means: string;
  readonly do: string;
};

const explanations = table as readonly Explanation[];

/**
 * Explains a code, in each of its meanings. Brackets and the word before them may stand around it, as in a message.
 * Throws Fault `code-unknown`, with the codes that may be meant.
 */
export function explainCode(asked: string): Explanation[] {
  const code = /\[([^\]]*)\]/.exec(asked)?.[1] ?? asked.trim();
  const found = explanations.filter((one) => one.code === code);
  if (found.length > 0) return found;
  const names = [...new Set(explanations.map((one) => one.code))];
  const near = closestOf(code, names);
  const like = near === undefined ? names.filter((name) => code !== '' && name.includes(code)).slice(0, 5) : [near];
  const hint = like.length === 0 ? 'docs/troubleshooting.md lists all codes' : `did you mean ${like.join(', ')}?`;
  throw new Fault('code-unknown', `there is no code '${code}'`, { hint });
}
