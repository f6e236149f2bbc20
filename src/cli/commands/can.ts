// Why: `fourline can` asks the gate before anybody works: may this role change this path, and which line says so. With --hook an agent CLI asks it before each edit.
// Promises: the answer is the gate's own, from the card in force; exit 0 only when every path is allowed; as a hook, 2 with the reason when one is refused.
// Never: changes anything.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { pathFlaw } from '../../changes/path.ts';
import { handDown } from '../../delegation/family.ts';
import { closePins } from '../../gate/contract.ts';
import { judgeOne, type Law } from '../../gate/gate.ts';
import { showDeciding, type Verdict } from '../../gate/verdict.ts';
import { parseOrder } from '../../order/order.ts';
import { Fault } from '../../platform/text/fault.ts';
import { escapeText } from '../../platform/text/text.ts';
import { compileScope } from '../../role/boundary.ts';
import { pathsAsked } from '../../sandbox/inside/hook.ts';
import { findOrder, lookAt } from '../../workspace/look.ts';
import { findWorkspace, repoOf } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';
import { readOrderText } from './record.ts';

/** Asks the gate about paths. `order` is a file or an id. */
export async function runCan(
  invocation: Invocation,
  name: string | undefined,
  paths: readonly string[],
  order: string | undefined,
): Promise<number> {
  if (name === undefined || paths.length === 0)
    throw new Fault('usage', 'fourline can needs a role and a path', { hint: 'fourline can <role> <paths...>' });
  const root = await findWorkspace(invocation.directory);
  const { law, repo } = await findLaw(invocation, root, name, order);
  const verdicts = paths.map((path) => {
    const full =
      /^(?:repos|state|inbox|roles)\/|^fourline\.yaml$/.test(path) || repo === null ? path : `repos/${repo}/${path}`;
    return { asked: full, verdict: ask(full, law) };
  });
  const refused = verdicts.filter((one) => one.verdict.decision === 'refuse');
  invocation.answer(
    verdicts.map((one) => one.verdict),
    tableOf(
      verdicts.map(({ asked, verdict }) => {
        if (verdict.decision === 'allow') return ['yes', asked, showDeciding(verdict.by)];
        return ['no', asked, [verdict.sentence, showDeciding(verdict.by)].filter(Boolean).join('   ')];
      }),
    ),
  );
  return refused.length > 0 ? exitCodes.no : exitCodes.ok;
}

/** Answers a hook on standard input, for people's own sessions in the workspace. Without a role it is the order's. */
export async function runCanHook(
  invocation: Invocation,
  name: string | undefined,
  order: string | undefined,
): Promise<number> {
  const asked = pathsAsked(await text(process.stdin));
  const root = await findWorkspace(invocation.directory);
  const inside = asked.filter((path) => path.startsWith(`${root}/`)).map((path) => path.slice(root.length + 1));
  if (inside.length === 0) return exitCodes.ok;
  const { law, files } = await findLaw(invocation, root, name, order);
  for (const path of inside) {
    const verdict = ask(path, law);
    if (verdict.decision === 'allow') continue;
    const reason = [verdict.sentence, showDeciding(verdict.by)].filter(Boolean).join('   ');
    const list = files === null ? '' : ` The order's Files: ${files.join(', ')}.`;
    process.stderr.write(`${escapeText(`not yours: ${path}: ${reason}.${list}`)}\n`);
    return hookRefuses;
  }
  return exitCodes.ok;
}

// What hooks of agent CLIs end with to refuse.
const hookRefuses = 2;

function ask(path: string, law: Law): Verdict {
  return judgeOne({ path, what: 'modified', flaw: pathFlaw(path) }, law);
}

type Found = { readonly law: Law; readonly repo: string | null; readonly files: readonly string[] | null };

async function findLaw(
  invocation: Invocation,
  root: string,
  name: string | undefined,
  order: string | undefined,
): Promise<Found> {
  const { workspace, history } = await lookAt(root, invocation.log);
  await workspace.close();
  const written = order === undefined ? null : await readFile(order, 'utf8').catch(() => null);
  const standing = order === undefined || written !== null ? undefined : history.orders.get(findOrder(history, order));
  const role = name ?? standing?.role;
  if (role === undefined)
    throw new Fault('usage', 'whose edits are asked about is not said', {
      hint: 'fourline can <role> --hook, or the id of an order that was sent: fourline can --hook --order <id>',
    });
  const card = workspace.cards.get(role);
  if (card === undefined)
    throw new Fault('role-unknown', `there is no role '${role}'`, {
      hint: `the roles are ${[...workspace.cards.keys()].join(', ') || 'none yet'}`,
    });
  if (order === undefined)
    return {
      law: { grant: card.grant, scope: null, pinned: [] },
      repo: await repoOf(workspace, undefined),
      files: null,
    };
  const reading = parseOrder(
    written ?? (standing === undefined ? '' : ((await readOrderText(workspace.places, standing)) ?? '')),
    written === null,
  );
  if (!reading.ok)
    throw new Fault('order-unreadable', `${order}: ${reading.problems[0]?.message ?? 'no order'}`, {
      hint: 'fourline check says more',
    });
  const { files, settings } = reading.order;
  const repo = standing?.repo ?? (await repoOf(workspace, settings.repo));
  const scope = compileScope(files, repo, 'order');
  const id = standing?.id ?? 'this order';
  const parent = standing?.parent ?? settings.parent ?? null;
  const { contract } = handDown(history, { id, parent, order: reading.order, repo });
  return {
    law: { grant: card.grant, scope, pinned: closePins(contract, role, scope) },
    repo,
    files: files.map((one) => one.text),
  };
}
