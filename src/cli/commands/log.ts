// Why: `fourline log` is the ledger for people who don't want to type git.
// Promises: the same sentences as the ledger's commits, oldest first.
// Never: changes anything.
import { authorOf, openFourline, tellEntry } from '../../api.ts';
import { authorOption } from '../../platform/git/identity.ts';
import { clockTime } from '../../platform/text/clock.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** Shows the last `count` steps, of everybody, one role or one order. */
export async function runLog(invocation: Invocation, who: string | undefined, count: number): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  const steps = await fourline.steps({ who, last: count });
  // Steps by somebody else than `who` are an order's.
  const order = steps.flatMap((one) =>
    who !== undefined && authorOf(one) !== who && 'order' in one ? one.order : [],
  )[0];
  const ledger = `git -C ${fourline.root}/state/ledger.git log`;
  invocation.answer(steps, [
    ...tableOf(
      steps.map((entry) => [
        entry.at.slice(0, 10),
        clockTime(new Date(entry.at)),
        authorOf(entry),
        tellEntry(entry).subject,
      ]),
    ),
    ...(steps.length === 0 ? ['nothing happened yet'] : []),
    `next: ${order !== undefined ? `fourline show ${order}` : who === undefined ? ledger : `${ledger} ${authorOption(who)}`}`,
  ]);
  return exitCodes.ok;
}
