// Why: a flow that is wrong in its last step is found before its first one runs.
// Promises: each problem has the line and column of the flow's file; the orders are read as they will be posted.
// Never: changes anything.
import { lintOrders } from '../flow/compose.ts';
import { parseFlow } from '../flow/flow.ts';
import { flowName } from '../flow/keys.ts';
import { type PlainFile, readPlain } from '../platform/files/files.ts';
import type { Problem } from '../platform/text/problem.ts';
import { escapeText } from '../platform/text/text.ts';
import type { Role } from '../role/role.ts';
import type { Look } from '../workspace/look.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { listFlowNames } from './flow-files.ts';
import { listTemplates } from './templates.ts';
import { planState } from './temporary-roles.ts';

// A file that was read: its path in the workspace, its text, and what is wrong with it.
type ReadFlow = { readonly file: string; readonly source: string; readonly problems: readonly Problem[] };

/** Whether an absolute path is that of a flow of the workspace. */
export function isFlowFile({ places: { root } }: Workspace, path: string): boolean {
  return path.startsWith(`${root}/flows/`) && path.endsWith('.md');
}

/** Checks all flows of the workspace. */
export async function checkFlows(workspace: Workspace): Promise<ReadFlow[]> {
  const { root } = workspace.places;
  const names = await listFlowNames(`${root}/flows`);
  return Promise.all(names.map((name) => checkFlow(workspace, `${root}/flows/${name}.md`)));
}

/** Checks one flow: its form, its orders, and that its roles are there. */
export async function checkFlow(
  { places, cards }: Workspace,
  path: string,
  reader: (path: string) => Promise<PlainFile> = readPlain,
): Promise<ReadFlow> {
  const file = path.slice(places.root.length + 1);
  const read = await reader(path);
  const flawAt = (message: string): Problem => ({ code: 'flow', level: 'error', message, line: 1, column: 1 });
  if (read.kind !== 'text') {
    const flaw = read.kind === 'flawed' ? read.flaw : 'it is gone';
    return { file, source: '', problems: [flawAt(`the flow cannot be read: ${flaw}`)] };
  }
  const name = file.slice('flows/'.length, -'.md'.length);
  const named = flowName.test(name)
    ? []
    : [flawAt(`'${escapeText(name)}' is no name of a flow: small letters, digits and -`)];
  const reading = parseFlow(read.text);
  if (!reading.ok) return { file, source: read.text, problems: [...named, ...reading.problems] };
  const templates = await listTemplates();
  const strangers = reading.flow.steps
    .filter(({ to }) => to.text !== 'operator' && !cards.has(to.text))
    .map(({ to: { text, line, column } }): Problem => {
      const hint = `fourline role new ${text}${templates.includes(text) ? ` --from ${text}` : ''}`;
      return { code: 'flow-role', level: 'warning', message: `to: there is no role '${text}' yet`, line, column, hint };
    });
  return { file, source: read.text, problems: [...named, ...strangers, ...lintOrders(reading.flow)] };
}

/** Says that a card is made for a plan that is not there, or that failed. `text` is the card's. */
export async function planDoubts(
  asked: Pick<Look, 'workspace' | 'history'>,
  { name, for: plan }: Pick<Role, 'name' | 'for'>,
  text: string,
): Promise<Problem[]> {
  const state = plan === null ? 'open' : await planState(asked, plan);
  if (state !== 'unknown' && state !== 'failed') return [];
  const line = text.split('\n').findIndex((one) => one.startsWith('for:')) + 1;
  const about = { code: 'role-for', level: 'warning', line: Math.max(line, 1), column: 1 } as const;
  const [message, hint] =
    state === 'unknown'
      ? [`there is no order and no run '${plan}'`, 'fourline status lists the orders, fourline flow list the runs']
      : [`${plan} failed, and may be done again`, `fourline retry ${plan}, or fourline role remove ${name}`];
  return [{ ...about, message: `for: ${message}, so the card stays`, hint }];
}
