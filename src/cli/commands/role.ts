// Why: `fourline role` lists, shows, makes, compares, tests and removes cards. Editing is for an editor.
// Promises: a card that exists is never replaced; what a role may do is said in the gate's own lines. A card is removed
// on a person's word alone, and its undo is printed.
// Never: changes a card.
import { Fault, type NewCard, openFourline, type ReplayQuestion, type RoleTies, type Verdict } from '../../api.ts';
import { printProblem } from '../../platform/text/problem.ts';
import { countOf, escapeLines, shellWord } from '../../platform/text/text.ts';
import { confirms } from '../ask.ts';
import { changedLines, powerLines } from '../card-powers.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** Lists the roles with what they may write and whom they may write to. */
export async function runRoleList(invocation: Invocation): Promise<number> {
  const rows = await (await openFourline(invocation.directory, invocation)).roles({ files: true });
  invocation.answer(rows, [
    ...tableOf(
      [
        ['ROLE', 'AGENT', 'FILES', 'WRITES', 'SENDS TO', ''],
        ...rows.map((row) => [
          row.name,
          [row.agent, row.model ?? ''].filter(Boolean).join(' '),
          `${row.files ?? ''}`,
          row.write.join(' ') || '(nothing)',
          row.send.join(' ') || '(nobody)',
          [row.state, row.paused === null ? '' : 'paused'].filter(Boolean).join('; ') || row.description,
        ]),
      ],
      [2],
    ),
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
  const { path, text, problems } = made;
  for (const problem of problems)
    for (const line of printProblem(problem, path, text).split('\n')) invocation.log.say(line);
  invocation.answer(made, [path, `next: edit it, then fourline check ${path}; undo: rm ${path}`]);
  return exitCodes.ok;
}

/** Shows the edit of a card that is not in force: its lines, and the files that the role gains and loses by it. */
export async function runRoleDiff(invocation: Invocation, name: string): Promise<number> {
  const { edit, problems, file, source } = await (await openFourline(invocation.directory, invocation)).role(name);
  if (edit === null) {
    invocation.answer(edit, [`${file} has no edit since fourline last took it`]);
    return exitCodes.ok;
  }
  const lines = changedLines(edit.before, edit.after);
  const powers = edit.broken
    ? problems.flatMap((problem) => [printProblem(problem, file, source), ''])
    : powerLines(edit);
  const next = edit.broken ? `fourline check ${file}` : `fourline role test ${name}`;
  invocation.answer(edit, [...lines, '', ...powers, `next: ${next}`]);
  return edit.broken ? exitCodes.no : exitCodes.ok;
}

/** Judges the last orders of a role again, by its card's file. The exit code is 1 where a verdict would change. */
export async function runRoleTest(
  invocation: Invocation,
  name: string,
  { last, against }: ReplayQuestion,
): Promise<number> {
  if (last !== undefined && last < 1) throw new Fault('usage', '--last takes a number above 0');
  const replay = await (await openFourline(invocation.directory, invocation)).replay(name, { last, against });
  const { orders, verdicts, changed } = replay;
  const word = ({ decision }: Verdict): string => (decision === 'allow' ? 'allowed' : 'refused');
  const why = (one: Verdict): string => (one.decision === 'allow' ? (one.by[0]?.pattern ?? '') : one.sentence);
  invocation.answer(replay, [
    ...tableOf(
      changed.map(({ order, before, after }) => [order, before.path, `${word(before)} → ${word(after)}`, why(after)]),
    ),
    orders.length === 0
      ? `no order of ${name} was judged yet: there is nothing to judge again`
      : `${countOf(orders.length, 'order')}, ${countOf(verdicts, 'change')}: ${changed.length || 'none'} would be judged otherwise`,
  ]);
  return changed.length > 0 ? exitCodes.no : exitCodes.ok;
}

/**
 * Removes a card, once a person says so. The exit code is 1 where they don't. Throws Fault `usage` where nobody can be
 * asked, `role-unknown`, `role-unreadable`, `role-edited`.
 */
export async function runRoleRemove(invocation: Invocation, name: string, yes: boolean): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  const ties = await fourline.ties(name);
  for (const line of tellTies(ties)) invocation.log.say(line);
  if (!yes && !(await confirms(`Remove ${ties.file}? [y/N] `))) {
    invocation.answer({ ...ties, kept: null }, ['nothing is removed']);
    return exitCodes.no;
  }
  const removed = await fourline.removeRole(name, ties.digest);
  const undo = `cp ${shellWord(removed.kept)} ${shellWord(`${fourline.root}/${removed.file}`)}`;
  invocation.answer(removed, [`${removed.file} is removed`, `undo: ${undo}`]);
  return exitCodes.ok;
}

function tellTies({ role, orders, namedBy }: RoleTies): string[] {
  return [
    ...(orders.length > 0 ? [`${countOf(orders.length, 'order')} of ${role} would wait: ${orders.join(', ')}`] : []),
    ...(namedBy.length > 0 ? [`send: or review: names ${role} in the cards of ${namedBy.join(', ')}`] : []),
  ];
}
