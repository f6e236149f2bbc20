// Why: a person's own session of an agent CLI orders work through fourline: the real program, set up by
// `fourline setup`, against a model server of ours.
// Promises: the program is the one installed for these tests, with a HOME of its own; what the person does by hand (a
// sign-in, a folder that they trust) is in the bench, and nothing else is.
// Never: talks to a real model.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { card, type Office, openOffice } from '../kit/office.ts';
import { openModelServer } from './model-server.ts';

/** Where a session is: the model server's address, the person's HOME, the folder they work in. */
type Seat = { readonly address: string; readonly home: string; readonly folder: string };

/** A CLI as a person starts it: its command, its variables, and the files that they have in HOME. */
export type SessionBench = {
  readonly name: string;
  readonly argv: (seat: Seat) => readonly [string, ...string[]];
  readonly env: (seat: Seat) => Readonly<Record<string, string>>;
  readonly files?: (seat: Seat) => Readonly<Record<string, string>>;
  /** The arguments by which it takes a plug-in's folder, where it can without installing it. */
  readonly plugin?: (folder: string) => readonly string[];
};

const draft = {
  role: 'coder',
  objective: 'The value is 2.',
  acceptance: ['src/a.ts says 2', 'nothing else changes', 'the file ends in a newline'],
  files: ['src/a.ts'],
};

async function openShop(): Promise<Office> {
  const office = await openOffice({
    coder: card('- write: src/a.ts\n  text: "2\\n"', 'write: |\n  repos/*/src/**\nsend: operator'),
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/b.ts': '1\n', 'NOTES.md': 'a note\n' });
  return office;
}

/** The folder of a CLI's program, as these tests have installed it. */
export function binOf(name: string): string {
  const bin = `${process.env['FOURLINE_AGENTS'] ?? ''}/${name}/node_modules/.bin`;
  if (existsSync(bin)) return bin;
  throw new Error(`${name} is not installed in ${bin}; npm run test:agents installs it`);
}

// Runs the CLI in the person's folder; gives all that it printed.
async function runSession(bench: SessionBench, office: Office, seat: Seat, more: readonly string[]): Promise<string> {
  const bin = binOf(bench.name);
  for (const [path, content] of Object.entries(bench.files?.(seat) ?? {})) {
    await mkdir(dirname(`${seat.home}/${path}`), { recursive: true });
    await writeFile(`${seat.home}/${path}`, content);
  }
  const { PATH = '', XDG_STATE_HOME: state = '' } = office.env;
  const env = { PATH: `${bin}:${PATH}`, HOME: seat.home, XDG_STATE_HOME: state, FOURLINE_ROLE: 'coder' };
  const [program, ...args] = bench.argv(seat);
  const child = spawn(program, [...args, ...more], { cwd: seat.folder, env: { ...env, ...bench.env(seat) } });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.end('Have the value changed.');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return `${out}${err}`;
}

// Sets the CLI up by `setup`, lets it order work and edit, and takes the set-up back.
async function tryOut(bench: SessionBench, setup: (office: Office) => readonly string[], more: readonly string[] = []) {
  const office = await openShop();
  const folder = `${office.root}/repos/shop`;
  const server = await openModelServer([
    { do: 'call', server: 'fourline', tool: 'status' },
    { do: 'call', server: 'fourline', tool: 'order_send', input: draft },
    { do: 'edit', path: `${folder}/src/b.ts`, before: '1', after: '2' },
    { do: 'edit', path: `${folder}/NOTES.md`, before: 'a note', after: 'as I like' },
    { do: 'say', text: 'Ordered.' },
  ]);
  onTestFinished(() => server.close());
  const home = resolve(office.root, '../home');
  await mkdir(home);
  expect(await office.fourline('setup', ...setup(office), '--yes')).toMatchObject({ code: 0, err: '' });
  const seat = { address: `http://127.0.0.1:${server.port}`, home, folder };
  const told = await runSession(
    bench,
    office,
    seat,
    more.map((one) => one.replace('{office}', office.root)),
  );
  const asked = JSON.stringify(server.requests.map((one) => one.body));
  expect({ told, asked: asked.includes('sent: 0001-the-value-is-2') }).toEqual({ told, asked: true });
  expect(asked).toContain('nobody works here: a person starts it with fourline start');
  expect(asked).toContain('Hand work to roles through fourline');
  expect(await readFile(`${folder}/src/b.ts`, 'utf8')).toBe('2\n');
  expect(await readFile(`${folder}/NOTES.md`, 'utf8')).toBe('a note\n');
  expect(asked).toContain('not yours: repos/shop/NOTES.md: no write: line');
  await office.fourline('start', '--once');
  expect((await office.standing('the-value-is-2')).outcome).toBe('done');
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('2');
  expect(await office.fourline('setup', ...setup(office), '--remove', '--yes')).toMatchObject({ code: 0 });
  expect(office.git('repos/shop', 'status', '--porcelain').trim()).toBe('M src/b.ts');
}

/** Sends one CLI through a person's session, set up by its files and, where it takes a folder, by the plug-in. */
export function testSession(bench: SessionBench): void {
  test("in a person's own session it orders work by MCP, knows the skill, and its edits are judged", async () => {
    await tryOut(bench, ({ root }) => [bench.name, '--in', `${root}/repos/shop`]);
  });

  const { plugin } = bench;
  if (plugin === undefined) return;
  test("in a person's own session the plug-in does the same", async () => {
    await tryOut(bench, ({ root }) => ['--plugin', `${root}/plugin`], plugin('{office}/plugin'));
  });
}
