import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Spent } from '../../src/agent/meter.ts';
import { planLaunch } from '../../src/runs/launch.ts';
import { type Office, openOffice, order } from '../kit/office.ts';
import { recorded } from '../kit/stream.ts';

/** An office whose PATH holds these programs, as shell scripts, before the system's. */
async function officeWith(programs: Readonly<Record<string, string>>, front: string): Promise<Office> {
  const office = await openOffice();
  const folder = `${office.root}/../programs`;
  await mkdir(folder);
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(`${folder}/${name}`, `#!/bin/sh\n${script}\n`);
    await chmod(`${folder}/${name}`, 0o755);
  }
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}:${dirname(process.execPath)}:/usr/bin:/bin`;
  onTestFinished(() => {
    process.env['PATH'] = before;
  });
  await office.write('fourline.yaml', 'sandbox: required\n');
  await office.write('roles/coder.md', `---\n${front}\nwrite: |\n  repos/*/src/**\n---\nYou are the coder.\n`);
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  return office;
}

/** Shell lines that print what a CLI once printed, and leave what it left in its HOME. */
function replay(cli: string, name: string, sessions: string | null = null): string {
  const stream = recorded(cli, name);
  const aside = stream.flatMap((one) => ('aside' in one && one.aside.startsWith('{') ? [one.aside] : []));
  const complaint = stream.flatMap((one) => ('aside' in one && !one.aside.startsWith('{') ? [one.aside] : []));
  const lines = stream.flatMap((one) => ('line' in one ? [one.line] : []));
  const here = (text: readonly string[], to: string): string => `cat ${to} <<'END'\n${text.join('\n')}\nEND\n`;
  return [
    ...(sessions === null ? [] : [`mkdir -p "$HOME/${sessions}"`, here(aside, `> "$HOME/${sessions}/s.jsonl"`)]),
    here(complaint, '>&2'),
    here(lines, ''),
  ].join('\n');
}

async function ranOf(office: Office): Promise<{ agent: string; ending: string; spent: Spent }> {
  const line = (await office.read('state/journal.jsonl')).split('\n').find((one) => one.includes('"step":"ran"')) ?? '';
  return JSON.parse(line.slice(line.indexOf('{'))) as { agent: string; ending: string; spent: Spent };
}

const change = 'cat "$FOURLINE_ROOM/brief.md" >/dev/null && echo 2 > src/a.ts';

test('agent: auto is the first one installed; what its session files tell is counted', async () => {
  const office = await officeWith(
    { gemini: 'exit 9', codex: `${change}\n${replay('codex', 'edit', '.codex/sessions/2026')}` },
    'agent: auto',
  );
  await office.work();
  expect((await office.standing('x')).outcome).toBe('done');
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('2');
  expect(office.git('repos/shop', 'log', '-1', '--format=%B')).toContain('codex');
  const ran = await ranOf(office);
  expect(ran).toMatchObject({ agent: 'codex', ending: 'ended well' });
  expect(ran.spent).toMatchObject({
    usage: { fresh: 3200, reread: 2500, written: 0, output: 150, reasoning: 60 },
    turns: 3,
    peak: 2500,
  });
  expect(ran.spent.model).toMatch(/^gpt/);
  expect(await office.record('x', 'report.md')).toContain('All done.');
});

test('agent: auto where none is installed says which there could be', async () => {
  const office = await officeWith({}, 'agent: auto');
  await office.work();
  const { outcome, note } = await office.standing('x');
  expect(outcome).toBe('failed');
  expect(note).toContain('none of claude, codex, opencode, gemini is on PATH');
});

test('an agent that is named and not installed is not replaced by another', async () => {
  const office = await officeWith({ codex: change }, 'agent: claude');
  await office.work();
  expect((await office.standing('x')).note).toContain("there is no program 'claude' on PATH");
});

test('what cannot come right is not waited for', async () => {
  const office = await officeWith({ claude: `${replay('claude', 'refused-key')}\nexec sleep 600` }, 'agent: claude');
  await office.work();
  const { outcome, note } = await office.standing('x');
  expect(outcome).toBe('failed');
  expect(note).toContain('it is not signed in: authentication_failed (401), try 2 (name ANTHROPIC_API_KEY');
});

test('a run is ended by its budget while it goes on, by what its session file tells', async () => {
  const office = await officeWith(
    { codex: `${replay('codex', 'killed', '.codex/sessions')}\nexec sleep 600` },
    'agent: codex\nlimits: { tokens: 20k }',
  );
  await office.work();
  expect((await office.standing('x')).note).toContain('limit of tokens: 50070 tokens are used, 20000 allowed');
  expect((await ranOf(office)).spent.usage.fresh).toBe(50_000);
});

test('exit status 0 is not believed against the stream, nor another one with it', async () => {
  const good = await officeWith({ gemini: `${change}\n${replay('gemini', 'refused-key')}\nexit 0` }, 'agent: gemini');
  await good.work();
  expect(await good.standing('x')).toMatchObject({ outcome: 'failed' });
  expect((await good.standing('x')).note).toContain('API key not valid');
});

test('a key that a server says in its refusal is blotted out', async () => {
  const key = 'sk-ant-0123456789abcdef';
  process.env['ANTHROPIC_API_KEY'] = key;
  onTestFinished(() => void delete process.env['ANTHROPIC_API_KEY']);
  const result = {
    type: 'result',
    subtype: 'success',
    is_error: true,
    num_turns: 1,
    result: `401: ${key} is not valid`,
  };
  const office = await officeWith(
    { claude: `cat <<'END'\n${JSON.stringify(result)}\nEND` },
    'agent: claude\nenv: [ANTHROPIC_API_KEY]',
  );
  await office.work();
  expect((await office.standing('x')).note).toContain('401: [redacted] is not valid');
  expect(await office.read('state/journal.jsonl')).not.toContain(key);
});

test('a key that an agent says at its end is blotted out of the report', async () => {
  const key = 'sk-ant-0123456789abcdef';
  process.env['ANTHROPIC_API_KEY'] = key;
  onTestFinished(() => void delete process.env['ANTHROPIC_API_KEY']);
  const lines = [
    { type: 'assistant', message: { id: 'm', content: [{ type: 'text', text: `I used ${key}.` }] } },
    { type: 'result', subtype: 'success', is_error: false, num_turns: 1 },
  ];
  const office = await officeWith(
    { claude: `${change}\ncat <<'END'\n${lines.map((one) => JSON.stringify(one)).join('\n')}\nEND` },
    'agent: claude\nenv: [ANTHROPIC_API_KEY]',
  );
  await office.work();
  const report = await office.record('x', 'report.md');
  expect(report).toContain('I used [redacted].');
  expect(report).not.toContain(key);
});

test('behind a gateway a CLI is told the gateway in its own words, and the key is nowhere', async () => {
  const key = 'sk-0123456789abcdef';
  process.env['OPENAI_API_KEY'] = key;
  onTestFinished(() => void delete process.env['OPENAI_API_KEY']);
  const look = 'env > src/a.ts; cat ~/.codex/config.toml >> src/a.ts';
  const office = await officeWith(
    { codex: `${look}\n${replay('codex', 'edit')}` },
    'agent: codex\ngateway: true\nenv: OPENAI_API_KEY',
  );
  await office.work();
  const seen = office.git('repos/shop', 'show', 'HEAD:src/a.ts');
  expect(seen).toMatch(/^CODEX_API_KEY=held-by-the-gateway$/m);
  expect(seen).toMatch(/^openai_base_url = "http:\/\/127\.0\.0\.1:\d+"$/m);
  expect(seen).not.toContain(key);
});

test('behind a gateway opencode is told it as the address of the provider its model names', async () => {
  process.env['OPENROUTER_API_KEY'] = 'sk-0123456789abcdef';
  onTestFinished(() => void delete process.env['OPENROUTER_API_KEY']);
  const office = await officeWith(
    { opencode: `env > src/a.ts\n${replay('opencode', 'edit')}` },
    'agent: opencode\nmodel: openrouter/some/model\ngateway: true\nenv: OPENROUTER_API_KEY',
  );
  await office.work();
  const seen = office.git('repos/shop', 'show', 'HEAD:src/a.ts');
  const config = /^OPENCODE_CONFIG_CONTENT=(.*)$/m.exec(seen)?.[1] ?? '';
  expect(JSON.parse(config)).toEqual({
    provider: { openrouter: { options: { baseURL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string } } },
  });
  expect(seen).toMatch(/^OPENROUTER_API_KEY=held-by-the-gateway$/m);
  expect((await office.read('state/journal.jsonl')).includes('gateway"')).toBe(true);
});

test.each([
  ['', 'gateway: true, and how opencode takes a base address is not known'],
  ['model: mine/small\n', 'how opencode mine/small takes a base address is not known'],
  ['model: opencode/small\n', 'how opencode opencode/small takes a base address is not known'],
  ['model: openai/gpt\nenv: OPENCODE_CONFIG_CONTENT\n', 'OPENCODE_CONFIG_CONTENT would lead past it'],
  ['model: openai/gpt\n', 'OPENAI_API_KEY is not set where fourline was started, or not named'],
])('no gateway stands where its way is not known: %s', async (front, words) => {
  process.env['OPENCODE_CONFIG_CONTENT'] = '{}';
  onTestFinished(() => void delete process.env['OPENCODE_CONFIG_CONTENT']);
  const office = await officeWith({ opencode: 'exit 9' }, `agent: opencode\n${front}gateway: true`);
  await office.work();
  expect((await office.standing('x')).note).toContain(words);
});

test('a plan of auto follows the order of the list, not of PATH', async () => {
  await officeWith({ gemini: '', opencode: '' }, 'agent: auto');
  const role = { agent: { kind: 'cli', name: 'auto' }, model: null, env: [], signIn: [], skills: [], mcp: [] };
  const plan = await planLaunch(role as unknown as Parameters<typeof planLaunch>[0]);
  expect(typeof plan === 'string' ? plan : plan.label).toBe('opencode');
});

test('what a run spent is told once: in the journal, in the report, on the commit as a note, and in costs', async () => {
  const office = await officeWith({ claude: `${change}\n${replay('claude', 'edit')}` }, 'agent: claude\nmodel: sonnet');
  await office.work();
  const { spent } = await ranOf(office);
  expect(spent.turns).toBeGreaterThan(0);
  const note = office.git('repos/shop', 'log', '-1', '--notes=fourline', '--format=%N');
  expect(note).toContain(`Fourline-Run: ${(await office.standing('x')).id}.1`);
  expect(note).toContain(
    `Tokens: fresh ${spent.usage.fresh}, re-read ${spent.usage.reread}, written ${spent.usage.written}`,
  );
  expect(note).toContain(`Turns: ${spent.turns}`);
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
  expect(await office.record('x', 'report.md')).toContain('## Spent');
  for (const key of ['role', 'model', 'order', 'day', 'level']) {
    const { rows, total } = JSON.parse((await office.fourline('--json', 'costs', '--by', key)).out) as {
      rows: { runs: number; turns: number; fresh: number }[];
      total: { runs: number; usd: number };
    };
    expect(rows).toMatchObject([{ runs: 1, turns: spent.turns, fresh: spent.usage.fresh }]);
    expect(total.runs).toBe(1);
  }
  expect((await office.fourline('costs')).out).toMatch(/^ROLE +RUNS +TURNS.*\ncoder +1 /);
  expect((await office.fourline('costs', '--by', 'moon')).code).toBe(2);
  expect(office.git('repos/shop', 'notes', '--ref=fourline', 'list').split('\n')).toHaveLength(1);
});

test('the journal names a server that the run began without', async () => {
  const init = { type: 'system', subtype: 'init', mcp_servers: [{ name: 'docs', status: 'failed' }] };
  const office = await officeWith(
    { claude: `echo '${JSON.stringify(init)}'` },
    'agent: claude\nlimits: { attempts: 1 }\nmcp: { docs: { command: [node] } }',
  );
  await office.work();
  expect(await office.read('state/journal.jsonl')).toContain('"unmet":["mcp: docs: the run began without it');
});

test('a run that is ended before the first word of its CLI names the servers that it may have waited for', async () => {
  const office = await officeWith(
    { claude: 'exec sleep 600' },
    'agent: claude\nlimits: { attempts: 1, silence: 0.05 }\nmcp: { docs: { command: [node] } }',
  );
  await office.work();
  expect((await office.standing('x')).note).toContain('its CLI may have waited for a server (mcp: docs)');
  expect(await office.read('state/journal.jsonl')).toContain('"unmet":["mcp: docs: the run ended before');
});
