import { expect, test } from 'vitest';
import { endMarked, markName } from '../../../src/platform/process/ending.ts';
import { type Group, runProcess, startGroup, startHelper } from '../../../src/platform/process/process.ts';
import { alive } from '../../kit/program.ts';
import { temporaryFolder } from '../../kit/repository.ts';

const path = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };

type Run = Group & { readonly output: () => string; readonly line: (text: string) => Promise<void> };

// Starts a shell program; `line` settles when the text stands in its output.
function startShell(script: string, env: Record<string, string> = {}, input = ''): Run {
  let output = '';
  let waiting: { text: string; done: () => void }[] = [];
  const group = startGroup(['sh', '-c', script], {
    cwd: '/',
    env: { ...path, ...env },
    input,
    onOutput: (_stream, chunk) => {
      output += chunk.toString();
      for (const one of waiting.filter(({ text }) => output.includes(text))) one.done();
      waiting = waiting.filter(({ text }) => !output.includes(text));
    },
  });
  return {
    ...group,
    output: () => output,
    line: (text) =>
      new Promise((done) => {
        if (output.includes(text)) done();
        else waiting.push({ text, done });
      }),
  };
}

function pidOf(run: Run, name: string): number {
  return Number(new RegExp(`${name}=(\\d+)`).exec(run.output())?.[1]);
}

test('ending a group ends its grandchildren, also when its first process has gone', async () => {
  const run = startShell("sh -c 'sleep 600 & echo child=$!; sleep 600 & echo grand=$!; echo up; wait' & exit 4");
  await run.line('up');
  expect(await run.ended).toEqual({ kind: 'exited', status: 4 });
  const pids = [pidOf(run, 'child'), pidOf(run, 'grand')];
  expect(pids.map(alive)).toEqual([true, true]);
  await run.end(1000);
  expect(pids.map(alive)).toEqual([false, false]);
});

test('a child that left for a session of its own is ended by the mark it carries', async () => {
  const mark = `test-${process.pid}-session`;
  const run = startShell("setsid sh -c 'echo away=$$; exec sleep 600' & wait", { [markName]: mark });
  await run.line('away=');
  const away = pidOf(run, 'away');
  const other = startShell('echo up; exec sleep 600', { [markName]: `${mark}-other` });
  await other.line('up');
  await run.end(1000);
  expect([alive(away), alive(other.id ?? 0)]).toEqual([false, true]);
  await endMarked(`${mark}-other`, 1000);
  expect(alive(other.id ?? 0)).toBe(false);
});

test('a program that ignores TERM is killed after its grace', async () => {
  const run = startShell("trap '' TERM; echo up; while :; do sleep 600; done");
  await run.line('up');
  await run.end(20);
  expect(await run.ended).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
});

test('a program that heeds TERM may clean up first', async () => {
  const script = `process.on('SIGTERM', () => { console.log('tidy'); process.exit(7); }); console.log('up'); setInterval(() => 0, 1e9);`;
  const run = startShell('exec "$NODE" -e "$SCRIPT"', { NODE: process.execPath, SCRIPT: script });
  await run.line('up');
  await run.end(600_000);
  expect([await run.ended, run.output()]).toEqual([{ kind: 'exited', status: 7 }, 'up\ntidy\n']);
});

test('standard input is what was given and then closed', async () => {
  const run = startShell('cat; echo end', {}, 'brief\n');
  expect(await run.ended).toEqual({ kind: 'exited', status: 0 });
  await run.end(0);
  expect(run.output()).toBe('brief\nend\n');
  const deaf = startShell('exec true', {}, 'x'.repeat(1024 * 1024));
  expect(await deaf.ended).toEqual({ kind: 'exited', status: 0 });
  await deaf.end(0);
});

test('a program that was given no input finds its standard input at its end', async () => {
  const finished = await runProcess(['cat'], { env: path });
  expect(finished).toMatchObject({ status: 0, stdout: Buffer.alloc(0) });
});

test('the environment is what was given and nothing of ours', async () => {
  process.env['FOURLINE_TEST_SECRET'] = 'leaks';
  try {
    const env = { ...path, ONE: '1' };
    const lines = (text: string): string[] => text.trim().split('\n').sort();
    expect(lines((await runProcess(['env'], { env })).stdout.toString())).toEqual(lines(`PATH=${env.PATH}\nONE=1`));
    let output = '';
    const onOutput = (_stream: string, chunk: Buffer): void => {
      output += chunk.toString();
    };
    const group = startGroup(['env'], { cwd: '/', env, input: '', onOutput });
    await group.ended;
    await group.end(0);
    expect(lines(output)).toEqual(lines(`PATH=${env.PATH}\nONE=1`));
  } finally {
    delete process.env['FOURLINE_TEST_SECRET'];
  }
});

test('output is handed on while the program runs, each stream by its name, and all of it', async () => {
  const folder = temporaryFolder();
  const seen = { stdout: '', stderr: '' };
  let first: () => void = () => undefined;
  const spoken = new Promise<void>((resolve) => {
    first = resolve;
  });
  // The program goes on only when its first word was heard: it waits for a pipe that the test opens then.
  const group = startGroup(
    ['sh', '-c', 'mkfifo go; echo one; cat go; head -c 200000 /dev/zero; echo two >&2; exit 5'],
    {
      cwd: folder,
      env: path,
      input: '',
      onOutput: (stream, chunk) => {
        seen[stream] += chunk.toString();
        first();
      },
    },
  );
  await spoken;
  expect(seen).toEqual({ stdout: 'one\n', stderr: '' });
  await runProcess(['sh', '-c', ': > go'], { cwd: folder, env: path });
  expect(await group.ended).toEqual({ kind: 'exited', status: 5 });
  await group.end(0);
  expect([seen.stdout.length, seen.stderr]).toEqual([200_004, 'two\n']);
});

test('what was printed last is not lost, while other programs end beside it', async () => {
  const script = 'head -c 200000 /dev/zero; echo two >&2';
  const seen: object[] = [];
  const worker = async (): Promise<void> => {
    for (let round = 0; round < 20; round += 1) {
      const count = { stdout: 0, stderr: 0 };
      const onOutput = (stream: 'stdout' | 'stderr', chunk: Buffer): void => {
        count[stream] += chunk.length;
      };
      const group = startGroup(['sh', '-c', script], { cwd: '/', env: path, input: '', onOutput });
      await group.ended;
      await group.end(0);
      seen.push(count);
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  expect(seen).toEqual(seen.map(() => ({ stdout: 200_000, stderr: 4 })));
});

test('output that a process keeps open that got away does not keep us', async () => {
  // It has left the group and carries no mark: nobody can find it, and its pipe stays open until it ends of itself.
  const run = startShell('setsid sh -c "echo up; exec sleep 5" & exec true');
  await run.line('up');
  await run.end(0);
  expect(await run.ended).toEqual({ kind: 'exited', status: 0 });
});

test('a program that does not exist is said to be unstartable, or missing, and ends quietly', async () => {
  const group = startGroup(['/nonexistent/agent'], { cwd: '/', env: path, input: 'x', onOutput: () => undefined });
  expect([group.id, await group.ended]).toEqual([
    null,
    { kind: 'unstartable', reason: expect.stringContaining('ENOENT') },
  ]);
  await group.end(0);
  expect(await runProcess(['/nonexistent/agent'], { env: path })).toMatchObject({ missing: true, status: null });
});

test('a short program that prints too much is a fault, not a cut answer', async () => {
  await expect(runProcess(['head', '-c', '5000', '/dev/zero'], { env: path, limit: 4999 })).rejects.toMatchObject({
    code: 'output-too-large',
  });
  expect((await runProcess(['head', '-c', '5000', '/dev/zero'], { env: path, limit: 5000 })).stdout.length).toBe(5000);
});

test('a helper answers until it is closed, and says why it ended', async () => {
  const helper = startHelper(['sh', '-c', 'read line; echo "got $line"; cat; echo why >&2'], path);
  const said: string[] = [];
  const answered = new Promise<void>((resolve) => {
    helper.onData((chunk) => {
      said.push(chunk.toString());
      resolve();
    });
  });
  const ended = new Promise<string>((resolve) => helper.onEnd(resolve));
  helper.write('word\n');
  await answered;
  helper.close();
  expect([said.join(''), await ended]).toEqual(['got word\n', 'why']);
});
