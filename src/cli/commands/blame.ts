// Why: `fourline blame` says of each line of a file which role wrote it, on which order, and what for.
// Promises: one line of the answer a line of the file; below them the orders with their objectives.
// Never: changes anything.
import { type Blame, openFourline } from '../../api.ts';
import { escapeText, firstLine } from '../../platform/text/text.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** Blames a file, or the lines that `lines` names (`10,20`). Throws Fault `usage`, `blame-no-file`, `repo-…`. */
export async function runBlame(invocation: Invocation, path: string, lines: string | undefined): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  const blame = await fourline.blame(path, { lines, from: invocation.directory });
  invocation.answer(blame, blameTable(blame));
  return exitCodes.ok;
}

function blameTable({ repo, branch, commit, edited, lines }: Blame): string[] {
  const orders = new Map(lines.flatMap((one) => (one.order === null ? [] : [[one.order, one] as const])));
  const width = String(lines.at(-1)?.line ?? 0).length;
  const rows = lines.map((one) => [
    one.role ?? `(${escapeText(firstLine(one.author, 24))})`,
    one.order ?? '',
    `${one.commit.slice(0, 7)}${one.rewritten ? '*' : ''}`,
    `${String(one.line).padStart(width)}  ${escapeText(one.text)}`,
  ]);
  return [
    ...tableOf(rows),
    ...(orders.size === 0 ? [] : ['']),
    ...tableOf([...orders].map(([id, { role, objective }]) => [id, role ?? '', escapeText(objective ?? '')])),
    ...(lines.some((one) => one.rewritten) ? ['* amended or rebased since it landed'] : []),
    ...(edited ? [`the work tree's file differs: these are the lines of ${branch} at ${commit.slice(0, 7)}`] : []),
    `next: ${orders.size === 0 ? `git -C repos/${repo} show <commit>` : `fourline show ${[...orders.keys()].at(-1) ?? ''}, fourline undo <order>`}`,
  ];
}
