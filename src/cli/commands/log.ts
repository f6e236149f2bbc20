// Why: `fourline log` is the ledger for people who don't want to type git.
// Promises: the same sentences as the ledger's commits, oldest first.
// Never: changes anything.
import { authorOf, type Entry, type Fourline, openFourline, tellEntry } from '../../api.ts';
import { authorOption } from '../../platform/git/identity.ts';
import { clockTime } from '../../platform/text/clock.ts';
import { escapeJson, escapeText } from '../../platform/text/text.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/**
 * Shows the last `count` steps, of everybody, one role or one order; with `follow` each further one when it happens,
 * until somebody ends it.
 */
export async function runLog(
  invocation: Invocation,
  who: string | undefined,
  { n: count, follow }: { readonly n: number; readonly follow?: boolean },
): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  if (follow === true) return followSteps(invocation, fourline, who, count);
  const steps = await fourline.steps({ who, last: count });
  const order = orderMeant(steps, who);
  const ledger = `git -C ${fourline.root}/state/ledger.git log`;
  invocation.answer(steps, [
    ...tableOf(steps.map(logCells)),
    ...(steps.length === 0 ? ['nothing happened yet'] : []),
    `next: ${order !== undefined ? `fourline show ${order}` : who === undefined ? ledger : `${ledger} ${authorOption(who)}`}`,
  ]);
  return exitCodes.ok;
}

/** The last steps that are there, and the line of the journal behind which others follow. */
export async function stepsBefore(
  fourline: Pick<Fourline, 'look' | 'steps'>,
  who: string | undefined,
  count: number,
): Promise<{ readonly before: readonly Entry[]; readonly line: number }> {
  const { line } = await fourline.look();
  // A step that is written between the two is left to those that follow, so that it comes once.
  return { before: await fourline.steps({ who, last: count, until: line }), line };
}

// With --json each step is one line of JSON, for a program that reads line by line.
async function followSteps(
  invocation: Invocation,
  fourline: Fourline,
  who: string | undefined,
  count: number,
): Promise<number> {
  const { before, line } = await stepsBefore(fourline, who, count);
  const order = orderMeant(before, who);
  const isMeant = (entry: Entry): boolean =>
    who === undefined || authorOf(entry) === who || ('order' in entry && entry.order === order);
  const width = Math.max(8, ...before.map((one) => authorOf(one).length));
  const tell = (entry: Entry): void => {
    const [day = '', time = '', author = '', subject = ''] = logCells(entry);
    const text = invocation.json ? JSON.stringify(entry) : [day, time, author.padEnd(width), subject].join('  ');
    process.stdout.write(`${invocation.json ? escapeJson(text) : escapeText(text)}\n`);
  };
  for (const entry of before) tell(entry);
  for await (const entry of fourline.follow(line)) if (isMeant(entry)) tell(entry);
  return exitCodes.ok;
}

// `who` may be a role, or an order by any beginning of its id. The steps tell: those by somebody else are an order's.
function orderMeant(steps: readonly Entry[], who: string | undefined): string | undefined {
  return steps.flatMap((one) => (who !== undefined && authorOf(one) !== who && 'order' in one ? one.order : []))[0];
}

function logCells(entry: Entry): string[] {
  return [entry.at.slice(0, 10), clockTime(new Date(entry.at)), authorOf(entry), tellEntry(entry).subject];
}
