// Why: `fourline role` lists, shows and makes cards. Editing is for an editor.
// Promises: a card that exists is never replaced; what a role may do is said in the gate's own lines.
// Never: changes a card.
import { type NewCard, openFourline } from '../../api.ts';
import { printProblem } from '../../platform/text/problem.ts';
import { escapeLines } from '../../platform/text/text.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** Lists the roles with what they may write and whom they may write to. */
export async function runRoleList(invocation: Invocation): Promise<number> {
  const rows = await (await openFourline(invocation.directory, invocation)).roles();
  invocation.answer(rows, [
    ...tableOf([
      ['ROLE', 'AGENT', 'WRITES', 'SENDS TO', ''],
      ...rows.map((row) => [
        row.name,
        [row.agent, row.model ?? ''].filter(Boolean).join(' '),
        row.write.join(' ') || '(nothing)',
        row.send.join(' ') || '(nobody)',
        [row.state, row.paused === null ? '' : 'paused'].filter(Boolean).join('; ') || row.description,
      ]),
    ]),
    rows.length === 0 ? 'next: fourline role new coder' : `next: fourline role show ${rows[0]?.name ?? ''}`,
  ]);
  return rows.some((row) => row.state !== '') ? exitCodes.no : exitCodes.ok;
}

/** Shows one card as it is in force. */
export async function runRoleShow(invocation: Invocation, name: string): Promise<number> {
  const card = await (await openFourline(invocation.directory, invocation)).role(name);
  const { problems, file, source, text, digest } = card;
  invocation.answer(card, [
    ...problems.flatMap((problem) => [printProblem(problem, file, source), '']),
    ...(problems.length > 0 && digest !== null ? ['The last good card is in force:', ''] : []),
    escapeLines((digest === null ? '' : text).trimEnd()),
    ...(digest === null ? [] : ['', `digest sha256:${digest}`, `next: fourline can ${name} <path>`]),
  ]);
  return problems.length > 0 ? exitCodes.no : exitCodes.ok;
}

/** Makes a card to edit. Throws Fault `role-exists`, `role-name`, `role-glob`. */
export async function runRoleNew(invocation: Invocation, name: string, options: NewCard): Promise<number> {
  const made = await (await openFourline(invocation.directory, invocation)).newRole(name, options);
  invocation.answer(made, [made.path, `next: edit it, then fourline check ${made.path}; undo: rm ${made.path}`]);
  return exitCodes.ok;
}
