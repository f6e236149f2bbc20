// A report is mail: however much an agent did, it stays small enough to be read, and says where the rest is.
import { expect, test } from 'vitest';
import { blankReport, composeReport } from '../../src/record/report.ts';
import { reportLimits } from '../../src/record/report-words.ts';
import { openOffice, order } from '../kit/office.ts';

const names = (count: number, letter = 'x'): string[] =>
  Array.from({ length: count }, (_, at) => `${letter.repeat(200)}${at}`);
const blank = blankReport({ id: '0001-x', role: 'coder', from: 'operator', title: 'Work.', refused: [] });

test.each([
  ['letters', 'x'],
  ['letters of three bytes', '\u4e00'],
  ['what is escaped', '\u202e'],
])('the largest there can be is below the size of mail: %s', (_, letter) => {
  const many = names(20_000, letter);
  const text = letter.repeat(250_000);
  const report = composeReport({
    ...blank,
    outcome: 'failed',
    title: text,
    note: text,
    summary: `${text}\n`.repeat(3),
    refused: many.map((path) => ({ path, sentence: letter.repeat(300) })),
    checks: many.map((command) => ({ command, status: 1, milliseconds: 1, tail: '', timedOut: false })),
    ...{ landed: many, sent: many, left: many, kept: many, unreached: many, missing: many, waiting: many },
  });
  expect(Buffer.byteLength(report)).toBeLessThan(256 * 1024);
});

test('ten thousand refused files are a hundred lines, a count and the command that names all; a short list is whole', () => {
  const refused = Array.from({ length: 10_000 }, (_, at) => ({ path: `src/${at}.ts`, sentence: 'no' }));
  const report = composeReport({ ...blank, outcome: 'done', note: '', refused, landed: ['a.ts', 'b.ts'] });
  expect(report.split('\n').filter((line) => line.endsWith(': no'))).toHaveLength(reportLimits.lines);
  expect(report).toContain('- and 9900 more: fourline why 0001-x\n');
  expect(report).toContain('## Landed\n- a.ts\n- b.ts\n');
  expect(report).not.toContain('(all ');
});

test('a long summary is cut at the end of a line, and is whole in the record; the sender gets the report', async () => {
  const office = await openOffice({
    coder:
      '---\nagent: command\ncommand: [sh, -c, \'for i in $(seq 3000); do echo "line $i of what I did there"; done > $FOURLINE_REPORT.x; { echo ---; echo outcome: done; echo ---; cat $FOURLINE_REPORT.x; } > $FOURLINE_REPORT; rm $FOURLINE_REPORT.x; echo 2 > src/a.ts; seq 300 | while read i; do echo > src/no-$i.txt; done\']\nwrite: repos/*/src/*.ts\n---\nWork.\n',
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/**']));
  await office.work();
  const report = await office.read('inbox/operator/0001-x.report.md');
  expect(Buffer.byteLength(report)).toBeLessThan(128 * 1024);
  expect(report).toContain('> line 1 of what I did there\n');
  expect(report).toMatch(/> line \d+ of what I did there\n\n\(all \d+ characters are in its record: summary\.md\)/);
  expect(report).toContain('- and 200 more: fourline why 0001-x');
  expect(await office.record('x', 'summary.md')).toContain('line 3000 of what I did there');
  expect(await office.record('x', 'report.md')).toBe(report);
}, 120_000);
