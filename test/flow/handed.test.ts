import { expect, test } from 'vitest';
import { composeGate } from '../../src/flow/gate.ts';
import { handReports, listedIn, missingHeadings } from '../../src/flow/handed.ts';

const quote = (text: string): string =>
  `---\noutcome: done\n---\n\n# Look\n\n${text.replace(/^/gm, '> ')}\n\n## Landed\n- a\n`;

const said = quote(
  '## Found\nIt is a list.\n### Deeper\nstill it\n**Where:** src/a.ts:3\n- src/b.ts:4\n## Change\n```\n## not a heading\n```\nDone.',
);

test('reports are handed down in the form of the headings that the step asks for', () => {
  const order = { id: '0001-x', role: 'scout', outcome: 'done', landed: ['repos/shop/a.md'], report: said };
  const text = handReports('look', ['Found', 'Where', 'Change', 'Open'], [order]);
  expect(text).toBe(`# look: 0001-x

By scout; it ended as done.
It landed:

- repos/shop/a.md

## Found

> It is a list.
> ### Deeper
> still it

## Where

> src/a.ts:3
> - src/b.ts:4

## Change

> \`\`\`
> ## not a heading
> \`\`\`
> Done.

## Open

(the report says nothing about it)

## The whole report

${said
  .split('\n')
  .filter((line) => line.startsWith('>'))
  .join('\n')}
`);
});

test('a heading counts however it is marked, and one that no report has is missing', () => {
  for (const form of ['# found', '###### Found:', '**Found**', '**Found:** here', 'Found: here'])
    expect(missingHeadings(['Found'], [quote(form)]), form).toEqual([]);
  for (const form of ['Found it.', '## Found nothing', '```\n## Found\n```', '## Foundation'])
    expect(missingHeadings(['Found'], [quote(form)]), form).toEqual(['Found']);
  expect(missingHeadings(['Found'], ['## Found\nnot the words of an agent'])).toEqual(['Found']);
});

test('a list is the bullets below its heading, and no other', () => {
  expect(
    listedIn(quote('- before\n## List\n- `src/a.ts`\n* src/b.ts\n1. src/c.ts\nno bullet\n## Next\n- after')),
  ).toEqual(['src/a.ts', 'src/b.ts', 'src/c.ts']);
  expect(listedIn('## List\n- of fourline itself\n')).toEqual([]);
});

test('a list that a gate approves stands at the top, also below a long report', () => {
  const report = quote(`${'long '.repeat(5000)}\n## List\n- src/**`);
  const text = handReports('plan', ['List'], [{ id: '0001-x', role: 'planner', outcome: 'done', landed: [], report }]);
  const form = composeGate({ run: 'cut-1', step: 'agree', asked: '', handed: [text] });
  expect(form).toContain('> ## List\n>\n> > - src/**\n');
  expect(form).toContain('it is cut here');
});

test('a bullet of many blanks is read in one go', () => {
  const blanks = ' '.repeat(4_000_000);
  expect(listedIn(quote(`## List\n- a${blanks}b\n- c${blanks}`))).toEqual([`a${blanks}b`, 'c']);
});
