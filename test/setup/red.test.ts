import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import type { CheckResult } from '../../src/checks/check.ts';
import { isRedAlike, withServices } from '../../src/checks/red.ts';
import { type Office, openOffice } from '../kit/office.ts';

function result(status: number | null, tail: string, more: Partial<CheckResult> = {}): CheckResult {
  return { command: 'npm test', status, milliseconds: 5, tail, timedOut: false, ...more };
}

test.each([
  ['the same end and output', result(1, 'a fails\n2 of 3'), result(1, 'a fails\n2 of 3'), true],
  ['other times and counts', result(1, 'a fails (12ms)\n2 of 3 tests'), result(1, 'a fails (9ms)\n4 of 5 tests'), true],
  ['another place in the file', result(1, 'a fails\nat a.ts:12:5'), result(1, 'a fails\nat a.ts:9:5'), true],
  ['another value', result(1, 'expected 2, got 3'), result(1, 'expected 2, got 1'), false],
  ['nothing printed', result(1, ''), result(1, ''), false],
  ['the same time limit', result(null, '', { timedOut: true }), result(null, '', { timedOut: true }), true],
  ['colours', result(1, '\u001b[31ma fails\u001b[0m'), result(1, 'a fails'), true],
  ['less that fails than on the branch', result(1, 'a fails'), result(1, 'a fails\nb fails'), true],
  ['more that fails than on the branch', result(1, 'a fails\nb fails'), result(1, 'a fails'), false],
  ['another status', result(2, 'a fails'), result(1, 'a fails'), false],
  ['a branch that passes', result(1, ''), result(0, ''), false],
  ['work that passes', result(0, ''), result(1, ''), false],
  ['a time limit that only the work reached', result(null, '', { timedOut: true }), result(null, ''), false],
])('a failed check beside the branch: %s', (_, work, branch, alike) => {
  expect(isRedAlike(work, branch)).toBe(alike);
});

function run(command: string): string {
  const env = { PATH: process.env['PATH'], TMPDIR: mkdtempSync(`${tmpdir()}/fourline-test-`) };
  try {
    return execFileSync('sh', ['-c', command], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    return `status ${status}: ${stdout}`;
  }
}

test('a check begins when its services are ready: one that ended well, and one that listens', () => {
  const serve = `node -e "require('net').createServer((s) => s.end('served')).listen(process.env.TMPDIR + '/s')"`;
  const ask = `node -e "require('net').connect(process.env.TMPDIR + '/s').pipe(process.stdout)"`;
  const command = withServices(`cat "$TMPDIR/it's"; ${ask}; kill $(cat "$TMPDIR/pid")`, [
    `echo made > "$TMPDIR/it's"`,
    `echo $$ > "$TMPDIR/pid"; exec ${serve}`,
  ]);
  expect(run(command)).toBe('made\nserved');
});

test('a service that cannot be started fails the check, and says so with its output', () => {
  expect(run(withServices('echo checked', ['echo no such database; exit 4']))).toBe(
    'status 125: checks: with: echo no such database; exit 4 ended with status 4\nno such database\n',
  );
});

const coder = (line: string): string => `---
description: Writes code.
agent: command
command: [sh, -c, ${JSON.stringify(line)}]
write: |
  repos/*/**
limits: { attempts: 2 }
---
You are the coder.
`;

const order = (bullet: string, ...files: string[]): string => `**Objective:** Change it.

**Acceptance:**
- \`${bullet}\` passes
- nothing else changes
- the report says what was done

**Files:**
${files.map((one) => `- ${one}`).join('\n')}

**Branching:** halt-with-note
`;

// Its tests: each file of tests/ is a shell script.
const runner = 'for one in tests/*; do sh $one || { echo "$one fails"; bad=1; }; done; [ -z "$bad" ]';

async function openShop(line: string): Promise<Office> {
  const office = await openOffice({ coder: coder(line) });
  await office.repository('shop', { run: runner, 'tests/a': 'exit 1\n', 'src/a': '1\n' });
  return office;
}

test('a check that fails on the branch as well costs no attempt: its role is told once, then the operator is asked, who says that it lands', async () => {
  const office = await openShop('echo 2 > src/a');
  await office.write('inbox/coder/x.md', order('sh run', 'src/a'));
  await office.work();
  const standing = await office.standing('x');
  expect(standing).toMatchObject({ position: 'parked', spent: 0, attempt: 2 });
  expect(await office.read(`state/active/${standing.id}/brief.md`)).toContain(
    'If this order is meant to make that pass, go on.',
  );
  const form = await office.read(`inbox/operator/${standing.id}.approval.md`);
  expect(form).toContain('`sh run` fails on main without this work as well');
  expect(form).toContain('wait: mend main (another order may); the checks are run again when it moves');
  expect(office.git('repos/shop', 'show', 'HEAD:src/a')).toBe('1');
  await office.fourline('approve', standing.id);
  await office.work();
  expect((await office.standing('x')).outcome).toBe('done');
  expect(office.git('repos/shop', 'show', 'HEAD:src/a')).toBe('2');
  expect(await office.record('x', 'report.md')).toContain('it fails on the branch without this work as well');
});

test('an order that mends the branch lands, and what waited for it goes on by itself', async () => {
  const office = await openShop('case $FOURLINE_ID in *mends) echo exit 0 > tests/a;; *) echo 2 > src/a;; esac');
  await office.write('inbox/coder/x.md', order('sh run', 'src/a'));
  await office.work();
  expect((await office.standing('x')).position).toBe('parked');
  await office.write('inbox/coder/mends.md', order('sh run', 'tests/a'));
  await office.work();
  expect((await office.standing('mends')).outcome).toBe('done');
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', spent: 0, attempt: 2 });
  expect(await office.record('x', 'report.md')).not.toContain('fails on the branch');
});

test('work that breaks more than the branch does goes back to its role, who hears both', async () => {
  const office = await openShop('echo exit 1 > tests/b');
  await office.write('inbox/coder/x.md', order('sh run', 'tests/b'));
  await office.work();
  const standing = await office.standing('x');
  expect(standing).toMatchObject({ outcome: 'failed', attempt: 2 });
  expect(await office.record('x', 'report.md')).toContain('(On main it ended with status 1, with other output.)');
});

test('a check that cannot run on anything is named as that to the operator, with its line and what helps', async () => {
  const office = await openOffice({ coder: coder('echo 2 > src/a') });
  await office.repository('shop', {
    'package-lock.json': '{}',
    'package.json': '{"scripts":{"test":"shop-builder"}}',
    'src/a': '1\n',
  });
  await office.write('inbox/coder/x.md', order('npm test', 'src/a'));
  await office.work();
  const standing = await office.standing('x');
  expect(standing).toMatchObject({ position: 'parked', spent: 0 });
  const form = await office.read(`inbox/operator/${standing.id}.approval.md`);
  expect(form).toMatch(
    /Acceptance, line 4: `npm test` needs what npm installs \(package-lock.json is there\), and no setup: installs it → say how/,
  );
});

test('a check reaches the services beside it, in the same sandbox', async () => {
  const serve = `node -e "require('http').createServer((q, a) => a.end('served')).listen(8123)"`;
  const office = await openOffice({ coder: coder('echo 2 > src/a') });
  await office.write('fourline.yaml', `repos: { shop: { checks: { with: [${JSON.stringify(serve)}] } } }\n`);
  await office.repository('shop', {
    'src/a': '1\n',
    ask: "fetch('http://127.0.0.1:8123').then((a) => a.text()).then((t) => process.exit(t === 'served' ? 0 : 1));",
  });
  await office.write('inbox/coder/x.md', order('node ask', 'src/a'));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 1 });
});

test('a service that cannot be started is named to the operator, and no attempt is spent', async () => {
  const office = await openOffice({ coder: coder('echo 2 > src/a') });
  await office.write('fourline.yaml', "repos: { shop: { checks: { with: ['echo no database; exit 4'] } } }\n");
  await office.repository('shop', { 'src/a': '1\n' });
  await office.write('inbox/coder/x.md', order('grep 2 src/a', 'src/a'));
  await office.work();
  const standing = await office.standing('x');
  expect(standing).toMatchObject({ position: 'parked', spent: 0, attempt: 1 });
  expect(await office.read(`inbox/operator/${standing.id}.approval.md`)).toContain(
    '`grep 2 src/a` was not run: checks: with: echo no database; exit 4 ended with status 4 → mend that command',
  );
});
