// Code ends work that would go on for ever: each limit by its name, with what was done kept, and the operator told.
import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { freeSpace, sizeOf } from '../../src/runs/bounds.ts';
import { type Office, openOffice, order } from '../kit/office.ts';

const card = (limits: string, steps: string, more = ''): string =>
  `---\nagent: rehearsal\nrehearsal:\n${steps}limits: { ${limits} }\n${more}write: |\n  repos/*/src/**\n---\nTry.\n`;

async function officeWith(cards: Record<string, string>, settings = 'sandbox: off\n'): Promise<Office> {
  const office = await openOffice(cards);
  await office.write('fourline.yaml', settings);
  await office.repository('shop', { 'src/a.ts': '1\n' });
  return office;
}

test('an agent that prints without end is ended, and what it did is kept', async () => {
  const office = await officeWith({
    coder: card('output: 2m', '  - write: src/a.ts\n    text: kept\n  - shell: exec yes\n'),
  });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const { code } = await office.fourline('start', '--once');
  expect(code).toBe(6);
  const standing = await office.standing('x');
  expect(standing).toMatchObject({ outcome: 'failed', limit: 'output' });
  expect(standing.note).toContain('ended at its limit of output: it printed more than 2 MB');
  expect(await office.record('x', 'unlanded.patch')).toContain('+kept');
  expect(await office.record('x', 'report.md')).toContain('limit: output');
});

test('an agent that fills its room is ended', async () => {
  const office = await officeWith({
    coder: card('room: 20m', '  - shell: dd if=/dev/zero of=big bs=1M count=64 && sleep 600\n'),
  });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  const standing = await office.standing('x');
  expect(standing).toMatchObject({ outcome: 'failed', limit: 'room' });
  expect(standing.note).toContain('its room holds more than 20 MB');
});

test('a run sends so many orders and no more; the rest is kept, and the operator hears of it', async () => {
  const mail = Array.from({ length: 4 }, (_, index) => ({
    step: `  - mail: coder/job${index}\n    text: |\n${order(['src/a.ts'])
      .split('\n')
      .map((line) => `      ${line}`)
      .join('\n')}\n`,
  }));
  const office = await officeWith({
    lead: card('children: 2', mail.map((one) => one.step).join(''), 'send: coder\n'),
    coder: card('runs: 1', '  - write: src/a.ts\n    text: x\n'),
    top: card('runs: 1', '  - say: nothing\n', 'send: lead\n'),
  });
  await office.write('inbox/lead/plan.md', order(['src/a.ts']));
  await office.work();
  const plan = await office.standing('plan');
  expect(plan).toMatchObject({ outcome: 'done', limit: 'children' });
  expect(plan.refused).toHaveLength(2);
  expect(plan.refused[0]?.sentence).toContain('a run of lead sends at most 2 orders (limits: children)');
  expect([...(await office.standings()).values()].filter((one) => one.role === 'coder')).toHaveLength(2);
  expect(await office.list('inbox/operator')).toContain(`${plan.id}.report.md`);
});

test('of more orders than a run can mean the rest is not even read, and is named', async () => {
  const letter = order(['src/a.ts'])
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n');
  const copies =
    '  - shell: cd "$FOURLINE_ROOM/inbox/coder" && for count in $(seq 2 501); do cp job1.md job$count.md; done\n';
  const office = await officeWith({
    lead: card('children: 1', `  - mail: coder/job1\n    text: |\n${letter}\n${copies}`, 'send: coder\n'),
    coder: card('runs: 1', '  - write: src/a.ts\n    text: x\n'),
  });
  await office.write('inbox/lead/plan.md', order(['src/a.ts']));
  await office.work();
  const { verdicts } = JSON.parse(await office.record('plan', 'verdicts.json')) as {
    verdicts: { sentence?: string }[];
  };
  const refused = verdicts.filter((one) => one.sentence !== undefined);
  expect(refused).toHaveLength(500);
  const unread = refused.filter((one) =>
    one.sentence?.includes('a run sends at most 500 orders; this one was not read'),
  );
  expect(unread).toHaveLength(1);
});

test('two roles that send each other orders for ever come to an end', async () => {
  const pass = (to: string): string =>
    `  - mail: ${to}/ball\n    text: |\n${order(['src/a.ts'])
      .split('\n')
      .map((line) => `      ${line}`)
      .join('\n')}\n`;
  const office = await officeWith({
    ping: card('hourly: 3', pass('pong'), 'send: pong\n'),
    pong: card('hourly: 3', pass('ping'), 'send: ping\n'),
  });
  await office.write('inbox/ping/ball.md', order(['src/a.ts']));
  await office.work();
  const all = [...(await office.standings()).values()];
  expect(all).toHaveLength(7);
  const last = all.find((one) => one.limit !== null);
  expect(last).toMatchObject({ limit: 'hourly' });
  expect(last?.refused[0]?.sentence).toContain('takes at most 3 orders from roles in an hour');
  expect(await office.list('inbox/operator')).toContain(`${last?.id}.report.md`);
});

test('without room on the disk nothing starts, nothing is lost, and it is said where the operator looks', async () => {
  const free = statfsSync('/').bavail * statfsSync('/').bsize;
  const office = await officeWith(
    { coder: card('runs: 1', '  - write: src/a.ts\n    text: x\n') },
    `sandbox: off\nfree: ${free * 4}\n`,
  );
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const { code, err } = await office.fourline('start', '--once');
  expect(code).toBe(1);
  expect(err).toMatch(/nothing starts: only .* are free where .* is; a run needs/);
  expect(await office.read('inbox/operator/no-space.notice.md')).toContain('# Nothing starts');
  expect((await office.fourline('status')).out).toContain('are free where');
  await office.write('fourline.yaml', 'sandbox: off\n');
  expect((await office.fourline('start', '--once')).code).toBe(0);
});

test('sizes are counted with names that are no text, and no further than needed', async () => {
  const office = await openOffice();
  execFileSync(
    'sh',
    ['-c', `mkdir -p deep/er && dd if=/dev/zero of="deep/er/$(printf '\\377')" bs=1k count=64 2>/dev/null`],
    {
      cwd: office.root,
    },
  );
  expect(await sizeOf(`${office.root}/deep`)).toBeGreaterThanOrEqual(65_536);
  expect(await sizeOf(`${office.root}/nothing`)).toBe(0);
  expect(await freeSpace(office.root)).toBeGreaterThan(0);
});
