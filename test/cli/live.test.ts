// The rows that `start` keeps at the bottom of a terminal while agents work, and the plain lines elsewhere.
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { RunProgress, WorkEvent } from '../../src/api.ts';
import { showRuns } from '../../src/cli/live.ts';
import { isLineDue, liveRows, runTime } from '../../src/cli/run-line.ts';
import { logTo } from '../../src/cli/talk.ts';
import { cutColumns } from '../../src/platform/text/text.ts';
import { needs } from '../kit/needs.ts';
import { openOffice, order } from '../kit/office.ts';
import { renderScreen } from '../kit/screen.ts';
import { inTerminal } from '../kit/terminal.ts';

const began = '2026-03-01T10:00:00.000Z';
const at = (seconds: number): number => Date.parse(began) + seconds * 1000;
const nothing: RunProgress = {
  ...{ run: 'r1', began, tool: null, said: null, tokens: null, context: null, usd: null },
  ...{ estimated: false, ended: false },
};
const all: RunProgress = {
  ...nothing,
  tool: { name: 'Edit', detail: 'src/login.ts' },
  said: 'I add the test now.',
  ...{ tokens: 12_345, context: 31_000, usd: 0.123, estimated: true },
};
const run = (progress: RunProgress, role = 'coder', id = '0007-add-login') => ({ role, order: id, progress });

test.each([
  [100, all, '    2:14 coder 0007-add-login  Edit src/login.ts · 12.3k tokens · context 31k · ~$0.12 · I add the…'],
  [
    120,
    all,
    '    2:14 coder 0007-add-login  Edit src/login.ts · 12.3k tokens · context 31k · ~$0.12 · I add the test now.',
  ],
  [60, all, '    2:14 coder 0007-add-login  Edit src/login.ts · 12.3k t…'],
  [100, nothing, '    2:14 coder 0007-add-login  nothing heard yet'],
  [100, { ...nothing, usd: 0.2 }, '    2:14 coder 0007-add-login  $0.20'],
  [100, { ...nothing, said: 'bad \u001b[2J\u202e\nline' }, '    2:14 coder 0007-add-login  bad \\u{1b}[2J\\u{202e}'],
])('in %i columns a run is one row, its texts escaped', (width, progress, row) => {
  const rows = liveRows([run(progress)], { width, height: 24, now: at(134) });
  expect(rows).toEqual([row]);
  expect([...(rows[0] ?? '')].length).toBeLessThan(width);
});

test('several runs stand below each other, and a low terminal says how many are missing', () => {
  const runs = ['a', 'bb', 'ccc', 'dddd'].map((role) => run(nothing, role));
  const size = { width: 80, height: 24, now: at(3700) };
  expect(liveRows(runs, size).map((row) => row.slice(0, 33))).toEqual([
    ' 1:01:40 a    0007-add-login  not',
    ' 1:01:40 bb   0007-add-login  not',
    ' 1:01:40 ccc  0007-add-login  not',
    ' 1:01:40 dddd 0007-add-login  not',
  ]);
  expect(liveRows(runs, { ...size, height: 5 }).slice(2)).toEqual(['and 2 more']);
  expect(liveRows(runs, { ...size, height: 1 })).toEqual(['and 4 more']);
});

test.each([
  ['', 5, ''],
  ['abcde', 5, 'abcde'],
  ['abcdef', 5, 'abcd…'],
  ['漢字漢', 5, '漢字…'],
  ['漢字漢', 6, '漢字漢'],
  ['e\u0301e\u0301e\u0301', 3, 'e\u0301e\u0301e\u0301'],
  ['a😀b', 3, 'a…'],
  ['ab', 0, ''],
])('%j fits into %i columns as %j', (line, columns, cut) => {
  expect(cutColumns(line, columns)).toBe(cut);
});

test.each([
  [-5, '0:00'],
  [7.9, '0:07'],
  [750, '12:30'],
  [3750, '1:02:30'],
])('%d seconds are %s', (seconds, words) => {
  expect(runTime(seconds * 1000)).toBe(words);
});

test.each([
  ['within its first minute', nothing, null, 59, false],
  ['after its first minute', nothing, null, 60, true],
  ['within a minute of the last line', nothing, 60, 119, false],
  ['a minute after the last line', nothing, 60, 120, true],
  ['at its end', { ...nothing, ended: true }, null, 600, false],
])('without a terminal a run has a line %s: %j', (_, progress, last, now, due) => {
  expect(isLineDue(progress, last === null ? null : at(last), at(now))).toBe(due);
});

// A stream of that kind, an opened live part, and what it shows in the end.
function openStream(isTTY: boolean, more: { quiet?: boolean; TERM?: string } = {}) {
  let text = '';
  let resize: () => void = () => undefined;
  const stream = {
    ...{ isTTY, columns: 60, rows: 10 },
    write: (piece: string) => {
      text += piece;
    },
    on: (_: 'resize', hear: () => void) => {
      resize = hear;
    },
    off: () => undefined,
  };
  const quiet = more.quiet === true;
  const log = logTo(stream, { quiet, color: false });
  const live = showRuns(stream, { env: { TERM: more.TERM ?? 'xterm' }, quiet, color: false, log });
  onTestFinished(live.close);
  const tell = (progress: Partial<RunProgress>, seconds = 0): void => {
    const event = { at: new Date(at(seconds)).toISOString(), kind: 'progress', weight: 'minor' } as const;
    live.hear({
      ...event,
      role: 'coder',
      order: '0001-x',
      detail: 'words',
      progress: { ...nothing, ...progress },
    } satisfies WorkEvent);
  };
  return {
    live,
    stream,
    log,
    tell,
    resize: () => resize(),
    text: () => text,
    screen: () => renderScreen(text, { width: stream.columns, height: stream.rows }),
  };
}

test('lines stay whole above the rows, rows go with their runs, and at the end nothing of them is left', () => {
  const { live, log, tell, screen } = openStream(true);
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index}${'x'.repeat(index * 3)}`);
  for (const [index, line] of lines.entries()) {
    tell({ run: `r${index % 3}`, said: `words ${index}` });
    live.aside(() => log.say(line));
  }
  const wrapped = lines.flatMap((line) => line.match(/.{1,60}/g) ?? []);
  const rows = screen();
  expect(rows.slice(0, -3)).toEqual(wrapped);
  expect(rows.slice(-3).map((row) => row.slice(-8))).toEqual(['words 27', 'words 28', 'words 29']);
  tell({ run: 'r1', ended: true });
  expect(screen().slice(wrapped.length)).toHaveLength(2);
  live.close();
  expect(screen()).toEqual([...wrapped, '']);
});

test('a narrower terminal gets narrower rows, and what was above stays', () => {
  const { live, stream, log, tell, screen, resize } = openStream(true);
  live.aside(() => log.say('above'));
  tell({ said: 'many words that go on to the end of the row' });
  stream.columns = 30;
  resize();
  expect(screen().map((row) => row.length <= 30)).not.toContain(false);
  live.close();
  expect(screen()).toEqual(['above', '']);
});

test.each([
  ['no terminal', false, {}],
  ['a dumb one', true, { TERM: 'dumb' }],
])('on %s a run has a plain line each minute', (_, isTTY, more) => {
  const { tell, text } = openStream(isTTY, more);
  for (let second = 0; second < 150; second += 1) tell({ tokens: second }, second);
  tell({ ended: true }, 200);
  expect(
    text()
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(9)),
  ).toEqual([
    'coder       0001-x                 working   words',
    'coder       0001-x                 working   words',
  ]);
});

test('with --quiet nothing is shown', () => {
  for (const isTTY of [true, false]) {
    const { tell, text } = openStream(isTTY, { quiet: true });
    tell({}, 0);
    tell({}, 100);
    expect(text()).toBe('');
  }
});

test('in a terminal a row follows a silent agent, lines come whole above it, and it is gone at the end', async () => {
  needs('script');
  const office = await openOffice();
  const fifo = `${office.root}/../go`;
  execFileSync('mkfifo', [fifo]);
  const command = `echo first words; cat ${fifo} > src/a.ts; echo last words`;
  await office.write(
    'roles/coder.md',
    `---\nagent: command\ncommand: [sh, -c, '${command}']\nwrite: |\n  repos/**\n---\nx\n`,
  );
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/a.md', order(['src/a.ts']));
  const { ended, text, until } = inTerminal(office, 'start', '--once');
  await until(/(\d:\d\d) coder 0001-a {2}first words[\s\S]*(?!\1)\d:\d\d coder 0001-a {2}first words/);
  await office.write('inbox/coder/b.md', order(['src/a.ts']));
  await until(/0002-b {17}accepted/);
  await writeFile(fifo, '2\n');
  await until(/coder 0002-b {2}first words/);
  await writeFile(fifo, '3\n');
  expect(await ended).toBe(0);
  const rows = renderScreen(text(), { width: 100, height: 24 }).map((row) => row.replace(/^\d\d:\d\d:\d\d /, ''));
  const steps = rows.flatMap((row) => /^coder {7}(000\d-\w) {17}(\w+) /.exec(row)?.slice(1).join(' ') ?? []);
  expect(steps).toEqual([
    '0001-a accepted',
    '0001-a running',
    '0002-b accepted',
    '0001-a landed',
    '0002-b running',
    '0002-b landed',
  ]);
  expect(rows.filter((row) => /words|heard/.test(row))).toEqual([]);
  expect(rows.at(-1)).toBe('');
});
