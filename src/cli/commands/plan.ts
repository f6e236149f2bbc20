// Why: `fourline plan` shows what would run now, what waits for what, and why: as text, as a mermaid graph, or as JSON.
// Promises: the same plan a daemon would make at its next look; changes nothing.
// Never: needs a running daemon.
import { openFourline, type Plan, waitWords } from '../../api.ts';
import { countOf, escapeText } from '../../platform/text/text.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** Shows the plan. Exit 1 when orders wait in a circle: they would wait for ever. */
export async function runPlan(invocation: Invocation, options: { mermaid: boolean }): Promise<number> {
  const plan = await (await openFourline(invocation.directory, invocation)).plan();
  invocation.answer(plan, options.mermaid ? mermaidOf(plan) : planLines(plan));
  return plan.held.some((one) => one.reason.startsWith('waits in a circle')) ? exitCodes.no : exitCodes.ok;
}

function planLines({ running, start, held, parked, asked, untaken }: Plan): string[] {
  const askedFor = asked.length === 0 ? '' : `${asked.length} asked for, `;
  return [
    ...tableOf([
      ...running.map((one) => [one.id, one.role, 'runs', '']),
      ...start.map((one) => [one.id, one.role, 'next', '']),
      ...held.map((one) => [one.id, one.role, 'waits', one.reason]),
      ...parked.map((one) => [one.id, one.role, 'waits', one.waits === null ? '' : waitWords(one.waits)]),
      ...asked.map(({ id, role, parent, after }) => [
        id,
        role,
        'asked for',
        `${after.length === 0 ? '' : `waits for ${after.map(escapeText).join(', ')}; `}sent when ${parent} is approved`,
      ]),
      ...untaken.map((one) => [escapeText(one.id), one.role, 'not taken', one.reason]),
    ]),
    `${countOf(running.length, 'order')} running, ${start.length} could start now, ${held.length + parked.length} wait, ${askedFor}${untaken.length} not taken`,
    'next: fourline start, fourline plan --mermaid',
  ];
}

// Ids are letters, digits and dashes: they need no quoting as labels, but as names of nodes they do.
function mermaidOf({ running, start, held, parked, asked }: Plan): string[] {
  const nodes: { id: string; role: string; after: readonly string[]; kind: string }[] = [
    ...running.map((one) => ({ ...one, after: [] as readonly string[], kind: 'runs' })),
    ...start.map((one) => ({ ...one, kind: 'next' })),
    ...held.map((one) => ({ ...one, kind: 'waits' })),
    ...parked.map((one) => ({ ...one, after: one.waits?.on === 'order' ? [one.waits.what] : [], kind: 'waits' })),
    ...asked.map((one) => ({ ...one, after: [one.parent, ...one.after], kind: 'asked' })),
  ];
  const names = new Map(nodes.map((one, index) => [one.id, `n${index}`]));
  const arrows = nodes.flatMap((one) =>
    one.after.flatMap((id) => (names.has(id) ? [`  ${names.get(id)} --> ${names.get(one.id)}`] : [])),
  );
  return [
    'graph LR',
    ...nodes.map((one) => `  ${names.get(one.id)}["${one.id}<br>${one.role}"]:::${one.kind}`),
    ...arrows,
    '  classDef runs fill:#cfc',
    '  classDef next fill:#ffc',
    '  classDef waits fill:#eee',
    ...(asked.length === 0 ? [] : ['  classDef asked fill:#fff,stroke-dasharray:3']),
  ];
}
