// Why: `fourline role` lists, shows and makes cards. Editing is for an editor.
// Promises: a card that exists is never replaced; what a role may do is said in the gate's own lines.
// Never: changes a card.
import { makeFolder, writeDurable } from '../../platform/files/files.ts';
import { Fault } from '../../platform/text/fault.ts';
import { readPattern } from '../../platform/text/glob.ts';
import { printProblem } from '../../platform/text/problem.ts';
import { escapeLines } from '../../platform/text/text.ts';
import { roleNameFlaw } from '../../role/role.ts';
import { agentName } from '../../role/role-settings.ts';
import { readCards, readCardText } from '../../role/roles.ts';
import { lookAt } from '../../workspace/look.ts';
import { findWorkspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** Lists the roles with what they may write and whom they may write to. */
export async function runRoleList(invocation: Invocation): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace } = await lookAt(root, invocation.log);
  await workspace.close();
  const readings = await readCards(workspace.places);
  const rows = readings.map((reading) => {
    const card = workspace.cards.get(reading.name);
    const state =
      reading.card !== null ? '' : card === undefined ? 'broken' : 'broken edit; the last good card is in force';
    return {
      name: reading.name,
      agent: card === undefined ? '' : agentName(card.role.agent),
      model: card?.role.model ?? null,
      write: card?.role.write.map((one) => one.glob.text) ?? [],
      read: card?.role.read.map((one) => one.glob.text) ?? [],
      send: card?.role.send.map((one) => one.role) ?? [],
      description: card?.role.description ?? '',
      state,
    };
  });
  invocation.answer(rows, [
    ...tableOf([
      ['ROLE', 'AGENT', 'WRITES', 'SENDS TO', ''],
      ...rows.map((row) => [
        row.name,
        [row.agent, row.model ?? ''].filter(Boolean).join(' '),
        row.write.join(' ') || '(nothing)',
        row.send.join(' ') || '(nobody)',
        row.state || row.description,
      ]),
    ]),
    rows.length === 0 ? 'next: fourline role new coder' : `next: fourline role show ${rows[0]?.name ?? ''}`,
  ]);
  return rows.some((row) => row.state !== '') ? exitCodes.no : exitCodes.ok;
}

/** Shows one card as it is in force. */
export async function runRoleShow(invocation: Invocation, name: string): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace } = await lookAt(root, invocation.log);
  await workspace.close();
  const reading = (await readCards(workspace.places)).find((one) => one.name === name);
  const card = workspace.cards.get(name);
  if (reading === undefined && card === undefined)
    throw new Fault('role-unknown', `there is no role '${name}'`, {
      hint: `the roles are ${[...workspace.cards.keys()].join(', ') || 'none yet'}`,
    });
  const problems = reading?.card === null ? reading.problems : [];
  invocation.answer(
    { name, digest: card?.digest ?? null, role: card?.role ?? null, problems, text: card?.text ?? reading?.text ?? '' },
    [
      ...problems.flatMap((problem) => [printProblem(problem, reading?.file ?? '', reading?.text ?? ''), '']),
      ...(problems.length > 0 && card !== undefined ? ['The last good card is in force:', ''] : []),
      escapeLines((card?.text ?? '').trimEnd()),
      ...(card === undefined ? [] : ['', `digest sha256:${card.digest}`, `next: fourline can ${name} <path>`]),
    ],
  );
  return problems.length > 0 ? exitCodes.no : exitCodes.ok;
}

/** Makes a card to edit. Throws Fault `role-exists`, `role-name`, `role-glob`. */
export async function runRoleNew(
  invocation: Invocation,
  name: string,
  options: { write: readonly string[]; read: readonly string[]; send: readonly string[] },
): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const flaw = roleNameFlaw(name);
  if (flaw !== undefined) throw new Fault('role-name', flaw);
  for (const key of ['write', 'read'] as const)
    for (const glob of options[key]) {
      const reading = readPattern(glob);
      if (!reading.ok)
        throw new Fault('role-glob', `--${key} '${glob}' is no pattern: ${reading.reason}`, { hint: reading.hint });
    }
  const text = cardText(name, options);
  const reading = readCardText(name, text);
  if (reading.card === null)
    throw new Fault('role-card', reading.problems[0]?.message ?? 'the card would not be good', {
      hint: reading.problems[0]?.hint,
    });
  const made = await writeDurable(`${root}/roles/${name}.md`, text, { replace: false });
  if (!made) throw new Fault('role-exists', `roles/${name}.md exists already`, { hint: 'edit it' });
  await makeFolder(`${root}/inbox/${name}`);
  invocation.answer({ name, path: `roles/${name}.md` }, [
    `roles/${name}.md`,
    `next: edit it, then fourline check roles/${name}.md; undo: rm roles/${name}.md`,
  ]);
  return exitCodes.ok;
}

function cardText(name: string, options: Parameters<typeof runRoleNew>[2]): string {
  const read = options.read.length > 0 ? ['read: |', ...options.read.map((one) => `  ${one}`)] : [];
  const write =
    options.write.length > 0
      ? ['write: |', ...options.write.map((one) => `  ${one}`)]
      : ['# write: |', '#   repos/*/src/**'];
  return [
    '---',
    `description: What ${name} is for, in one sentence.`,
    'agent: claude',
    'env: ANTHROPIC_API_KEY',
    'network: model',
    '# One pattern a line, as workspace paths. Without write: the role can change nothing.',
    ...write,
    ...read,
    options.send.length > 0 ? `send: ${options.send.join(', ')}` : '# send: coordinator',
    'limits: { runs: 1, minutes: 30, attempts: 3 }',
    '---',
    `You are ${name}. Say here how the work is done, what matters, and when to refuse.`,
    '',
  ].join('\n');
}
