// Agents that misbehave: none of them holds anybody up, outlives its run or takes anything along.
import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startDaemon } from '../kit/daemon.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

/** Large numbers take minutes: a tenth of them runs with every test, all of them with `npm run test:heavy`. */
const heavy = process.env['FOURLINE_HEAVY'] === '1';
const writes = 'write: |\n  repos/*/src/**';

async function officeWith(coder: string, settings = 'sandbox: off\n'): Promise<Office> {
  const office = await openOffice({ coder, tester: card('- shell: "echo $FOURLINE_ID >> src/b.ts"', writes) });
  await office.write('fourline.yaml', settings);
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/b.ts': '1\n' });
  return office;
}

// Works the order of the agent under test, with another role's beside it, and says what became of it.
async function worked(office: Office): Promise<{ outcome: string | null; note: string; limit: string | null }> {
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.write('inbox/tester/y.md', order(['src/b.ts']));
  await office.work();
  expect(await office.standing('y')).toMatchObject({ outcome: 'done' });
  expect(await office.list('state/active')).toEqual([]);
  expect(await readdir(`${office.root}/../xdg/fourline/rooms`, { recursive: true })).not.toContain('0001-x.1');
  const { outcome, note, limit } = await office.standing('x');
  return { outcome, note, limit };
}

// Processes that have a word in their command line or environment.
async function processesOf(word: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(word)) found.push(`${pid} ${command}`);
  }
  return found;
}

test.each(['auto', 'off'])('an agent that ignores TERM is ended at its limit, with walls %s', async (sandbox) => {
  const coder = card(
    `- shell: "trap '' TERM INT HUP; while :; do sleep 7.125; done"`,
    `${writes}\nlimits: { minutes: 0.03, attempts: 1 }`,
  );
  const office = await officeWith(coder, `sandbox: ${sandbox}\n`);
  expect(await worked(office)).toMatchObject({ outcome: 'failed', limit: 'minutes' });
  expect(await processesOf('7.125')).toEqual([]);
});

test.each(['auto', 'off'])('what an agent forks away does not outlive its run, with walls %s', async (sandbox) => {
  const away = `setsid sh -c 'while :; do echo late >> src/a.ts; sleep 7.25; done' > /dev/null 2>&1 &`;
  const coder = card(`- shell: "${away} (setsid sleep 7.25 &) ; sleep 0.2; echo 2 > src/a.ts"`, writes);
  const office = await officeWith(coder, `sandbox: ${sandbox}\n`);
  expect((await worked(office)).outcome).toBe('done');
  expect(await processesOf('7.25')).toEqual([]);
});

test('an agent that never ends, never prints and holds its output open is ended at its limit', async () => {
  const office = await officeWith(card('- sleep: 3600', `${writes}\nlimits: { minutes: 0.03, attempts: 1 }`));
  expect(await worked(office)).toMatchObject({ outcome: 'failed', limit: 'minutes' });
});

test('agents that end at once, end badly or cannot be started settle their orders with a reason', async () => {
  const command = (line: string): string => `---\nagent: command\ncommand: ${line}\n${writes}\n---\nTry.\n`;
  for (const [coder, note] of [
    [card('- exit: 0', writes), /nothing produced/],
    [card('- exit: 3', writes), /exit status 3/],
    [command('[sh, -c, "kill -9 $$"]'), /SIGKILL/],
    [command('[sh, -c, "exec 0<&- 1>&- 2>&-"]'), /nothing produced/],
    [command('[no-such-program]'), /could not be started|no program/],
  ] as const) {
    const office = await officeWith(coder);
    const { outcome, note: said } = await worked(office);
    expect([outcome, said]).toEqual(['failed', expect.stringMatching(note)]);
  }
});

test(
  `an agent that prints ${heavy ? '1 GB' : '100 MB'} keeps its end, its work lands, and fourline's memory is its own`,
  async () => {
    const size = heavy ? 1000 : 100;
    const line = `head -c ${size}000000 /dev/zero | tr '\\\\0' x; echo; echo the end; echo 2 > src/a.ts`;
    const coder = `---\nagent: command\ncommand: [sh, -c, "${line}"]\n${writes}\nlimits: { output: 2g }\n---\nTry.\n`;
    const office = await officeWith(coder);
    await office.write('inbox/coder/x.md', order(['src/a.ts']));
    const daemon = await startDaemon(office);
    await daemon.settled('x');
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${daemon.pid}/status`, 'utf8'))?.[1]);
    await daemon.stop();
    expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
    expect(await office.record('x', 'report.md')).toContain('> the end');
    const kept = (await office.record('x', 'transcript.jsonl')).length;
    expect(kept).toBeLessThan(34 * 1024 * 1024);
    expect(peak).toBeLessThan(400_000);
  },
  heavy ? 300_000 : 60_000,
);

test(
  `an agent that writes ${heavy ? '100,000' : '10,000'} files: what is allowed lands, the rest is kept`,
  async () => {
    const count = heavy ? 50_000 : 5000;
    const make = (folder: string): string =>
      `mkdir -p ${folder} && cd ${folder} && seq ${count} | xargs -n 1000 sh -c 'for n; do echo $n > $n.ts; done' sh && cd - > /dev/null`;
    const coder = `---\nagent: command\ncommand: [sh, -c, "${make('src/many')}; ${make('waste')}"]\n${writes}\n---\nTry.\n`;
    const office = await officeWith(coder);
    await office.write('inbox/coder/x.md', order(['src/**']));
    const daemon = await startDaemon(office);
    await daemon.settled('x');
    await daemon.stop();
    expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
    const list = execFileSync('git', ['-C', `${office.root}/repos/shop`, 'ls-tree', '-r', '--name-only', 'HEAD'], {
      maxBuffer: 2 ** 28,
      encoding: 'utf8',
    });
    expect(list.split('\n').filter((path) => path.startsWith('src/many/'))).toHaveLength(count);
    expect(list).not.toContain('waste');
    expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
    expect((await office.record('x', 'refused.patch')).match(/^diff --git/gm)).toHaveLength(count);
  },
  heavy ? 600_000 : 60_000,
);
