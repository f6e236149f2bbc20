// Why: a gate is a step of the operator's: nothing after it begins before they say so.
// Promises: pure; the form quotes what the steps before it handed down, so that the operator reads what they approve.
// Never: reads an answer.
import { escapeLines, quoteLines } from '../platform/text/text.ts';

/** The gate of a run that waits. `asked` is the flow's own text; `handed` are the texts that came before it. */
export type Gate = {
  readonly run: string;
  readonly step: string;
  readonly asked: string;
  readonly handed: readonly string[];
};

const formEnd = '.gate.md';

/** The form of a gate, below the workspace. */
export function gateFile(run: string, step: string): string {
  return `inbox/operator/${run}-${step}${formEnd}`;
}

/** True for the name of a gate's form. */
export function isGateForm(name: string): boolean {
  return name.endsWith(formEnd);
}

/** Longest text that a form quotes of one step, in characters. */
const gateQuote = 20_000;

/** The form by which the operator passes a gate. */
export function composeGate({ run, step, asked, handed }: Gate): string {
  return [
    `# ${run}: may it go on behind ${step}?`,
    ...(asked.trim() === '' ? [] : ['', escapeLines(asked.trim())]),
    ...handed.flatMap((text) => ['', ...quoteLines(text.slice(0, gateQuote).trimEnd()), ...cutNote(text)]),
    '',
    'Write approve, or reject and why, behind Answer: and save this file. A rejection does the steps before it again,',
    'and they are told why. Or:',
    '',
    `    fourline flow approve ${run} --step ${step}`,
    `    fourline flow reject ${run} "why" --step ${step}`,
    `    fourline flow cancel ${run}`,
    '',
    'Answer:',
    '',
  ].join('\n');
}

function cutNote(text: string): string[] {
  if (text.length <= gateQuote) return [];
  return ['', `This text has ${text.length} characters; it is cut here. fourline show <order> has the whole report.`];
}
