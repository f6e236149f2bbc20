// Why: `npm run test:agents [claude codex …]`: the real agent CLIs, in versions that are known, against a model server
// of ours.
// Promises: they are installed in a cache folder of their own, never among this project's packages; without arguments
// all of them are tried; the exit code is the tests'.
// Never: signs in anywhere, or uses what is installed on this machine.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';

const versions: Readonly<
  Record<string, { readonly name: string; readonly version: string; readonly scripts: boolean }>
> = {
  claude: { name: '@anthropic-ai/claude-code', version: '2.1.329', scripts: true },
  codex: { name: '@openai/codex', version: '0.169.0', scripts: false },
  opencode: { name: 'opencode-ai', version: '1.18.33', scripts: true },
  gemini: { name: '@google/gemini-cli', version: '0.61.0', scripts: false },
  copilot: { name: '@github/copilot', version: '1.0.102', scripts: false },
};

const top = resolve(import.meta.dirname, '../..');
const cache = process.env['XDG_CACHE_HOME'] ?? `${homedir()}/.cache`;
const folder = process.env['FOURLINE_AGENTS'] ?? `${cache}/fourline-agents`;

function run(program: string, args: readonly string[], cwd: string): number {
  const env = {
    ...process.env,
    FOURLINE_AGENTS: folder,
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
  };
  return spawnSync(program, args, { cwd, env, stdio: 'inherit' }).status ?? 1;
}

// Two of them put their program in place by a script of theirs; the third package's scripts build what is not needed
// here.
function install(agent: string): number {
  const chosen = versions[agent];
  if (chosen === undefined) throw new Error(`${agent} is none of ${Object.keys(versions).join(', ')}`);
  const { name, version, scripts } = chosen;
  const place = `${folder}/${agent}`;
  const manifest = { private: true, dependencies: { [name]: version }, allowScripts: { [name]: scripts } };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  if (readText(`${place}/package.json`) === text && readText(`${place}/done`) === text) return 0;
  mkdirSync(place, { recursive: true });
  writeFileSync(`${place}/package.json`, text);
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const status = run('npm', ['install', ...quiet, ...(scripts ? [] : ['--ignore-scripts'])], place);
  if (status === 0) writeFileSync(`${place}/done`, text);
  return status;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const asked = process.argv.slice(2);
const agents = asked.length > 0 ? asked : Object.keys(versions);
const failed = agents.filter((agent) => install(agent) !== 0);
if (failed.length > 0) {
  process.stderr.write(`could not be installed: ${failed.join(', ')}\n`);
  process.exitCode = 1;
} else {
  const files = agents.map((agent) => `test/agents/${agent}.e2e.ts`);
  process.exitCode = run(
    `${top}/node_modules/.bin/vitest`,
    ['run', '--config', 'test/agents/vitest.config.ts', ...files],
    top,
  );
}
