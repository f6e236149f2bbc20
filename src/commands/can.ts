// Why: `fourline can` asks the gate before anybody works: may this role change this path, and which line says so.
// Promises: the answer is the gate's own, from the card in force; exit 0 only when every path is allowed.
// Never: changes anything.
import { readFile } from 'node:fs/promises';
import { pathFlaw } from '../changes/path.ts';
import { findOrder, lookAt } from '../desk.ts';
import { judgeOne } from '../gate/gate.ts';
import { showDeciding } from '../gate/verdict.ts';
import { Fault } from '../ground/fault.ts';
import { parseOrder } from '../order/order.ts';
import { compileScope } from '../role/boundary.ts';
import type { Matcher } from '../role/grant.ts';
import { findWorkspace, repoOf } from '../workspace.ts';
import { exitCodes, type Invocation, tableOf } from './invocation.ts';
import { readOrderText } from './record.ts';

/** Asks the gate about paths. `order` is a file or an id. */
export async function runCan(
  invocation: Invocation,
  name: string,
  paths: readonly string[],
  order: string | undefined,
): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history } = await lookAt(root, invocation.log);
  await workspace.close();
  const card = workspace.cards.get(name);
  if (card === undefined)
    throw new Fault('role-unknown', `there is no role '${name}'`, {
      hint: `the roles are ${[...workspace.cards.keys()].join(', ') || 'none yet'}`,
    });
  let scope: Matcher | null = null;
  let repo = await repoOf(workspace, undefined);
  if (order !== undefined) {
    const text = await readFile(order, 'utf8').catch(() => null);
    const standing = text === null ? history.orders.get(findOrder(history, order)) : undefined;
    const reading = parseOrder(
      text ?? (standing === undefined ? '' : ((await readOrderText(workspace.places, standing)) ?? '')),
    );
    if (!reading.ok)
      throw new Fault('order-unreadable', `${order}: ${reading.problems[0]?.message ?? 'no order'}`, {
        hint: 'fourline check says more',
      });
    repo = standing?.repo ?? (await repoOf(workspace, reading.order.settings.repo));
    scope = compileScope(reading.order.files, repo, 'order');
  }
  const verdicts = paths.map((path) => {
    const full =
      /^(?:repos|state|inbox|roles)\/|^fourline\.yaml$/.test(path) || repo === null ? path : `repos/${repo}/${path}`;
    return {
      asked: full,
      verdict: judgeOne({ path: full, what: 'modified', flaw: pathFlaw(full) }, { grant: card.grant, scope }),
    };
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
