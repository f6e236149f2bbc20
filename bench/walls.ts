// Why: what the sandbox adds to a run, and what a repository's installed packages add: the same order, whose agent is
// `true`, in a small room, worked without a sandbox, with a sandbox, and with a sandbox and a layer of 5,000 files, in
// turn.
// Promises: all in one process, alternating; medians of the agent's time and of the whole order, their difference and
// ratio are printed.
// Never: asserts; absolute times mean little on a shared machine.

import { readFile } from 'node:fs/promises';
import { makeRepository, makeScratch } from '../src/api/scratch.ts';
import { loopUntilStopped } from '../src/daemon/daemon.ts';
import { openSession } from '../src/daemon/session.ts';
import { unheard } from '../src/event.ts';
import { hostOf } from '../src/platform/process/host.ts';
import { medianOf } from './median.ts';

const rounds = Number(process.argv[2] ?? 40);
const card = '---\nagent: command\ncommand: ["true"]\nwrite: |\n  repos/*/src/**\n---\nNothing.\n';
const order =
  '**Objective:** Nothing is done.\n\n**Acceptance:**\n- nothing changes\n\n**Files:** src/file1.ts\n\n**Branching:** halt-with-note\n';

const setup =
  'repos: { small: { setup: "mkdir -p packages && cd packages && seq 5000 | xargs touch", key: [.gitignore] } }\n';

async function openOffice(sandbox: 'required' | 'off', more = '') {
  const scratch = await makeScratch('fourline-bench', hostOf());
  await scratch.put('roles/coder.md', card.replace('write:', 'limits: { attempts: 1 }\nwrite:'));
  await scratch.put('fourline.yaml', `sandbox: ${sandbox}\n${more}`);
  const files = Array.from({ length: 40 }, (_, index) => [`src/file${index}.ts`, `export const value = ${index};\n`]);
  await makeRepository(
    `${scratch.root}/repos/small`,
    { '.gitignore': 'packages/\n', ...Object.fromEntries(files) },
    'bench',
  );
  const session = await openSession(scratch.root, unheard, scratch.host);
  if (session === null) throw new Error('the scratch workspace is taken');
  const never = new AbortController().signal;
  return {
    sandboxing: session.workspace.sandboxing,
    work: async (name: string): Promise<number> => {
      await scratch.put(`inbox/coder/${name}.md`, order);
      const began = performance.now();
      await loopUntilStopped(session, { once: true, drain: never, halt: never });
      return performance.now() - began;
    },
    close: async (): Promise<number[]> => {
      await session.close();
      const journal = await readFile(`${scratch.root}/state/journal.jsonl`, 'utf8');
      await scratch.remove();
      return [...journal.matchAll(/"step":"ran".*?"milliseconds":(\d+)/g)].map((one) => Number(one[1]));
    },
  };
}

const without = await openOffice('off');
const within = await openOffice('required');
const layered = await openOffice('required', setup);
if (within.sandboxing.kind === 'none') throw new Error(`there is no sandbox here: ${within.sandboxing.reason}`);
const whole = { without: [] as number[], within: [] as number[], layered: [] as number[] };
// The setup is made once, before anything is measured.
await layered.work('made');
for (let round = 0; round < rounds; round += 1) {
  whole.without.push(await without.work(`a${round}`));
  whole.within.push(await within.work(`b${round}`));
  whole.layered.push(await layered.work(`c${round}`));
}
const agent = [medianOf(await without.close()), medianOf(await within.close()), medianOf(await layered.close())];
const orders = [medianOf(whole.without), medianOf(whole.within), medianOf(whole.layered)];
process.stdout.write(`a run of true, median of ${rounds}, repository of 40 files\n`);
for (const [what, first] of [
  ['with a sandbox, beside none', 0],
  ['with a layer of 5,000 files, beside the sandbox alone', 1],
] as const) {
  process.stdout.write(`${what}\n`);
  for (const [name, times] of [
    ['the agent, start to sealed', agent],
    ['the whole order', orders],
  ] as const) {
    const [before = 0, after = 0] = times.slice(first);
    process.stdout.write(
      `  ${name.padEnd(27)} ${before.toFixed(0)} ms → ${after.toFixed(0)} ms   added ${(after - before).toFixed(0)} ms   ratio ${(after / before).toFixed(2)}\n`,
    );
  }
}
