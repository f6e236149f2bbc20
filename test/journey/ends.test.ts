// How a run may end badly, and what follows: what died is tried again, what the machine did costs nothing, a used-up
// plan waits, and people are told why.
import { mkdirSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startDaemonBy } from '../kit/daemon.ts';
import { mountDisk } from '../kit/disk.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const files = { 'src/a.ts': '1\n', 'src/b.ts': '1\n' };

function command(line: string, front = ''): string {
  return `---\nagent: command\ncommand: [sh, -c, ${JSON.stringify(line)}]\n${writes}\n${front}\n---\nWork.\n`;
}

async function worked(coder: string, text = order(['src/a.ts'])): Promise<Office> {
  const office = await openOffice({ coder });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', files);
  await office.write('inbox/coder/x.md', text);
  await office.work();
  return office;
}

const dying = 'echo "step $FOURLINE_ATTEMPT" >&2; [ $FOURLINE_ATTEMPT = 1 ] && kill -9 $$; echo 2 > src/a.ts';

test('an agent that died is tried again, and knows what it died of', async () => {
  const office = await worked(command(`${dying}; grep -q "ended by SIGKILL: step 1" "$FOURLINE_ROOM/brief.md"`));
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 2, spent: 1 });
});

test.each([
  [dying, 'try-again: none', { outcome: 'failed', attempt: 1 }],
  [dying, 'limits: { attempts: 1 }', { outcome: 'failed', attempt: 1 }],
  ['exit 3', 'limits: { attempts: 2 }', { outcome: 'failed', attempt: 2 }],
  ['sleep 600', 'limits: { minutes: 0.02 }', { outcome: 'failed', attempt: 1, limit: 'minutes' }],
  ['sleep 600', 'limits: { minutes: 0.02, attempts: 2 }\ntry-again: died, limit', { outcome: 'failed', attempt: 2 }],
  ['true', '', { outcome: 'failed', attempt: 1 }],
  ['true', 'try-again: nothing\nlimits: { attempts: 2 }', { outcome: 'failed', attempt: 2 }],
] as const)('%s with %s is %j', async (line, front, standing) => {
  expect(await (await worked(command(line, front))).standing('x')).toMatchObject(standing);
});

test("a failed run's report has the end of its standard error beside that of its output", async () => {
  const line =
    'echo "I looked."; for n in 1 2 3; do echo "warning $n" >&2; done; echo "Error: no such table" >&2; exit 1';
  const office = await worked(command(line, 'limits: { attempts: 1 }'));
  expect((await office.standing('x')).note).toBe('exit status 1: Error: no such table');
  const report = await office.read('inbox/operator/0001-x.report.md');
  expect(report).toContain('The last of its standard output:\n\n> I looked.\n');
  expect(report).toContain('standard error:\n\n> warning 1\n> warning 2\n> warning 3\n> Error: no such table\n');
});

test('a failed order says what stood on both streams, also below a report of its own, and of a run that did nothing', async () => {
  const said = 'i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo "out $i"; done; printf "\\033[31mred\\033[0m\\n" >&2';
  for (const [end, note] of [
    ['echo "I tried." > "$FOURLINE_REPORT"; exit 3', 'exit status 3: red'],
    ['exit 0', 'nothing produced: no change, no mail, no report'],
  ] as const) {
    const office = await worked(command(`${said}; ${end}`, 'limits: { attempts: 1 }'));
    expect((await office.standing('x')).note.replaceAll(/\\u\{1b\}\[\d+m/g, '')).toBe(note);
    const report = await office.read('inbox/operator/0001-x.report.md');
    expect(report).toMatch(/standard output:\n\n(?:> out \d+\n)+\nThe last of its standard error:\n\n> red\n/);
    expect(report).toContain('> out 30\n');
    expect(report.includes('> out 18\n')).toBe(end === 'exit 0');
    expect(report.includes('> I tried.\n')).toBe(end !== 'exit 0');
  }
});

test('a full disk at the end of the last attempt is no attempt', async () => {
  const office = await openOffice({
    coder: card(
      '- shell: touch "$GATE/begun$FOURLINE_ATTEMPT"; until [ -e "$GATE/go" ]; do sleep 0.05; done; echo 2 > src/a.ts',
      `${writes}\nenv: GATE\nlimits: { attempts: 1 }`,
    ),
  });
  await office.write('fourline.yaml', 'sandbox: off\nfree: 1k\n');
  await office.repository('shop', files);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const gate = `${office.root}/../../gate-${process.pid}`;
  mkdirSync(gate);
  office.env['GATE'] = gate;
  const disk = await mountDisk(office, { size: '16m' });
  const daemon = await startDaemonBy(office, disk.enter);
  await daemon.said(/running/);
  disk.fill();
  writeFileSync(`${gate}/go`, '');
  await daemon.said(/work is held: the disk is full|returned/);
  disk.free();
  await daemon.settled('x');
  expect(await daemon.stop()).toBe(0);
  disk.shell(`rm -r ${gate}`);
  expect(await disk.standing('x')).toMatchObject({ outcome: 'done', spent: 0 });
});

// An office whose PATH holds a program of that name before the system's.
async function officeWith(name: string, script: string, front = ''): Promise<Office> {
  const office = await openOffice({
    coder: `---\nagent: ${name}\n${writes}\n${front}\n---\nWork.\n`,
    other: card('- shell: echo 2 > src/b.ts', writes),
  });
  const folder = `${office.root}/../programs`;
  await mkdir(folder);
  await writeFile(`${folder}/${name}`, `#!/bin/sh\n${script}\n`);
  await chmod(`${folder}/${name}`, 0o755);
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}:${dirname(process.execPath)}:/usr/bin:/bin`;
  onTestFinished(() => {
    process.env['PATH'] = before;
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', files);
  return office;
}

const good = JSON.stringify({ type: 'result', subtype: 'success', is_error: false, num_turns: 2, result: 'Done.' });

function claudeSays(words: string): string {
  const lines = [
    {
      type: 'assistant',
      error: 'rate_limit',
      message: { model: '<synthetic>', content: [{ type: 'text', text: words }] },
    },
    { type: 'result', subtype: 'success', is_error: true, num_turns: 1, result: words },
  ];
  return `cat <<'END'\n${lines.map((one) => JSON.stringify(one)).join('\n')}\nEND\nexit 1`;
}

function codexSays(words: string): string {
  const lines = [
    { type: 'error', message: words },
    { type: 'turn.failed', error: { message: words } },
  ];
  return `cat <<'END'\n${lines.map((one) => JSON.stringify(one)).join('\n')}\nEND\nexit 1`;
}

const hour = 3600;

test.each([
  ['claude', claudeSays(`Claude AI usage limit reached|${Math.floor(Date.now() / 1000) + hour}`), good],
  [
    'codex',
    codexSays("You've hit your usage limit. Upgrade to Pro or try again in 1 hour."),
    '{"type":"turn.completed","usage":{}}',
  ],
])(
  '%s whose plan is used up is held until it resets, over a restart as well, and others go on',
  async (name, limit, end) => {
    const office = await officeWith(
      name,
      `if [ ! -e "$LIFTED" ]; then echo half > src/a.ts; ${limit}; fi\n[ $FOURLINE_ID != 0001-x ] || grep -q half src/a.ts && echo $FOURLINE_ID > src/a.ts; echo '${end}'`,
      'env: LIFTED\nlimits: { attempts: 1 }',
    );
    process.env['LIFTED'] = `${office.root}/lifted`;
    office.env['LIFTED'] = `${office.root}/lifted`;
    for (const id of ['x', 'y']) await office.write(`inbox/coder/${id}.md`, order(['src/a.ts']));
    await office.write('inbox/other/z.md', order(['src/b.ts']));
    await office.work();
    await office.work();
    expect(await office.standing('z')).toMatchObject({ outcome: 'done' });
    const runs = (await office.read('state/journal.jsonl'))
      .split('\n')
      .filter((one) => one.includes(`"agent":"${name}"`) && one.includes('"step":"ran"'));
    expect(runs).toHaveLength(1);
    expect(await office.standing('x')).toMatchObject({ position: 'posted', spent: 0 });
    expect((await office.fourline('status')).out).toContain(
      `the usage limit of ${name} is reached; it is tried again at`,
    );
    expect(await office.list('inbox/operator')).toContain(`usage-limit-${name}.notice.md`);
    await office.write('lifted', '');
    expect((await office.fourline('retry', '1')).code).toBe(0);
    await office.work();
    expect(await office.standing('x')).toMatchObject({ outcome: 'done', spent: 0 });
    expect(await office.standing('y')).toMatchObject({ outcome: 'done' });
  },
);

test('a CLI that said its good end and does not leave is shown out, and its work lands', async () => {
  const office = await officeWith('claude', `echo 2 > src/a.ts; echo '${good}'; exec sleep 3600`);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('2');
});

test('a wait for a rate limit is said while it lasts', async () => {
  const retry = JSON.stringify({
    type: 'system',
    subtype: 'api_retry',
    error: 'rate_limit',
    error_status: 429,
    attempt: 1,
  });
  const answer = JSON.stringify({
    type: 'assistant',
    message: { id: 'm1', model: 'claude-sonnet-4-5', content: [], usage: { input_tokens: 5, output_tokens: 5 } },
  });
  const office = await officeWith(
    'claude',
    `echo '${retry}'; echo '${retry}'; echo '${answer}'; echo 2 > src/a.ts; echo '${good}'`,
  );
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  const said = office.said.filter((one) => /held up|goes on/.test(one));
  expect(said).toEqual([expect.stringContaining('rate_limit (429), try 1'), expect.stringContaining('answers again')]);
});

test('money that the price table says ends a run as well, marked as an estimate', async () => {
  const answer = JSON.stringify({
    type: 'assistant',
    message: { id: 'm1', model: 'claude-sonnet-4-5', content: [], usage: { input_tokens: 900_000, output_tokens: 5 } },
  });
  const office = await officeWith('claude', `echo '${answer}'; exec sleep 3600`, 'limits: { usd: 0.5 }');
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('x')).toMatchObject({
    outcome: 'failed',
    limit: 'usd',
    note: expect.stringMatching(/: ~\$\d/),
  });
});
