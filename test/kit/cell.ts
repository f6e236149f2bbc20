// Why: what a sandbox holds is seen by running something in one, without an office around it.
// Promises: the sandbox is the one that runs get, on this machine's sandbox; its folders are gone when the test is
// over.
// Never: changes what the sandbox is made of.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { onTestFinished } from 'vitest';
import { type GroupEnd, startGroup } from '../../src/platform/process/process.ts';
import { accountFiles, enclose, inside, type Sandboxing, userOf, type Wall } from '../../src/sandbox/bubblewrap.ts';
import { lend } from '../../src/sandbox/lend.ts';
import { bringRuntime, findSandboxing } from '../../src/sandbox/machine.ts';
import { needs } from './needs.ts';

/** The end of a program in a sandbox, and its output. */
export type InCell = { readonly ended: GroupEnd; readonly out: string; readonly err: string };

/** This machine's bubblewrap; without one the test isn't run. */
export async function bubblewrap(): Promise<Extract<Sandboxing, { kind: 'bubblewrap' }>> {
  needs('bwrap');
  const sandboxing = await findSandboxing('required');
  if (sandboxing.kind !== 'bubblewrap') throw new Error('bubblewrap is needed here');
  return sandboxing;
}

/**
 * Runs a program in a sandbox whose room holds `files`, all of them executable. `name` is the beginning of the host
 * folder's name, in which the sandbox is started; `change` says what is started instead.
 */
export async function runInCell(
  argv: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>> = {},
  sandboxing?: Extract<Sandboxing, { kind: 'bubblewrap' }>,
  name = 'fourline-cell',
  change: (wall: Wall) => Wall = (wall) => wall,
): Promise<InCell> {
  const place = mkdtempSync(`${tmpdir()}/${name}-`);
  onTestFinished(() => rmSync(place, { recursive: true }));
  chmodSync(place, 0o755);
  for (const name of ['room', 'home', 'tmp']) mkdirSync(`${place}/${name}`);
  for (const [name, text] of Object.entries(accountFiles)) writeFileSync(`${place}/${name}`, text);
  for (const [name, content] of Object.entries(files)) writeFileSync(`${place}/room/${name}`, content, { mode: 0o755 });
  const standing = sandboxing ?? (await bubblewrap());
  const runtime = await bringRuntime();
  const sandbox = {
    room: `${place}/room`,
    home: `${place}/home`,
    temporary: `${place}/tmp`,
    accounts: place,
    start: inside.room,
    network: false,
    readable: runtime.readable,
    layers: [],
    overlays: [],
    user: userOf(standing, place),
  };
  const said = { stdout: '', stderr: '' };
  const path = `${runtime.path.slice(0, runtime.path.lastIndexOf('/'))}:/usr/bin:/bin`;
  const wall = change(enclose(standing, await lend(sandbox, place), argv));
  const group = startGroup(wall.argv, {
    cwd: place,
    env: { PATH: path, HOME: inside.home, TMPDIR: inside.temporary },
    input: '',
    feeds: wall.feeds,
    onOutput: (stream, chunk) => {
      said[stream] += chunk.toString();
    },
  });
  const ended = await group.ended;
  await group.end(0);
  return { ended, out: said.stdout, err: said.stderr };
}
