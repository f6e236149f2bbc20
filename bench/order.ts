// Why: what one order costs, beside what people script today: a work tree, the agent, a commit, a fast-forward, the
// work tree removed.
// Promises: both work on the same repository content with the same agent and the same three-file edit, in turn, in one
// run; medians and their ratio; with --trace the programs that one order starts and the times it waits for the disk are
// counted by strace. --json prints the figures.
// Never: asserts; absolute times mean little on a shared machine.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { makeRepository, makeScratch } from '../src/api/scratch.ts';
import { loopUntilStopped } from '../src/daemon/daemon.ts';
import { openSession } from '../src/daemon/session.ts';
import { unheard } from '../src/event.ts';
import { hostOf } from '../src/platform/process/host.ts';
import { medianOf } from './median.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '12' },
    files: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    one: { type: 'string' },
  },
});
const agent = 'for i in 1 2 3; do date +%s%N >> src/d0/file$i.ts; done';
const card = (sandbox: boolean): string =>
  `---\nagent: command\ncommand: [sh, -c, ${JSON.stringify(agent)}]\nwrite: |\n  repos/*/src/**\n---\n${sandbox ? 'Within.' : 'Without.'}\n`;
const order =
  '**Objective:** Three files get a line.\n\n**Acceptance:**\n- each has one more line\n\n**Files:** src/**\n\n**Branching:** halt-with-note\n';

function contents(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `src/d${Math.floor(at / 100)}/file${at}.ts`,
      `export const value = ${at};\n`,
    ]),
  );
}

type Subject = {
  readonly name: string;
  readonly work: (round: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

async function openScript(count: number): Promise<Subject> {
  const place = await mkdtemp(`${tmpdir()}/fourline-bench-script-`);
  const shop = `${place}/shop`;
  await makeRepository(shop, contents(count), 'bench');
  const git = (folder: string, ...args: string[]): void =>
    void execFileSync('git', ['-C', folder, '-c', 'user.name=coder', '-c', 'user.email=coder@example.com', ...args]);
  return {
    name: 'script',
    work: async (round) => {
      git(shop, 'worktree', 'add', '-q', '-b', `work${round}`, `${place}/tree`);
      execFileSync('sh', ['-c', agent], { cwd: `${place}/tree` });
      git(`${place}/tree`, 'add', '-A');
      git(`${place}/tree`, 'commit', '-q', '-m', 'Three files get a line.');
      git(shop, 'merge', '-q', '--ff-only', `work${round}`);
      git(shop, 'worktree', 'remove', `${place}/tree`);
    },
    close: () => rm(place, { recursive: true, force: true }),
  };
}

async function openFourline(sandbox: 'required' | 'off', count: number): Promise<Subject> {
  const scratch = await makeScratch('fourline-bench', hostOf());
  await scratch.put('roles/coder.md', card(sandbox === 'required'));
  await scratch.put('fourline.yaml', `sandbox: ${sandbox}\n`);
  await makeRepository(`${scratch.root}/repos/shop`, contents(count), 'bench');
  const session = await openSession(scratch.root, unheard, scratch.host);
  if (session === null) throw new Error('the scratch workspace is taken');
  const never = new AbortController().signal;
  return {
    name: sandbox === 'off' ? 'fourline, sandbox off' : 'fourline',
    work: async (round) => {
      await scratch.put(`inbox/coder/o${round}.md`, order);
      await loopUntilStopped(session, { once: true, drain: never, halt: never });
      // The order's commits in the ledger come after it and belong to it.
      await session.ledger.publish();
    },
    close: async () => {
      await session.close();
      await scratch.remove();
    },
  };
}

async function measureOrders(count: number, rounds: number): Promise<Record<string, number>> {
  const subjects = [await openScript(count), await openFourline('off', count), await openFourline('required', count)];
  const times = new Map(subjects.map(({ name }) => [name, [] as number[]]));
  for (let round = -1; round < rounds; round += 1)
    for (const { name, work } of subjects) {
      const began = performance.now();
      await work(round + 1);
      // The first of each fills caches.
      if (round >= 0) times.get(name)?.push(performance.now() - began);
    }
  for (const { close } of subjects) await close();
  return Object.fromEntries([...times].map(([name, list]) => [name, medianOf(list)]));
}

// Counts with strace what the second order of a workspace starts and waits for.
async function traceOrder(sandbox: string, count: number): Promise<Record<string, number>> {
  const place = await mkdtemp(`${tmpdir()}/fourline-bench-trace-`);
  const file = `${place}/trace`;
  const self = [process.execPath, import.meta.filename, '--one', sandbox, '--files', String(count)];
  const done = spawnSync('strace', ['-f', '-o', file, '-e', 'trace=execve,fsync,fdatasync,mkdir,mkdirat', ...self], {
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(`strace: ${done.stderr}`);
  const lines = (await readFile(file, 'utf8')).split('\n');
  await rm(place, { recursive: true });
  const [from, to] = ['begin', 'end'].map((mark) => lines.findIndex((line) => line.includes(`fourline-bench-${mark}`)));
  const part = lines.slice(from, to);
  const started = part.filter((line) => / execve\(/.test(line) && !/ENOENT/.test(line));
  return {
    programs: started.length,
    'of them git': started.filter((line) => /execve\("[^"]*\/git"/.test(line)).length,
    flushes: part.filter((line) => / f(?:data)?sync\(/.test(line)).length,
  };
}

async function workOne(sandbox: 'required' | 'off', count: number): Promise<void> {
  // A call that fails, to be found in the trace.
  const mark = (name: string): Promise<unknown> => mkdir(`/nonexistent/fourline-bench-${name}`).catch(() => undefined);
  const subject = await openFourline(sandbox, count);
  await subject.work(0);
  await mark('begin');
  await subject.work(1);
  await mark('end');
  await subject.close();
}

const count = Number(values.files);
if (values.one !== undefined) await workOne(values.one === 'off' ? 'off' : 'required', count);
else if (values.trace) {
  const found = { off: await traceOrder('off', count), required: await traceOrder('required', count) };
  process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
} else {
  const times = await measureOrders(count, Number(values.rounds));
  const base = times['script'] ?? 1;
  if (values.json)
    process.stdout.write(`${JSON.stringify({ files: count, rounds: Number(values.rounds), milliseconds: times })}\n`);
  else {
    process.stdout.write(`one order, three files edited, median of ${values.rounds}, repository of ${count} files\n`);
    for (const [name, time] of Object.entries(times))
      process.stdout.write(
        `  ${name.padEnd(24)} ${time.toFixed(0).padStart(6)} ms   ${(time / base).toFixed(2)} of the script\n`,
      );
  }
}
