// How far a run is: folded from what its agent's stream tells, and told while it goes on.
import { expect, test } from 'vitest';
import type { AgentEvent } from '../../src/agent/agent.ts';
import { nothingSpent, noUsage } from '../../src/agent/meter.ts';
import { openFourline, type RunProgress, type WorkEvent } from '../../src/api.ts';
import {
  figuresOf,
  hearAgent,
  hearPrint,
  lastLineOf,
  nothingHeard,
  progressLimits,
  progressWords,
} from '../../src/runs/progress.ts';
import { openOffice, order } from '../kit/office.ts';
import { playStream, recorded } from '../kit/stream.ts';

const hearAll = (events: readonly AgentEvent[]) => events.reduce(hearAgent, nothingHeard);

test.each([
  ['claude', 'Bash', 'All done.'],
  ['codex', 'shell', 'All done.'],
  ['gemini', 'run_shell_command', 'All done.'],
  ['opencode', 'bash', 'All done.'],
])("%s's recorded edit: a tool is in use until it says something, and its last line stays", (name, tool, said) => {
  const { events } = playStream(name, recorded(name, 'edit'));
  expect(hearAll(events)).toMatchObject({ tool: null, text: said });
  const used = events.findLastIndex((event) => event.kind === 'used');
  expect(hearAll(events.slice(0, used + 1)).tool).toMatchObject({ name: tool });
});

const printed = (...pieces: (readonly [string, string])[]) =>
  pieces.reduce((heard, [stream, text]) => hearPrint(heard, stream, text), nothingHeard).text;

test.each([
  [
    'a line in pieces',
    [
      ['stdout', 'one\nt'],
      ['stdout', 'wo'],
    ],
    'two',
  ],
  ['an empty last line', [['stdout', 'one\n\n  \n']], 'one'],
  ['colours and a progress bar', [['stdout', '\u001b[32m 10 %\r\u001b[2K 20 %\r']], '20 %'],
  [
    'another stream',
    [
      ['stdout', 'half a li'],
      ['stderr', 'trouble\n'],
    ],
    'trouble',
  ],
  [
    'a pause of the other stream',
    [
      ['stdout', 'one\n'],
      ['stderr', '\n'],
    ],
    'one',
  ],
  ['nothing', [['stdout', ' \n']], null],
] as const)('the last line of what a program printed: %s', (_, pieces, line) => {
  expect(lastLineOf(printed(...pieces))).toBe(line);
});

test('of a long output only the end is kept', () => {
  expect(printed(['stdout', 'x'.repeat(99_999)], ['stdout', 'y\n'])).toHaveLength(progressLimits.kept);
});

const usage = { ...noUsage, fresh: 1000, reread: 9000, output: 200 };

test.each([
  ['nothing told', { usd: 0, estimated: true }, { tokens: null, context: null, usd: null, estimated: false }],
  [
    'its context alone',
    { context: 7, usd: 0, estimated: true },
    { tokens: null, context: 7, usd: null, estimated: false },
  ],
  ['its money alone', { usd: 0.5, estimated: false }, { tokens: null, context: null, usd: 0.5, estimated: false }],
  [
    'tokens with a price',
    { usage, turns: 1, usd: 0.1, estimated: true },
    { tokens: 1200, context: null, usd: 0.1, estimated: true },
  ],
  [
    'tokens without a price',
    { usage, turns: 1, usd: null, estimated: true },
    { tokens: 1200, context: null, usd: null, estimated: false },
  ],
] as const)('missing figures are null, not zero: %s', (_, spent, figures) => {
  expect(figuresOf({ ...nothingSpent, ...spent })).toEqual(figures);
});

test('in words it is the tool, the figures and the last words, escaped', () => {
  const figures = { tokens: 12_345, context: 31_000, usd: 0.123, estimated: true };
  const tool = { name: 'Edit', detail: 'src/\u001bx.ts' };
  const progress: RunProgress = { run: 'r', began: '', tool, said: 'Now\u202e this.', ...figures, ended: false };
  expect(progressWords(progress)).toBe(
    'Edit src/\\u{1b}x.ts · 12.3k tokens · context 31k · ~$0.12 · Now\\u{202e} this.',
  );
});

test('a run is told from its start to its end, at most once a second, and never a credential', async () => {
  const command = 'for i in 1 2 3 4 5 6 7 8 9; do echo $i; done; echo bye $SHOP_KEY; echo 2 > src/a.ts';
  const office = await openOffice({
    coder: `---\nagent: command\ncommand: [sh, -c, '${command}']\nenv: SHOP_KEY\nwrite: |\n  repos/**\n---\nx\n`,
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const env = { ...office.env, SHOP_KEY: 'key-0123456789abcdef' };
  const fourline = await openFourline(office.root, { env });
  const events: WorkEvent[] = [];
  await fourline.work({ once: true, on: (event) => void events.push(event) });
  const told = events.filter(({ kind }) => kind === 'progress');
  expect(told.map(({ progress }) => progress?.ended)).toEqual([...told.slice(1).map(() => false), true]);
  expect(told[0]).toMatchObject({ role: 'coder', order: '0001-x', weight: 'minor', detail: 'nothing heard yet' });
  expect(told.at(-1)?.progress).toMatchObject({
    tool: null,
    said: 'bye [redacted]',
    tokens: null,
    context: null,
    usd: null,
  });
  const times = told.slice(0, -1).map(({ at }) => Date.parse(at));
  expect(times.slice(1).filter((time, index) => time - (times[index] ?? 0) < 990)).toEqual([]);
  expect(JSON.stringify(events)).not.toContain('key-0123456789');
});
