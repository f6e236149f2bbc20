// Why: `fourline import issue` makes a draft of an order from an issue.
// Promises: what the draft took from the issue, and what is missing, is said. A signal that ends fourline ends gh
// first.
// Never: gives the order to a role.
import { type ImportedIssue, openFourline } from '../../api.ts';
import { escapeText } from '../../platform/text/text.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Makes a draft of an issue, by its number or address. Throws what `importIssue` throws. */
export async function runImportIssue(invocation: Invocation, issue: string, repo?: string): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  const made = await endingBySignal((signal) => fourline.importIssue({ issue, repo, signal }));
  invocation.answer(made, importLines(made));
  return exitCodes.ok;
}

// gh stands in a process group of its own, which no Ctrl-C reaches. When it has ended, so does fourline, by the same
// signal.
async function endingBySignal<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const end = new AbortController();
  const hear = (kind: NodeJS.Signals): void => end.abort(kind);
  const kinds = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const kind of kinds) process.on(kind, hear);
  try {
    return await work(end.signal);
  } finally {
    for (const kind of kinds) process.off(kind, hear);
    if (end.signal.aborted) process.kill(process.pid, end.signal.reason as NodeJS.Signals);
  }
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
