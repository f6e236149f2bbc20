// Why: how long it takes from an order becoming visible to its agent running, beside the least that any watcher could
// need: one inotify event and one spawn.
// Promises: both are measured in turn in the same process, with the same tiny agent; medians and their ratio are
// printed.
// Never: asserts; absolute times mean little on a shared machine.

import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { makeRepository } from '../src/api/scratch.ts';
import { medianOf } from './median.ts';

const rounds = Number(process.argv[2] ?? 40);
const cli = resolve(import.meta.dirname, '../src/cli.ts');
const agent = 'date +%s%N > "$0.part" && mv "$0.part" "$0"';

function now(): number {
  return performance.timeOrigin + performance.now();
}

// The agent writes the nanosecond it began; whoever waits for it watches the folder.
async function startedAt(folder: string, name: string): Promise<number> {
  for (;;) {
    const text = await readFile(`${folder}/${name}`, 'utf8').catch(() => '');
    if (text !== '') return Number(text) / 1e6;
    await new Promise((wake) => setTimeout(wake, 2));
  }
}

function orderText(file: string): string {
  return `**Objective:** Nothing is done.\n\n**Acceptance:**\n- nothing changes\n\n**Files:** ${file}\n\n**Branching:** halt-with-note\n`;
}

async function measureBare(place: string): Promise<number[]> {
  const inbox = `${place}/bare`;
  await mkdir(inbox, { recursive: true });
  const watcher = watch(inbox, (_, name) => {
    if (name?.endsWith('.md') === true) spawn('sh', ['-c', agent, `${place}/began/${name}`], { stdio: 'ignore' });
  });
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const name = `b${round}.md`;
    await writeFile(`${place}/${name}`, orderText('src/a.ts'));
    await rename(`${place}/${name}`, `${inbox}/${name}`);
    const visible = now();
    times.push((await startedAt(`${place}/began`, name)) - visible);
    await new Promise((wake) => setTimeout(wake, 20));
  }
  watcher.close();
  return times;
}

async function measureFourline(place: string): Promise<number[]> {
  const root = `${place}/office`;
  for (const folder of ['roles', 'inbox/coder', 'inbox/operator', 'state', 'repos'])
    await mkdir(`${root}/${folder}`, { recursive: true });
  await writeFile(
    `${root}/roles/coder.md`,
    `---\nagent: command\ncommand: [sh, -c, ${JSON.stringify(agent.replaceAll('$0', '$BEGAN/$FOURLINE_ID'))}]\nenv: BEGAN\nwrite: |\n  repos/*/src/**\n---\nA clock.\n`,
  );
  // The agent leaves its time outside the room: no sandbox between them.
  await writeFile(`${root}/fourline.yaml`, 'sandbox: off\n');
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`src/file${index}.ts`, `export const value = ${index};\n`]),
  );
  await makeRepository(`${root}/repos/small`, files, 'bench');
  const shift = spawn(process.execPath, [cli, '-C', root, 'start'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, XDG_STATE_HOME: `${place}/xdg`, BEGAN: `${place}/began` },
  });
  let said = '';
  const says = (pattern: RegExp): Promise<void> =>
    new Promise((done) => {
      const look = (): void => void (pattern.test(said) ? done() : shift.stderr.once('data', () => setImmediate(look)));
      look();
    });
  shift.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await says(/ working /);
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const id = `${String(round + 1).padStart(4, '0')}-f`;
    await writeFile(`${place}/f.md`, orderText('src/a.ts'));
    await rename(`${place}/f.md`, `${root}/inbox/coder/f.md`);
    const visible = now();
    times.push((await startedAt(`${place}/began`, id)) - visible);
    await says(new RegExp(`${id} +failed`));
  }
  shift.kill('SIGTERM');
  await new Promise((done) => shift.on('close', done));
  return times;
}

const place = await mkdtemp(`${tmpdir()}/fourline-bench-`);
try {
  await mkdir(`${place}/began`);
  const bare = await measureBare(place);
  const fourline = await measureFourline(place);
  const [low, high] = [medianOf(bare), medianOf(fourline)];
  process.stdout.write(`order visible → agent started, median of ${rounds}, repository of 40 files\n`);
  process.stdout.write(`  inotify and spawn alone   ${low.toFixed(1)} ms\n`);
  process.stdout.write(
    `  fourline start            ${high.toFixed(1)} ms   (least ${Math.min(...fourline).toFixed(1)}, most ${Math.max(...fourline).toFixed(1)})\n`,
  );
  process.stdout.write(`  ratio                     ${(high / low).toFixed(1)}\n`);
} finally {
  await rm(place, { recursive: true, force: true });
}
