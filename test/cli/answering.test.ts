import { chmod } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { card, type Office, openOffice } from '../kit/office.ts';

type Finding = { what: string; state: string; detail: string };

/** The output of Claude Code: an answer of its model, and a result. */
const print = (...lines: readonly unknown[]): string =>
  `cat <<'END'\n${lines.map((one) => JSON.stringify(one)).join('\n')}\nEND\n`;
const answer = (id: string): unknown => ({
  type: 'assistant',
  message: { id, model: 'claude-sonnet-4-5', usage: { input_tokens: 900, output_tokens: 4 } },
});
const result = { type: 'result', subtype: 'success', is_error: false, num_turns: 1, total_cost_usd: 0.02 };
const refused = { ...result, is_error: true, result: 'Invalid API key · Please run /login' };

/** An office whose claude is this shell script, with a role that has it. */
async function officeWith(script: string, front = ''): Promise<Office> {
  const office = await openOffice({
    smith: card('- write: ../../../ran.txt\n  text: ran'),
    coder: `---\nagent: claude\nsend: auditor\n${front}write: |\n  repos/*/src/**\n---\nYou are the coder.\n`,
    auditor: `---\nagent: command\ncommand: [sh, -c, 'exit 3']\n---\nYou audit.\n`,
  });
  await office.write('../programs/claude', `#!/bin/sh\n[ "$1" = --version ] && exit 1\n${script}\n`);
  await chmod(`${office.root}/../programs/claude`, 0o755);
  office.env['PATH'] = `${office.root}/../programs:${dirname(process.execPath)}:/usr/bin:/bin`;
  await office.write('fourline.yaml', 'sandbox: required\n');
  return office;
}

async function ask(office: Office): Promise<{ code: number; findings: Finding[] }> {
  const { code, out } = await office.fourline('--json', 'doctor', '--agents');
  const { findings } = JSON.parse(out) as { findings: Finding[] };
  return { code, findings: findings.filter((one) => /^agents?\b/.test(one.what)) };
}

test('doctor --agents asks each card that has a model, in its walls, and says what it heard', async () => {
  const look = 'head -1 "$FOURLINE_ROOM/brief.md" >&2; [ "$PWD" = /room ] || exit 9\n';
  const office = await officeWith(`${look}${print(answer('a'), result)}`);
  const { code, findings } = await ask(office);
  expect(findings).toEqual([
    { what: 'agent of coder', state: 'ok', detail: 'answers: claude-sonnet-4-5, 1 second, $0.02' },
  ]);
  expect(code).toBe(0);
  expect(await office.list('state')).toEqual([]);
  expect((await office.fourline('doctor')).out).not.toContain('agent of');
});

test('an agent that goes on after its first answer has answered, and is ended there', async () => {
  const office = await officeWith(`${print(answer('a'), answer('b'))}exec sleep 600`);
  expect((await ask(office)).findings).toMatchObject([
    { state: 'ok', detail: expect.stringMatching(/^answers: claude-sonnet-4-5, \d/) as string },
  ]);
});

test('what keeps an agent from answering is named, with what to do', async () => {
  const office = await officeWith(print(refused));
  const { code, findings } = await ask(office);
  expect(findings).toMatchObject([{ what: 'agent of coder', state: 'bad' }]);
  expect(findings[0]?.detail).toContain('claude: it is not signed in: Invalid API key');
  expect(findings[0]?.detail).toContain('name ANTHROPIC_API_KEY in the env: of the card');
  expect(code).toBe(7);
});

test('what a run of the card would lack is said before anything is started', async () => {
  const office = await officeWith('exit 9', 'sign-in: ~/.claude/nowhere.json\n');
  expect((await ask(office)).findings[0]?.detail).toContain('sign-in: ~/.claude/nowhere.json is not there');
});

test('rehearsals and plain commands are not asked', async () => {
  const office = await officeWith('exit 9');
  await office.write('roles/coder.md', card('- say: hello'));
  expect((await ask(office)).findings).toEqual([
    { what: 'agents', state: 'note', detail: 'no card has an agent with a model to ask' },
  ]);
});
