// Why: `fourline why` says of each change of an order what became of it, and which line of which file decided.
// Promises: what is shown is what the gate wrote down when it judged.
// Never: judges again; that is audit's.
import { showDeciding, showDeed, type Verdict } from '../../gate/verdict.ts';
import { Fault } from '../../platform/text/fault.ts';
import { escapeText, shellWord } from '../../platform/text/text.ts';
import { findOrder, lookAt } from '../../workspace/look.ts';
import { findWorkspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';
import { readVerdicts } from './record.ts';

/** Explains an order's changes, or those at one path. Exit 1 when something was refused. */
export async function runWhy(invocation: Invocation, prefix: string, path: string | undefined): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history } = await lookAt(root, invocation.log);
  await workspace.close();
  const id = findOrder(history, prefix);
  const standing = history.orders.get(id);
  const record = standing === undefined ? null : await readVerdicts(workspace.places, standing);
  if (standing === undefined || record === null) {
    invocation.answer({ id, verdicts: [] }, [
      `${id}  ${standing?.role ?? ''}  ${standing?.outcome ?? standing?.position ?? ''}: nothing was judged${standing?.note ? ` (${standing.note})` : ''}`,
    ]);
    return exitCodes.ok;
  }
  const local = (full: string): string =>
    standing.repo !== null && full.startsWith(`repos/${standing.repo}/`) ? full.slice(standing.repo.length + 7) : full;
  const chosen = record.verdicts.filter(
    (one) =>
      path === undefined ||
      one.path === path ||
      local(one.path) === path ||
      one.path.startsWith(`${path}/`) ||
      local(one.path).startsWith(`${path}/`),
  );
  if (path !== undefined && chosen.length === 0)
    throw new Fault('path-unchanged', `${id} changed nothing at '${path}'`, {
      hint: `fourline why ${id} lists what it changed`,
    });
  const refused = chosen.filter((one) => one.decision === 'refuse');
  const grantable = refused.find(isGrantable);
  const kept = chosen.length - refused.length;
  const word = standing.outcome === 'done' ? 'landed' : 'allowed';
  invocation.answer({ id, role: standing.role, outcome: standing.outcome, scratch: record.scratch, verdicts: chosen }, [
    `${id}  ${standing.role}  ${chosen.length} changed, ${kept} ${word}, ${refused.length} refused${record.scratch > 0 ? `, ${record.scratch} scratch` : ''}`,
    ...tableOf(
      chosen.map((one) => [
        `  ${one.decision === 'allow' ? word : 'refused'}`,
        `${local(one.path)}${one.moved === undefined ? '' : ` (${showDeed(one, local)})`}`,
        one.decision === 'allow' ? showDeciding(one.by) : reasonOf(one),
      ]),
    ),
    ...(refused.length > 0
      ? [
          `  kept: fourline show ${id} --refused`,
          ...(grantable === undefined
            ? []
            : [`  next: fourline order <role that may> "…" --file ${shellWord(escapeText(local(grantable.path)))}`]),
        ]
      : []),
  ]);
  return refused.length > 0 ? exitCodes.no : exitCodes.ok;
}

// Another role may be granted a repository's file that this card or this order does not name; the floor and the mail's rules hold for every role.
function isGrantable(verdict: Extract<Verdict, { decision: 'refuse' }>): boolean {
  return verdict.path.startsWith('repos/') && ['write', 'deny', 'files'].includes(verdict.reason);
}

function reasonOf(verdict: Extract<Verdict, { decision: 'refuse' }>): string {
  return [verdict.sentence, showDeciding(verdict.by)].filter(Boolean).join('   ');
}
