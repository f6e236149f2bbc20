// Why: what the walls add to a run: the same order, whose agent is `true`, in a small room, worked with walls and without, in turn.
// Promises: both in one process, alternating; medians of the agent's time and of the whole order, their difference and ratio are printed.
// Never: asserts; absolute times mean little on a shared machine.
import { readFile } from 'node:fs/promises';
import { makeRepository, makeScratch } from '../src/commands/scratch.ts';
import { openDesk } from '../src/desk.ts';
import { silentLog } from '../src/ground/log.ts';
import { workShift } from '../src/shift.ts';

const rounds = Number(process.argv[2] ?? 40);
const card = '---\nagent: command\ncommand: ["true"]\nwrite: |\n  repos/*/src/**\n---\nNothing.\n';
const order =
  '**Objective:** Nothing is done.\n\n**Acceptance:**\n- nothing changes\n\n**Files:** src/file1.ts\n\n**Branching:** halt-with-note\n';

async function openOffice(sandbox: 'required' | 'off') {
  const scratch = await makeScratch('fourline-bench');
  await scratch.put('roles/coder.md', card.replace('write:', 'limits: { attempts: 1 }\nwrite:'));
  await scratch.put('fourline.yaml', `sandbox: ${sandbox}\n`);
  const files = Array.from({ length: 40 }, (_, index) => [`src/file${index}.ts`, `export const value = ${index};\n`]);
  await makeRepository(`${scratch.root}/repos/small`, Object.fromEntries(files), 'bench');
  const desk = await openDesk(scratch.root, silentLog);
  if (desk === null) throw new Error('the scratch workspace is taken');
  const never = new AbortController().signal;
  return {
    walls: desk.workspace.walls,
    work: async (name: string): Promise<number> => {
      await scratch.put(`inbox/coder/${name}.md`, order);
      const began = performance.now();
      await workShift(desk.workspace, desk.ledger, { once: true, drain: never, halt: never });
      return performance.now() - began;
    },
    close: async (): Promise<number[]> => {
      await desk.close();
      const journal = await readFile(`${scratch.root}/state/journal.jsonl`, 'utf8');
      await scratch.remove();
      return [...journal.matchAll(/"step":"ran".*?"milliseconds":(\d+)/g)].map((one) => Number(one[1]));
    },
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const without = await openOffice('off');
const within = await openOffice('required');
if (within.walls.kind === 'none') throw new Error(`there are no walls here: ${within.walls.reason}`);
const whole = { without: [] as number[], within: [] as number[] };
for (let round = 0; round < rounds; round += 1) {
  whole.without.push(await without.work(`a${round}`));
  whole.within.push(await within.work(`b${round}`));
}
const lines = [
  ['the agent, start to sealed', medianOf(await without.close()), medianOf(await within.close())],
  ['the whole order', medianOf(whole.without), medianOf(whole.within)],
] as const;
process.stdout.write(`a run of true, with walls and without, median of ${rounds}, repository of 40 files\n`);
for (const [what, bare, walled] of lines)
  process.stdout.write(
    `  ${what.padEnd(27)} ${bare.toFixed(0)} ms → ${walled.toFixed(0)} ms   added ${(walled - bare).toFixed(0)} ms   ratio ${(walled / bare).toFixed(2)}\n`,
  );
