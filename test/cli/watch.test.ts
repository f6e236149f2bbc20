// The screen that people keep open: what it shows, what its keys do, and the real thing in a terminal.
import { spawn, spawnSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import type { OrderRow } from '../../src/api.ts';
import { tableOf } from '../../src/cli/invocation.ts';
import {
  drawScreen,
  freshScreen,
  ordersInSight,
  pressKey,
  type ScreenLook,
  type ScreenState,
} from '../../src/cli/screen.ts';
import { columnsOf } from '../../src/platform/text/text.ts';
import { needs } from '../kit/needs.ts';
import { cli, openOffice, order } from '../kit/office.ts';
import { hearOutput, inTerminal } from '../kit/terminal.ts';

const row = (id: string, more: Partial<OrderRow> = {}): OrderRow => ({
  id,
  role: 'coder',
  state: 'running',
  detail: '',
  waits: null,
  next: '',
  settled: false,
  title: '',
  since: '2026-01-01T00:00:00.000Z',
  parent: null,
  asks: '',
  ...more,
});
const lookOf = (...orders: OrderRow[]): ScreenLook => ({
  ...({
    running: [],
    settled: 2,
    working: true,
    pid: 1,
    troubles: [],
    setups: [],
    damaged: [],
    cards: [],
    gates: [],
  } as object as ScreenLook),
  orders,
});
const asked = row('0002-b', {
  state: 'waits',
  waits: { on: 'answer', what: 'which?', review: null },
  asks: 'Which port\ndo you mean?',
  next: 'fourline answer 2 "…"',
});
const held = row('0003-c', {
  state: 'waits',
  waits: { on: 'approval', what: 'you', review: null },
  next: 'fourline approve 3',
});
const all = lookOf(row('0001-a'), row('0004-d', { settled: true, state: 'done' }), asked, held);

function draw(look: ScreenLook, state: ScreenState = freshScreen, width = 100, height = 30): string[] {
  return drawScreen(look, state, { width, height, now: '12:00' }).map(({ text }) => text);
}

// The state after some keys, and what they asked for.
function press(keys: readonly string[], from: ScreenState = { ...freshScreen, chosen: '0002-b' }) {
  const deeds: unknown[] = [];
  let state = from;
  for (const key of keys) {
    const done = pressKey(state, key, all, 10);
    state = done.state;
    if (done.deed !== null) deeds.push(done.deed);
  }
  return { state, deeds };
}

test('a gate of a flow needs the person as well', () => {
  const gate = { run: 'small-1', flow: 'small', step: 'agree', file: '', asked: '', handed: null, why: '', blocks: [] };
  const rows = draw({ ...lookOf(row('0001-a')), gates: [gate] });
  expect(rows[0]).toBe('fourline  12:00  1 for you · 1 running · 2 settled');
  expect(rows[2]).toBe('needs you');
  expect(rows[3]).toMatch(/^ {2}small-1 +agree +gate +fourline flow approve small-1 --step agree$/);
});

test('what needs the person comes first, then what runs and waits, and what ended', () => {
  expect(ordersInSight(all).map(({ id }) => id)).toEqual(['0002-b', '0003-c', '0001-a', '0004-d']);
  const rows = draw(all);
  expect(rows[0]).toBe('fourline  12:00  2 for you · 1 running · 2 settled');
  expect(rows.filter((text) => /^(?:needs you|running|waiting|ended last)$/.test(text))).toEqual([
    'needs you',
    'running',
    'ended last',
  ]);
  expect(
    draw({ ...lookOf(), working: false })
      .slice(0, 3)
      .join('\n'),
  ).toContain('nobody works here: fourline start');
});

test('a screen has as many rows as the terminal, none wider, and keeps the chosen order in sight', () => {
  const many = lookOf(...Array.from({ length: 200 }, (_, at) => row(`${String(at).padStart(4, '0')}-o`)));
  for (const height of [5, 12, 40]) {
    const rows = draw(many, { ...freshScreen, chosen: '0150-o' }, 60, height);
    expect(rows.length).toBe(height);
    expect(rows.filter((text) => [...text].length > 60)).toEqual([]);
    expect(rows.some((text) => text.startsWith('> 0150-o'))).toBe(true);
  }
});

test('text of others moves no cursor', () => {
  const bad = '\u001b[2J\u0007\u202e';
  const state: ScreenState = {
    ...freshScreen,
    said: bad,
    reading: null,
    chosen: 'x',
  };
  const texts = [
    ...draw({ ...lookOf(row('x', { detail: bad, role: bad })), troubles: [bad] }, state),
    ...draw(all, { ...state, reading: { title: 'x', lines: [bad], top: 0 } }),
  ].join('\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(texts).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
});

test('keys answer, approve and reject what waits for that, and ask before they end something', () => {
  expect(press(['n', ...'80', '\r']).deeds).toEqual([{ kind: 'answer', id: '0002-b', text: '80' }]);
  expect(press(['n', ...'81', '\u007f', '0', '\u001b']).deeds).toEqual([]);
  expect(press(['n', '\r']).deeds).toEqual([]);
  expect(press(['a']).deeds).toEqual([]);
  expect(press(['j', 'a', 'y']).deeds).toEqual([{ kind: 'approve', id: '0003-c' }]);
  expect(press(['j', 'a', 'n']).deeds).toEqual([]);
  expect(press(['j', 'r', ...'no q', '\r']).deeds).toEqual([{ kind: 'reject', id: '0003-c', text: 'no q' }]);
  expect(press(['\u001b[B', '\u001b[B', 'c', 'y']).deeds).toEqual([{ kind: 'cancel', id: '0001-a' }]);
  expect(press(['j', 'j', 'j', 'c']).state.asking).toBe(null);
  expect(press(['j', 'j', 'j', 't']).deeds).toEqual([{ kind: 'retry', id: '0004-d' }]);
  expect(press(['\r', 'd', 'l']).deeds).toEqual([
    { kind: 'read', what: 'order', id: '0002-b' },
    { kind: 'read', what: 'diff', id: '0002-b' },
    { kind: 'read', what: 'log', id: '0002-b' },
  ]);
  expect(press(['q']).deeds).toEqual([{ kind: 'quit' }]);
  expect(press(['n', 'q', '\u0003']).deeds).toEqual([{ kind: 'quit' }]);
});

test('an order that no daemon has seen yet can be cancelled, and has nothing to show', () => {
  const look = lookOf(row('fresh', { state: 'posted', since: null }));
  const state = { ...freshScreen, chosen: 'fresh' };
  expect(draw(look, state).at(-1)).toBe('↑↓ choose  c cancel  q quit');
  expect(['\r', 'd', 'l', 't'].map((key) => pressKey(state, key, look, 10).deed)).toEqual([null, null, null, null]);
  // The key that does it is in sight in a narrow terminal as well.
  expect(draw(look, pressKey(state, 'c', look, 10).state, 12).at(-1)).toBe('y: cancel f…');
});

test('whoever types an answer sees the question', () => {
  const { state } = press(['n', ...'80']);
  expect(draw(all, state).slice(-2)).toEqual([
    'Which port do you mean?',
    'answer 0002-b: 80_   enter sends, esc leaves',
  ]);
});

test('a long text is read page by page, and left', () => {
  const reading = { title: 't', lines: Array.from({ length: 25 }, (_, at) => `${at}`), top: 0 };
  const tops = [['j'], [' '], [' ', ' '], [' ', ' ', ' '], [' ', 'b'], ['k']].map(
    (keys) => press(keys, { ...freshScreen, reading }).state.reading?.top,
  );
  expect(tops).toEqual([1, 10, 15, 15, 0, 0]);
  expect(press(['q'], { ...freshScreen, reading })).toMatchObject({ deeds: [], state: { reading: null } });
});

const asking =
  'if grep -q "port 80" ../../brief.md; then echo 80 > src/a.ts; else mkdir -p ../../inbox/operator; echo "Which port?" > ../../inbox/operator/q.md; fi';
const asks = `---\nagent: command\ncommand: [sh, -c, '${asking}']\nsend: operator\nwrite: |\n  repos/**\n---\nYou ask.\n`;

test('in a terminal a question is answered on the screen, which follows, and gives the terminal back', async () => {
  const office = await openOffice({ coder: asks });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  const screen = inTerminal(office, 'status', '--watch');
  await screen.until('1 for you');
  screen.press('n');
  await screen.until('answer 0001-x');
  screen.press('port 80\r');
  await screen.until('0001-x is answered');
  await office.work();
  await screen.until('nothing waits for you');
  screen.press('q');
  expect(await screen.ended).toBe(0);
  expect(screen.text().startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
  expect(screen.text().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
});

test('without a terminal it says what to use instead', async () => {
  const office = await openOffice({ coder: asks });
  const { code, err } = await office.fourline('status', '--watch');
  expect(code).toBe(2);
  expect(err).toContain('fourline log -f');
});

test('log -f tells what was and each step as it happens, as lines or as JSON', async () => {
  const office = await openOffice({ coder: asks });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  const follow = (...args: string[]) => {
    const child = spawn(process.execPath, [cli, '-C', office.root, ...args], { env: office.env });
    onTestFinished(() => void child.kill());
    const { text, until } = hearOutput(child.stdout);
    return async (sign: string): Promise<string> => {
      await until(sign);
      return text();
    };
  };
  const [lines, json] = [follow('log', '-f', '-n', '1'), follow('--json', 'log', '0001', '-f')];
  await lines('0001-x');
  await json('"parked"');
  expect((await office.fourline('answer', '1', 'port 80')).code).toBe(0);
  await office.work();
  expect(await lines('landed 1 file')).toMatch(/^\d{4}-\d\d-\d\d {2}\d\d:\d\d:\d\d {2}\S+ /);
  const steps = (await json('"settled"')).trim().split('\n');
  expect(steps.map((one) => (JSON.parse(one) as { step: string }).step)).toContain('landed');
});

test('a small terminal gets as many rows as it has, none wider, whatever signs are in them', () => {
  const many = Array.from({ length: 200 }, (_, at) =>
    row(`${at}-订单-看看这个很长的名字`, { detail: '等待 🙂 answer' }),
  );
  const look = { ...lookOf(asked, ...many), troubles: ['磁盘 is 满'] };
  const chosen = many[150]?.id ?? '';
  const typing = { kind: 'answer', id: '0002-b', text: `${'蓝'.repeat(300)} at the end` } as const;
  const states: ScreenState[] = [
    { ...freshScreen, chosen },
    { ...freshScreen, typing },
    { ...freshScreen, asking: { kind: 'approve', id: chosen } },
    { ...freshScreen, reading: { title: chosen, lines: ['一'.repeat(40), 'x'.repeat(40)], top: 0 } },
  ];
  for (const [width, height] of [
    [20, 5],
    [20, 1],
    [7, 2],
    [100, 3],
    [1, 1],
  ] as const)
    for (const state of states) {
      const rows = draw(look, state, width, height);
      expect(rows).toHaveLength(height);
      expect(
        rows.filter((text) => [...text].reduce((sum, sign) => sum + (/[一-鿿🙂]/u.test(sign) ? 2 : 1), 0) > width),
      ).toEqual([]);
    }
  // The chosen order stays in sight, and so does what is typed last.
  expect(draw(look, states[0], 20, 5).join('\n')).toContain('> 150-订单');
  expect(draw(look, states[1], 20, 5).at(-1)).toBe('…蓝蓝蓝 at the end_');
  expect(draw(look, states[1], 20, 1)).toEqual(['…蓝蓝蓝 at the end_']);
});

test('names of wide signs leave the columns behind them in line', () => {
  const look = lookOf(row('0001-订单', { role: '编码', detail: 'one' }), row('0002-b', { detail: 'two' }));
  const [wide = '', plain = ''] = draw(look).filter((text) => /one|two/.test(text));
  expect(columnsOf(wide.slice(0, wide.indexOf('one')))).toBe(plain.indexOf('two'));
  const table = tableOf(
    [
      ['FLOW', 'TAKES', 'N', 'FROM'],
      ['审查', '目标', '10', 'here'],
      ['review', 'goal', '5', 'there'],
    ],
    [2],
  );
  expect(table).toEqual(['FLOW    TAKES   N  FROM', '审查    目标   10  here', 'review  goal    5  there']);
});

test('a terminal that is made small while it watches is drawn anew in its size', async () => {
  needs('script');
  const office = await openOffice();
  await office.write('inbox/coder/a.md', order(['src/a.ts']));
  const line = `tty > "${office.root}/tty"; stty rows 24 cols 100; "${process.execPath}" "${cli}" -C "${office.root}" status --watch`;
  const child = spawn('script', ['-qefc', line, '/dev/null'], {
    env: { ...office.env, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  const { text, until } = hearOutput(child.stdout);
  await until('q quit');
  spawnSync('stty', ['-F', (await office.read('tty')).trim(), 'rows', '5', 'cols', '20']);
  await until(/fourline {2}\d\d:\d\d {2}no…/);
  child.stdin.write('q');
  await new Promise((done) => child.once('close', done));
  const screens = text().split('\u001b[H');
  expect(screens.find((one) => one.includes('  no…'))?.split('\r\n')).toHaveLength(5);
});
