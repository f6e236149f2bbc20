// Why: `fourline import issue` makes a draft of an order from an issue.
// Promises: what the draft took from the issue, and what is missing, is said.
// Never: gives the order to a role.
import { type ImportedIssue, openFourline } from '../../api.ts';
import { escapeText } from '../../platform/text/text.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Makes a draft of an issue, by its number or address. Throws what `importIssue` throws. */
export async function runImportIssue(invocation: Invocation, issue: string, repo?: string): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  const made = await fourline.importIssue({ issue, repo });
  invocation.answer(made, importLines(made));
  return exitCodes.ok;
}

function importLines({ path, issue, missing, files, commands, left }: ImportedIssue): string[] {
  const { number, title, author, open } = issue;
  return [
    path,
    `  #${number}  ${escapeText(title)}  by ${escapeText(author)}${open ? '' : '  (closed)'}`,
    ...missing.map((one) => `  missing   ${one}`),
    ...files.map((one) => `  its Files ${escapeText(one)}`),
    ...commands.map((one) => `  command   ${one}  is words in the draft: nothing runs until you write it as a check`),
    ...left.map((one) => `  left out  ${escapeText(one)}`),
    `next: read and edit ${path}, then fourline check ${path}, then mv ${path} inbox/<role>/`,
  ];
}
