// Why: `fourline log` is the ledger for people who don't want to type git.
// Promises: the same sentences as the ledger's commits, oldest first.
// Never: changes anything.
import type { History } from '../../ledger/standing.ts';
import { authorOf, tellEntry } from '../../ledger/story.ts';
import { authorOption } from '../../platform/git/identity.ts';
import { clockTime } from '../../platform/text/clock.ts';
import { Fault } from '../../platform/text/fault.ts';
import { findOrder, lookAt } from '../../workspace/look.ts';
import { findWorkspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** Shows the last `count` steps, of everybody, one role or one order. */
export async function runLog(invocation: Invocation, who: string | undefined, count: number): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history, entries } = await lookAt(root, invocation.log);
  await workspace.close();
  const isRole =
    who === undefined ||
    who === 'operator' ||
    workspace.cards.has(who) ||
    entries.some((entry) => authorOf(entry) === who);
  const order = who !== undefined && !isRole ? orderOf(history, who, [...workspace.cards.keys()]) : undefined;
  const chosen = entries.filter((entry) =>
    order !== undefined ? 'order' in entry && entry.order === order : who === undefined || authorOf(entry) === who,
  );
  const shown = chosen.slice(-Math.max(1, count));
  invocation.answer(shown, [
    ...tableOf(
      shown.map((entry) => [
        entry.at.slice(0, 10),
        clockTime(new Date(entry.at)),
        authorOf(entry),
        tellEntry(entry).subject,
      ]),
    ),
    ...(shown.length === 0 ? ['nothing happened yet'] : []),
    `next: ${order === undefined ? `git -C ${workspace.places.ledger} log${who === undefined ? '' : ` ${authorOption(who)}`}` : `fourline show ${order}`}`,
  ]);
  return exitCodes.ok;
}

function orderOf(history: History, who: string, roles: readonly string[]): string {
  try {
    return findOrder(history, who);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'order-unknown') throw error;
    throw new Fault('order-unknown', `'${who}' is neither a role nor an order`, {
      hint: `the roles are ${roles.join(', ') || 'none yet'}; fourline status lists the orders`,
    });
  }
}
