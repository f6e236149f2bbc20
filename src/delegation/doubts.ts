// Why: a valid order can still say something other than its author meant. We say so where the author looks.
// Promises: each doubt is a line of talk beside the line that says the order was taken. The author of a dropped file
// may see no terminal, so they get the doubts as mail.
// Never: refuses anything.
import { type Problem, printProblem } from '../platform/text/problem.ts';
import { postNotice } from '../record/post.ts';
import type { Workspace } from '../workspace/workspace.ts';

/**
 * Reports the doubts about an order that was taken. `text` is the order's text; with `mail` the operator gets a notice
 * too.
 */
export async function tellDoubts(
  workspace: Workspace,
  role: string,
  id: string,
  { list, text, mail }: { readonly list: readonly Problem[]; readonly text: string; readonly mail: boolean },
): Promise<void> {
  for (const one of list)
    workspace.tell({ kind: 'doubtful', role, order: id, detail: `line ${one.line}: ${one.message}`, weight: 'minor' });
  if (list.length === 0 || !mail) return;
  const printed = list.map((one) => printProblem(one, `inbox/${role}/${id}.md`, text)).join('\n\n');
  const head = `# ${id} was taken, and some of it is doubtful\n\n`;
  const hint = `Nothing needs to be done. To order it anew: fourline cancel ${id}, then drop the mended file.`;
  await postNotice(workspace.places, `${id}-doubts`, `${head}${printed}\n\n${hint}\n`);
}
