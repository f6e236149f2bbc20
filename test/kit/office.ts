// Why: end-to-end tests speak in user acts: write a card, drop an order, work, look at what landed.
// Promises: a workspace of its own in a temporary folder, rooms included; real git, real processes; all of it gone
// afterwards.
// Never: reaches into a station.
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { tellLines } from '../../src/cli/talk.ts';
import { loopUntilStopped } from '../../src/daemon/daemon.ts';
import { type HeldSession, openSession } from '../../src/daemon/session.ts';
import type { WorkListener } from '../../src/event.ts';
import { readHistory } from '../../src/ledger/read-history.ts';
import { type FlatStanding, flattenStanding } from '../../src/ledger/standing.ts';
import { type Host, hostOf } from '../../src/platform/process/host.ts';
import { needs } from './needs.ts';

/** The command line, as the package has it; the source where no runner has bundled it. */
export const cli = process.env['FOURLINE_CLI'] ?? resolve(import.meta.dirname, '../../src/cli.ts');

/** A workspace under test. */
export type Office = {
  readonly root: string;
  /** Everything that was said, line by line. */
  readonly said: string[];
  readonly env: NodeJS.ProcessEnv;
  /** Whom the office works for in this process: the variables as they are now, and rooms of its own. */
  readonly host: () => Host;
  readonly write: (path: string, text: string | Uint8Array) => Promise<void>;
  readonly read: (path: string) => Promise<string>;
  readonly list: (path: string) => Promise<string[]>;
  /** Plain git in a folder of the workspace. */
  readonly git: (folder: string, ...args: string[]) => string;
  readonly repository: (name: string, files: Readonly<Record<string, string>>) => Promise<void>;
  /** Works until nothing is left to do, in this process. */
  readonly work: () => Promise<void>;
  readonly standings: () => Promise<Map<string, FlatStanding>>;
  readonly standing: (name: string) => Promise<FlatStanding>;
  /** The record folder of a settled order. */
  readonly record: (name: string, file: string) => Promise<string>;
  /** Runs the command line; never throws for its exit code. */
  readonly fourline: (...args: string[]) => Promise<{ code: number; out: string; err: string }>;
  /** The same, started by another program that is given the whole command behind its own arguments. */
  readonly fourlineBy: (
    by: readonly string[],
    ...args: string[]
  ) => Promise<{ code: number; out: string; err: string }>;
};

const person = [
  '-c',
  'user.name=dana',
  '-c',
  'user.email=dana@example.com',
  '-c',
  'commit.gpgsign=false',
  '-c',
  'init.defaultBranch=main',
  '-c',
  'protocol.file.allow=always',
];

/** Opens an office with the given cards (by role) and removes it when the test is over. */
export async function openOffice(cards: Readonly<Record<string, string>> = {}): Promise<Office> {
  const place = await realpath(await mkdtemp(`${tmpdir()}/fourline-test-`));
  onTestFinished(() => rm(place, { recursive: true, force: true, maxRetries: 5 }));
  const root = `${place}/work`;
  const state = `${place}/xdg`;
  const env = {
    ...process.env,
    XDG_STATE_HOME: state,
    NO_COLOR: '1',
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
  };
  process.env['PATH'] = env.PATH;
  const said: string[] = [];
  const tell: WorkListener = (event) => void said.push(...tellLines(event).map(({ text }) => text));
  const write = async (path: string, text: string | Uint8Array): Promise<void> => {
    if (path === 'fourline.yaml' && `${text}`.includes('sandbox: required')) needs('bwrap');
    await mkdir(dirname(`${root}/${path}`), { recursive: true });
    await writeFile(`${root}/${path}`, text);
  };
  for (const folder of ['roles', 'inbox/operator', 'state', 'repos'])
    await mkdir(`${root}/${folder}`, { recursive: true });
  for (const [name, card] of Object.entries(cards)) await write(`roles/${name}.md`, card);
  for (const name of Object.keys(cards)) await mkdir(`${root}/inbox/${name}`, { recursive: true });
  const git = (folder: string, ...args: string[]): string =>
    execFileSync('git', [...person, '-C', `${root}/${folder}`, ...args], {
      env: { ...env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trimEnd();
  const host = (): Host => hostOf({ ...process.env, XDG_STATE_HOME: state });
  const standings = async (): Promise<Map<string, FlatStanding>> => {
    const session = await sit(root, tell, host());
    await session.close();
    const { history, close } = await readHistory(session.workspace.places);
    const found = new Map([...history.orders.values()].map((one) => [one.id, flattenStanding(one)]));
    close();
    return found;
  };
  const standing = async (name: string): Promise<FlatStanding> => {
    const all = await standings();
    const found = [...all.values()].find((one) => one.id === name || one.id.slice(5) === name);
    if (found === undefined) throw new Error(`no order ${name}; there are ${[...all.keys()].join(', ')}`);
    return found;
  };
  return {
    root,
    said,
    env,
    host,
    write,
    read: (path) => readFile(`${root}/${path}`, 'utf8'),
    list: (path) => readdir(`${root}/${path}`).catch(() => []),
    git,
    repository: async (name, files) => {
      await mkdir(`${root}/repos/${name}`, { recursive: true });
      git(`repos/${name}`, 'init', '-q');
      for (const [path, text] of Object.entries(files)) await write(`repos/${name}/${path}`, text);
      git(`repos/${name}`, 'add', '-A');
      git(`repos/${name}`, 'commit', '-q', '-m', 'begin');
    },
    work: async () => {
      const session = await sit(root, tell, host());
      const never = new AbortController().signal;
      try {
        await loopUntilStopped(session, { once: true, drain: never, halt: never });
      } finally {
        await session.close();
      }
    },
    standings,
    standing,
    record: async (name, file) => {
      const one = await standing(name);
      return readFile(`${root}/state/orders/${one.month ?? ''}/${one.id}/${file}`, 'utf8');
    },
    fourline: (...args) => runCli(root, env, args),
    fourlineBy: (by, ...args) => runCli(root, env, args, by),
  };
}

async function sit(root: string, listener: WorkListener, host: Host): Promise<HeldSession> {
  const session = await openSession(root, listener, host);
  if (session === null) throw new Error('the session is taken');
  return session;
}

function runCli(
  root: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  by: readonly string[] = [],
): Promise<{ code: number; out: string; err: string }> {
  const [program = '', ...rest] = [...by, process.execPath, cli, '-C', root, ...args];
  const child = spawn(program, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((done) => child.on('close', (code) => done({ code: code ?? -1, out, err })));
}

/** A rehearsal card. `steps` is YAML, `front` further front matter. */
export function card(steps: string, front = ''): string {
  return `---\nagent: rehearsal\nrehearsal:\n${steps
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}\n${front.trim()}\n---\nA rehearsed role.\n`;
}

/** An order with the given Files and bullets. */
export function order(
  files: readonly string[],
  parts: { objective?: string; accept?: readonly string[]; branching?: string; front?: string } = {},
): string {
  const bullets = parts.accept ?? ['src/a.ts says 2', 'nothing else changes', 'the file ends in a newline'];
  const front = parts.front === undefined ? '' : `---\n${parts.front.trim()}\n---\n`;
  return `${front}**Objective:** ${parts.objective ?? 'The value is 2.'}\n\n**Acceptance:**\n${bullets.map((one) => `- ${one}`).join('\n')}\n\n**Files:**\n${files.map((one) => `- ${one}`).join('\n')}\n\n**Branching:** ${parts.branching ?? 'halt-with-note'}\n`;
}

/** A rehearsal's step that puts an order into a tray; `name` is role/name. */
export function letter(name: string, text: string): string {
  const body = text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
  return `- mail: ${name}\n  text: |\n${body}`;
}
