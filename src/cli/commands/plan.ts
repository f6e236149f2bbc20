// Why: `fourline plan` shows what would run now, what waits for what, and why: as text, as a mermaid graph, or as JSON.
// Promises: the same plan a shift would make at its next look; changes nothing.
// Never: needs a running shift.
import { lookAhead, type Outlook } from '../../daemon/preview.ts';
import { waitWords } from '../../ledger/story.ts';
import { countOf, escapeText } from '../../platform/text/text.ts';
import { lookAt } from '../../workspace/look.ts';
import { findWorkspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** Shows the plan. Exit 1 when orders wait in a circle: they would wait for ever. */
export async function runPlan(invocation: Invocation, options: { mermaid: boolean }): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history } = await lookAt(root, invocation.log);
  const outlook = await lookAhead(workspace, history);
  await workspace.close();
  const { running, start, held, parked, asked, untaken } = outlook;
  const circles = held.filter((one) => one.reason.startsWith('waits in a circle'));
  const data = {
    running,
    start,
    held: held.map(({ id, reason, order }) => ({ ...order, id, reason })),
    parked: parked.map(({ id, role, waits }) => ({ id, role, waits })),
    asked,
    untaken,
  };
  const lines = options.mermaid
    ? mermaidOf(outlook)
    : [
        ...tableOf([
          ...running.map((one) => [one.id, one.role, 'runs', '']),
          ...start.map((one) => [one.id, one.role, 'next', '']),
          ...held.map((one) => [one.id, one.order.role, 'waits', one.reason]),
          ...parked.map((one) => [one.id, one.role, 'waits', one.waits === null ? '' : waitWords(one.waits)]),
          ...asked.map(({ id, role, parent, after }) => [
            id,
            role,
            'asked for',
            `${after.length === 0 ? '' : `waits for ${after.map(escapeText).join(', ')}; `}sent when ${parent} is approved`,
          ]),
          ...untaken.map((one) => [escapeText(one.id), one.role, 'not taken', one.reason]),
        ]),
        `${countOf(running.length, 'order')} running, ${start.length} could start now, ${held.length + parked.length} wait, ${asked.length === 0 ? '' : `${asked.length} asked for, `}${untaken.length} not taken`,
        'next: fourline start, fourline plan --mermaid',
      ];
  invocation.answer(data, lines);
  return circles.length > 0 ? exitCodes.no : exitCodes.ok;
}

// Ids are letters, digits and dashes: they need no quoting as labels, but as names of nodes they do.
function mermaidOf({ running, start, held, parked, asked }: Outlook): string[] {
  const nodes: { id: string; role: string; after: readonly string[]; kind: string }[] = [
    ...running.map((one) => ({ ...one, after: [] as readonly string[], kind: 'runs' })),
    ...start.map((one) => ({ ...one, kind: 'next' })),
    ...held.map((one) => ({ ...one.order, kind: 'waits' })),
    ...parked.map((one) => ({ ...one, after: one.waits?.on === 'order' ? [one.waits.what] : [], kind: 'waits' })),
  ];
  nodes.push(...asked.map((one) => ({ ...one, after: [one.parent, ...one.after], kind: 'asked' })));
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
