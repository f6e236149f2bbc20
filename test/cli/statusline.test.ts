import { spawnSync } from 'node:child_process';
import { appendFile, rm, stat } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { openFourline, type WorkListener } from '../../src/api.ts';
import { noticeFor, openTerminal } from '../../src/cli/terminal.ts';
import { openJournal } from '../../src/ledger/journal.ts';
import { startDaemon } from '../kit/daemon.ts';
import { needs } from '../kit/needs.ts';
import { card, cli, openOffice, order } from '../kit/office.ts';

const at = new Date().toISOString();

test('statusline counts what waits and what runs, as status does, and says nothing outside a workspace', async () => {
  const office = await openOffice({
    asker: card('- report: halt\n  text: which one?'),
    sleeper: card('- sleep: 600000'),
    approved: card('- write: src/a.ts\n  text: "2"', 'write: |\n  repos/*/src/**\napprove: |\n  repos/**'),
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  expect(await office.fourline('statusline')).toEqual({ code: 0, out: '', err: '' });
  await office.write('inbox/approved/a.md', order(['src/a.ts']));
  await office.work();
  expect((await office.fourline('statusline')).out).toBe('1 waits for you\n');
  await office.write('inbox/sleeper/b.md', order(['src/a.ts']));
  await office.write('inbox/sleeper/c.md', 'no order\n');
  const daemon = await startDaemon(office);
  await daemon.said(/sleeper +0002-b +running/);
  await daemon.said(/ c +not taken/);
  const { out } = await office.fourline('statusline');
  expect(out).toBe('2 wait for you · 1 running\n');
  expect(JSON.parse((await office.fourline('statusline', '--json')).out)).toEqual({
    root: office.root,
    working: true,
    waiting: 2,
    running: 1,
    usd: 0,
    estimated: false,
    words: '2 wait for you · 1 running',
  });
  const look = await (await openFourline(office.root, office)).look();
  expect(look.orders.filter(({ state }) => state === 'waits' || state === 'not taken')).toHaveLength(2);
  expect(look.running).toHaveLength(1);
  daemon.kill('SIGKILL');
  await daemon.ended;
  // Nobody works it: an interrupted order doesn't run, it needs somebody who starts fourline.
  expect((await office.fourline('statusline')).out).toBe('3 wait for you\n');
  expect(await office.fourline('-C', '/', 'statusline')).toEqual({ code: 0, out: '', err: '' });
  expect(await office.fourline('-C', '/', 'statusline', '--json')).toEqual({ code: 0, out: 'null\n', err: '' });
});

test('statusline adds up the runs of today from the end of a long journal', async () => {
  const office = await openOffice({ coder: card('- exit: 0') });
  await office.work();
  const path = `${office.root}/state/journal.jsonl`;
  const usage = { fresh: 1, reread: 0, written: 0, output: 1, reasoning: 0 };
  const spent = { usage, turns: 1, peak: 1, context: 1, usd: 0.6, model: 'm', estimated: false };
  const ran = {
    step: 'ran',
    order: '0001-a',
    run: '0001-a.1',
    role: 'coder',
    agent: 'x',
    ending: 'ended',
    status: 0,
    milliseconds: 1,
    spent,
  } as const;
  const filler = { step: 'answered', order: '0001-a', role: 'coder', by: 'operator', text: 'x'.repeat(3000) } as const;
  const write = async (now: Date, ...steps: readonly (typeof ran | typeof filler)[]): Promise<void> => {
    const journal = await openJournal(path, (await stat(path)).size, { now: () => now, elapsed: () => 0 });
    await journal.append(...steps);
    await journal.close();
  };
  await write(new Date(Date.now() - 48 * 3600_000), ran, ran);
  await write(new Date(), ran, ...Array.from({ length: 300 }, () => filler), ran);
  await appendFile(path, '{"a line that is being');
  expect((await office.fourline('statusline')).out).toBe('$1.20 today\n');
});

test('a title is set on a terminal alone and put back; its words are inert', () => {
  const options = { env: { TERM: 'xterm-256color' }, quiet: false, json: false, color: true };
  const on = (isTTY: boolean, more: Partial<typeof options> = {}): string => {
    const written: string[] = [];
    const terminal = openTerminal({ isTTY, write: (text) => written.push(text) }, { ...options, ...more });
    terminal.hear({ at, kind: 'counts', weight: 'minor', detail: '2 wait for you · \u001b]0;owned\u0007' });
    terminal.hear({ at, kind: 'counts', weight: 'minor', detail: '' });
    terminal.hear({ at, kind: 'notice', weight: 'plain', about: 'landed', detail: 'a;b\u0007' });
    terminal.close();
    terminal.close();
    return written.join('').replaceAll('\u001b', '^[').replaceAll('\u0007', '^G');
  };
  expect(on(true)).toBe(
    '^[[22;0t^[]0;2 wait for you · \\u{1b}]0,owned\\u{7} · fourline^G^[]0;fourline^G^G^[]0;^G^[[23;0t',
  );
  expect(on(true, { color: false })).toBe('^G');
  expect(on(true, { json: true })).toBe('^G');
  expect(on(true, { quiet: true })).toBe('');
  expect(on(true, { env: { TERM: 'dumb' } })).toBe('');
  expect(on(false)).toBe('');
});

test.each([
  [{ TERM: 'xterm-kitty' }, '\u001b]9;t: w\u0007'],
  [{ TERM: 'xterm-256color', TERM_PROGRAM: 'iTerm.app' }, '\u001b]9;t: w\u0007'],
  [{ TERM: 'foot' }, '\u001b]777;notify;t;w\u0007'],
  [{ TERM: 'xterm-256color', VTE_VERSION: '7600' }, '\u001b]777;notify;t;w\u0007'],
  [{ TERM: 'tmux-256color', TERM_PROGRAM: 'tmux' }, '\u0007'],
  [{ TERM: 'xterm-256color' }, '\u0007'],
])('a terminal with %j is called in its own way', (env, sequence) => {
  expect(noticeFor(env, 't', 'w')).toBe(sequence);
});

test('start on a terminal carries the counts in its title, calls by it, and puts it back', async () => {
  needs('script');
  const office = await openOffice({
    approved: card('- write: src/a.ts\n  text: "2"', 'write: |\n  repos/*/src/**\napprove: |\n  repos/**'),
  });
  await office.write('fourline.yaml', 'sandbox: off\non: { needs-you: terminal }\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/approved/a.md', order(['src/a.ts']));
  const { NO_COLOR: _none, ...env } = office.env;
  const line = `"${process.execPath}" "${cli}" -C "${office.root}" start --once`;
  const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], {
    env: { ...env, TERM: 'foot' },
    encoding: 'utf8',
  });
  expect(stdout).toContain('\u001b]0;1 running · fourline\u0007');
  expect(stdout).toContain('\u001b]0;1 waits for you · fourline\u0007');
  expect(stdout).toMatch(/\]777;notify;fourline: needs-you;0001-a of approved waits for approval: /);
  expect(stdout.trimEnd().endsWith('\u001b]0;\u0007\u001b[23;0t')).toBe(true);
});

test('the title counts a gate that waits, as statusline does, when its form comes and when it goes', async () => {
  const office = await openOffice({ coder: card('- report: done\n  text: Done.') });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await rm(`${office.root}/inbox/operator`, { recursive: true, force: true });
  const fourline = await openFourline(office.root, { env: office.env });
  const [drain, told] = [new AbortController(), [] as string[]];
  let heard: () => void = () => undefined;
  const on: WorkListener = ({ kind, detail }) => {
    if (kind !== 'counts') return;
    told.push(detail);
    heard();
  };
  const until = async (fits: () => boolean): Promise<void> => {
    while (!fits()) await new Promise<void>((done) => (heard = done));
  };
  const work = fourline.work({ counts: true, drain: drain.signal, on });
  onTestFinished(() => drain.abort());
  await office.write('inbox/coder/0001-first.md', order(['src/a.ts']));
  await until(() => told.at(-1) === '');
  const form = 'inbox/operator/feature-1-agree.gate.md';
  await office.write(form, 'Answer:\n');
  await until(() => told.at(-1) === '1 waits for you');
  expect((await fourline.statusline()).words).toBe('1 waits for you');
  await rm(`${office.root}/${form}`);
  await until(() => told.at(-1) === '');
  drain.abort();
  await work;
});
