// Why: what the real CLIs print is kept as fixtures for the ordinary tests: `node test/agents/record.ts claude [case
// …]` makes them anew.
// Promises: a CLI is started as its adapter says, against the scripted server; paths of this machine and long texts are
// cut out; session lines that no reader looks at are left away.
// Never: puts it into a sandbox; a script does nothing but what is written below.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Adapter } from '../../src/agent/agent.ts';
import { openLines } from '../../src/agent/follow.ts';
import { adapters } from '../../src/runs/launch.ts';
import { openModelServer } from './model-server.ts';
import type { Turn } from './script.ts';

const key = 'sk-test-0123456789';
const benches: Readonly<Record<string, { model: string | null; env: (address: string) => Record<string, string> }>> = {
  claude: {
    model: 'sonnet',
    env: (at) => ({ ANTHROPIC_BASE_URL: at, ANTHROPIC_API_KEY: key, CLAUDE_CODE_MAX_RETRIES: '3', IS_SANDBOX: '1' }),
  },
  codex: { model: null, env: (at) => ({ OPENAI_BASE_URL: `${at}/v1`, OPENAI_API_KEY: key }) },
  opencode: {
    model: 'anthropic/claude-sonnet-4-5',
    env: (at) => ({ ANTHROPIC_BASE_URL: `${at}/v1`, ANTHROPIC_API_KEY: key }),
  },
  gemini: { model: null, env: (at) => ({ GOOGLE_GEMINI_BASE_URL: at, GEMINI_API_KEY: key }) },
};

const cases: Readonly<
  Record<string, { script: readonly Turn[]; model?: string; keyless?: boolean; seconds?: number }>
> = {
  edit: {
    script: [
      { do: 'edit', path: 'src/a.ts', before: '1', after: '2', usage: { fresh: 1200 } },
      { do: 'shell', line: 'cat src/a.ts', usage: { reread: 1500 } },
      { do: 'say', text: 'All done.' },
    ],
  },
  'refused-key': { script: [{ do: 'fail', status: 401 }] },
  'no-key': { script: [{ do: 'fail', status: 401 }], keyless: true },
  'rate-limit': { script: [{ do: 'fail', status: 429 }] },
  'model-unknown': { script: [{ do: 'fail', status: 404, code: 'model-unknown' }], model: 'nonsense-9' },
  'context-full': { script: [{ do: 'fail', status: 400, code: 'context-full' }] },
  killed: { script: [{ do: 'shell', line: 'true', usage: { fresh: 50_000 } }, { do: 'hang' }], seconds: 20 },
};

async function record(adapter: Adapter, name: string): Promise<void> {
  const bench = benches[adapter.name];
  const one = cases[name];
  if (bench === undefined || one === undefined) throw new Error(`no case ${name} of ${adapter.name}`);
  const server = await openModelServer(one.script);
  const place = await realpath(await mkdtemp(`${tmpdir()}/fourline-record-`));
  const [room, home] = [`${place}/room`, `${place}/home`];
  const fill = (text: string): string =>
    text.replaceAll('{room}', room).replaceAll('{home}', home).replaceAll('{tmp}', place);
  const provider = bench.model?.includes('/') === true ? `${bench.model.split('/')[0] ?? ''}/` : '';
  const model = one.model === undefined ? bench.model : `${provider}${one.model}`;
  const named = bench.env(`http://127.0.0.1:${server.port}`);
  const env = Object.fromEntries(Object.entries(named).filter(([, value]) => one.keyless !== true || value !== key));
  const launch = adapter.launch({ model, env, signIn: [] });
  await mkdir(`${room}/repos/shop/src`, { recursive: true });
  await writeFile(`${room}/repos/shop/src/a.ts`, '1\n');
  await writeFile(`${room}/brief.md`, 'Change src/a.ts so that it says 2.\n');
  for (const [path, text] of Object.entries(launch.home)) {
    await mkdir(dirname(`${home}/${path}`), { recursive: true });
    await writeFile(`${home}/${path}`, fill(text));
  }
  const folder = `${process.env['FOURLINE_AGENTS'] ?? ''}/${adapter.name}/node_modules/.bin`;
  const [program, ...args] = launch.argv;
  const child = spawn(`${folder}/${program}`, args.map(fill), {
    cwd: `${room}/repos/shop`,
    env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: home, TMPDIR: place, ...launch.env, ...env },
    detached: true,
  });
  child.stdin.end(fill(launch.prompt ?? ''));
  const reader = launch.openReader?.();
  const records: unknown[] = [];
  const end = (): void => void process.kill(-(child.pid ?? 0), 'SIGKILL');
  const take = (from: 'line' | 'aside') =>
    openLines((line) => {
      records.push({ [from]: trimLine(line) });
      if ((reader?.[from](line) ?? []).some((event) => event.kind === 'failed')) end();
    });
  const [line, aside] = [take('line'), take('aside')];
  child.stdout.on('data', line.take);
  child.stderr.on('data', aside.take);
  const timer = setTimeout(end, (one.seconds ?? 240) * 1000);
  const status = await new Promise<number | null>((done) => child.on('close', done));
  clearTimeout(timer);
  for (const text of await sessionsOf(launch.sessions === null ? null : `${home}/${launch.sessions}`))
    if (/"type":"(?:token_count|turn_context|gemini)"|"sessionId"/.test(text)) aside.take(Buffer.from(`${text}\n`));
  await server.close();
  const text = [...records, { status }].map((value) => JSON.stringify(value)).join('\n');
  const clean = text
    .replaceAll(room, '/room')
    .replaceAll(home, '/home/agent')
    .replaceAll(place, '/tmp')
    .replaceAll(`${folder}/`, '')
    .replaceAll(dirname(folder), '/packages')
    .replaceAll(`:${server.port}`, ':8080');
  const out = `${import.meta.dirname}/../adapter/streams/${adapter.name}`;
  await mkdir(out, { recursive: true });
  await writeFile(`${out}/${name}.jsonl`, `${clean}\n`);
  await rm(place, { recursive: true, force: true, maxRetries: 5 });
  process.stdout.write(`${adapter.name} ${name}: ${records.length} lines, status ${status}\n`);
}

async function sessionsOf(folder: string | null): Promise<string[]> {
  if (folder === null) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const lines: string[] = [];
  for (const one of entries)
    if (one.name.endsWith('.jsonl'))
      lines.push(
        ...(await readFile(`${one.parentPath}/${one.name}`, 'utf8')).split('\n').filter((line) => line !== ''),
      );
  return lines;
}

// Long texts and lists are no matter to a reader, and would be most of a fixture.
function trimLine(line: string): string {
  if (!line.startsWith('{')) return line.length > 600 ? `${line.slice(0, 600)}…` : line;
  return JSON.stringify(JSON.parse(line), (name, value: unknown) => {
    if (typeof value === 'string' && value.length > 300) return `${value.slice(0, 300)}…`;
    return Array.isArray(value) && value.length > 4 && name !== 'content' ? value.slice(0, 2) : value;
  });
}

const [only, ...names] = process.argv.slice(2);
for (const adapter of adapters)
  if (only === undefined || adapter.name === only)
    for (const name of names.length > 0 ? names : Object.keys(cases)) await record(adapter, name);
