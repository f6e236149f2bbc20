// Why: every figure needs the same few things: a scratch workspace, the daemon as the package has it, and the script
// that people write today to compare with.
// Promises: all of it is in temporary folders, and is gone when it is closed; the program is the bundle of the package.
// Never: measures.
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { makeRepository, makeScratch } from '../src/api/scratch.ts';
import { makeId } from '../src/order/identity.ts';
import { type Places, placesOf } from '../src/places.ts';
import { nextNumber } from '../src/platform/files/lock.ts';
import { runGit } from '../src/platform/git/git.ts';
import { identityOf } from '../src/platform/git/identity.ts';
import { streamCommit } from '../src/platform/git/stream.ts';
import { hostOf } from '../src/platform/process/host.ts';
import { announceWhole } from '../src/record/post.ts';
import { bundledCli } from '../test/kit/bundle.ts';

/** Edits three files. */
export const threeFiles = 'for i in 1 2 3; do date +%s%N >> src/d0/file$i.ts; done';

/** Edits `src/d0/file7.ts` for an order that is called `n7`. */
export const ownFile = 'IFS=n; set -- $FOURLINE_ID; date +%s%N >> src/d0/file$2.ts';

/** Milliseconds since 1970, with fractions. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until `look` finds something. */
export async function until<Found>(look: () => Promise<Found | null>): Promise<Found> {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    await pause(4);
  }
}

/** A card whose agent runs `line` in a shell; `front` are more lines of it. */
export function cardOf(line: string, front = ''): string {
  return `---\nagent: command\ncommand: [sh, -c, ${JSON.stringify(line)}]\nwrite: |\n  repos/*/src/**\n${front}---\nWork.\n`;
}

function orderText(files: string): string {
  return `**Objective:** The files are edited.\n\n**Acceptance:**\n- they are\n\n**Files:** ${files}\n\n**Branching:** halt-with-note\n`;
}

/** Makes a repository of so many small files, a hundred in each folder. Git checks them out: its index knows them. */
async function makeShop(folder: string, count: number): Promise<void> {
  await makeRepository(folder, { '.gitignore': 'packages/\n' }, 'bench');
  const who = identityOf('bench', 'example.com');
  const files = Array.from({ length: count }, (_, at) => ({
    path: `src/d${Math.floor(at / 100)}/file${at}.ts`,
    mode: '100644',
    content: Buffer.from(`export const value = ${at};\n`),
  }));
  const commit = { ref: 'refs/heads/main', mark: 1, author: who, committer: who, seconds: 1_700_000_000, files };
  const input = streamCommit({ ...commit, message: 'Files\n', from: 'refs/heads/main^0' });
  await runGit(`${folder}/.git`, 'fast-import', ['--quiet', '--date-format=raw'], { input });
  execFileSync('git', ['-C', folder, 'reset', '-q', '--hard']);
}

/** The script that people write today: a work tree, the agent, a commit, a fast-forward, the work tree removed. */
export async function openScript(
  count: number,
): Promise<{ readonly work: (line?: string) => Promise<void>; readonly close: () => Promise<void> }> {
  const place = await mkdtemp(`${tmpdir()}/fourline-bench-`);
  const [shop, tree] = [`${place}/shop`, `${place}/tree`];
  await makeShop(shop, count);
  let round = 0;
  const git = (folder: string, ...args: string[]): void =>
    void execFileSync('git', ['-C', folder, '-c', 'user.name=coder', '-c', 'user.email=coder@example.com', ...args]);
  return {
    work: async (line = threeFiles) => {
      round += 1;
      git(shop, 'worktree', 'add', '-q', '-b', `work${round}`, tree);
      execFileSync('sh', ['-c', line], { cwd: tree });
      git(tree, 'add', '-A');
      git(tree, 'commit', '-q', '-m', 'The files are edited.');
      git(shop, 'merge', '-q', '--ff-only', `work${round}`);
      git(shop, 'worktree', 'remove', tree);
    },
    close: () => rm(place, { recursive: true, force: true }),
  };
}

/** An order that was dropped, and the moment before its file was renamed into the inbox. */
export type Dropped = { readonly id: string; readonly at: number };

/** A scratch workspace with one repository. */
export type Office = {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly places: Places;
  /** The path of the command line. */
  readonly cli: string;
  readonly put: (path: string, text: string) => Promise<void>;
  /** Renames an order into an inbox. With `said` it is announced, as `fourline order` does. */
  readonly drop: (name: string, plan?: { files?: string; role?: string; said?: boolean }) => Promise<Dropped>;
  /** Starts the daemon; `by` is a program, with its arguments, that starts it. */
  readonly start: (by?: readonly string[]) => Promise<Daemon>;
  /** The lines of the journal. */
  readonly journal: () => Promise<readonly JournalLine[]>;
  readonly close: () => Promise<void>;
};

/** A line of the journal, as far as a figure needs it. */
export type JournalLine = {
  readonly step: string;
  readonly at: string;
  readonly order?: string;
  readonly milliseconds?: number;
};

/** A running daemon. `settled` gives the moment when it said that an order ended. */
export type Daemon = {
  readonly pid: number;
  readonly settled: (order: Dropped) => Promise<number>;
  readonly stop: () => Promise<void>;
};

type OfficePlan = {
  readonly sandbox: 'required' | 'off';
  readonly files: number;
  readonly cards: Readonly<Record<string, string>>;
  readonly settings?: string;
  readonly env?: NodeJS.ProcessEnv;
};

/** Opens a workspace with these cards and a repository of so many files. */
export async function openOffice({ sandbox, files, cards, settings = '', env }: OfficePlan): Promise<Office> {
  const scratch = await makeScratch('bench', hostOf({ ...process.env, ...env, NO_COLOR: '1' }));
  const { root } = scratch;
  const places = placesOf(root, `${root}/..`, 'x');
  for (const [role, text] of Object.entries(cards)) {
    await scratch.put(`roles/${role}.md`, text);
    await mkdir(`${root}/inbox/${role}`, { recursive: true });
  }
  await scratch.put('fourline.yaml', `sandbox: ${sandbox}\n${settings}`);
  await makeShop(`${root}/repos/shop`, files);
  const cli = await bundledCli();
  return {
    root,
    env: scratch.host.env,
    places,
    cli,
    put: scratch.put,
    drop: async (name, { files: paths = 'src/**', role = 'coder', said = true } = {}) => {
      const id = said ? makeId(nextNumber(places.session.numbers, 0), name) : name;
      if (said) await announceWhole(places, id);
      await writeFile(`${root}/dropped`, orderText(paths));
      const at = now();
      await rename(`${root}/dropped`, `${root}/inbox/${role}/${id}.md`);
      return { id, at };
    },
    start: (by = []) => startDaemon([...by, process.execPath, cli, '-C', root, 'start'], scratch.host.env),
    journal: async () => {
      const text = await readFile(places.history.journal, 'utf8');
      // The last line may still be being written.
      const lines = text.split('\n').slice(0, -1);
      return lines.map((line) => JSON.parse(line) as JournalLine);
    },
    close: scratch.remove,
  };
}

async function startDaemon([program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<Daemon> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const lines: { readonly text: string; readonly at: number }[] = [];
  let rest = '';
  let wake = Promise.withResolvers<void>();
  let over = false;
  // Many may wait: each wait has a promise that is settled once.
  const wakeAll = (): void => {
    const { resolve } = wake;
    wake = Promise.withResolvers();
    resolve();
  };
  child.stderr.on('data', (chunk: Buffer) => {
    const parts = `${rest}${chunk.toString()}`.split('\n');
    rest = parts.pop() ?? '';
    for (const text of parts) lines.push({ text, at: now() });
    wakeAll();
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve())).then(() => {
    over = true;
    wakeAll();
  });
  const says = async (pattern: RegExp): Promise<number> => {
    for (;;) {
      const found = lines.find(({ text }) => pattern.test(text));
      if (found !== undefined) return found.at;
      if (over) throw new Error(`fourline ended; it said:\n${lines.map(({ text }) => text).join('\n')}`);
      await wake.promise;
    }
  };
  await says(/ working /);
  return {
    pid: child.pid ?? 0,
    settled: ({ id }) => says(new RegExp(`(?:^| )(?:\\d{4,}-)?${id} +(?:landed|done|halted|failed|refused) `)),
    stop: async () => {
      child.kill('SIGTERM');
      // The second hands back what runs.
      setTimeout(() => child.kill('SIGTERM'), 500).unref();
      await ended;
    },
  };
}
