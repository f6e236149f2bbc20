// Why: `fourline explain` says what a code means and what to do, where the code was met: at the terminal.
// Promises: the words of docs/troubleshooting.md; needs no workspace.
// Never: changes anything.
import { type Explanation, explainCode } from '../../api.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

const codeKindWords = {
  message: 'code of a message',
  reason: 'reason of the gate',
  wait: 'what an order waits for',
} as const;

/** Prints what a code means and what to do. Throws Fault `code-unknown`. */
export function runExplain(invocation: Invocation, code: string): number {
  const found = explainCode(code);
  invocation.answer(
    found,
    found.flatMap((one, at) => [...(at === 0 ? [] : ['']), ...explanationLines(one)]),
  );
  return exitCodes.ok;
}

function explanationLines({ code, kind, section, means, do: step }: Explanation): string[] {
  return [`${code}  (${codeKindWords[kind]}: ${section})`, `  means  ${pageText(means)}`, `  do     ${pageText(step)}`];
}

// Markdown's links and backslashes are for the page.
function pageText(text: string): string {
  return text.replace(/\[([^\]]+)\]\(([^)]+)\)/g, '$1 (docs/$2)').replaceAll('\\|', '|');
}
