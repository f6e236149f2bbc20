import { execFileSync } from 'node:child_process';
import { appendFile, link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { followLimits, followSessions, openLines } from '../../src/agent/follow.ts';

async function makeHome(): Promise<string> {
  const place = await mkdtemp(`${tmpdir()}/fourline-follow-`);
  onTestFinished(() => rm(place, { recursive: true, force: true }));
  await mkdir(`${place}/home/sessions/2026`, { recursive: true });
  return `${place}/home`;
}

/** Follows until a line is there, then hands back what was read and how to stop. */
function follow(home: string): { lines: string[]; heard: Promise<void>; stop: () => Promise<void> } {
  const lines: string[] = [];
  let tell = (): void => undefined;
  const heard = new Promise<void>((done) => {
    tell = done;
  });
  const stop = followSessions(home, 'sessions', (line) => {
    lines.push(line);
    tell();
  });
  return { lines, heard, stop };
}

test('lines are handed on whole and once, as files grow and as new ones come', async () => {
  const home = await makeHome();
  await writeFile(`${home}/sessions/a.jsonl`, 'one\ntw');
  const { lines, heard, stop } = follow(home);
  await heard;
  expect(lines).toEqual(['one']);
  await appendFile(`${home}/sessions/a.jsonl`, 'o\nthree');
  await writeFile(`${home}/sessions/2026/b.jsonl`, 'four\n');
  await writeFile(`${home}/sessions/notes.txt`, 'no\n');
  await stop();
  expect(lines.sort()).toEqual(['four', 'one', 'three', 'two']);
});

test('nothing is read through a link, from a pipe, or from a file that has another name', async () => {
  const home = await makeHome();
  await writeFile(`${home}/../secret.jsonl`, 'secret\n');
  await symlink(`${home}/../secret.jsonl`, `${home}/sessions/link.jsonl`);
  await link(`${home}/../secret.jsonl`, `${home}/sessions/hard.jsonl`);
  await mkdir(`${home}/../elsewhere`);
  await writeFile(`${home}/../elsewhere/c.jsonl`, 'secret\n');
  await symlink(`${home}/../elsewhere`, `${home}/sessions/folder`);
  execFileSync('mkfifo', [`${home}/sessions/pipe.jsonl`]);
  const { lines, stop } = follow(home);
  await stop();
  expect(lines).toEqual([]);
  await rm(`${home}/sessions`, { recursive: true });
  await symlink(`${home}/../elsewhere`, `${home}/sessions`);
  const again = follow(home);
  await again.stop();
  expect(again.lines).toEqual([]);
});

test('a folder that never comes is no matter', async () => {
  const home = await makeHome();
  await rm(`${home}/sessions`, { recursive: true });
  const { lines, stop } = follow(home);
  await stop();
  expect(lines).toEqual([]);
});

test('a line that is longer than any honest one is dropped, and the next one is read', () => {
  const lines: string[] = [];
  const reader = openLines((line) => void lines.push(line));
  reader.take(Buffer.from('é'.repeat(10)).subarray(0, 3));
  reader.take(Buffer.from('é'.repeat(10)).subarray(3));
  reader.take(Buffer.from('\n'));
  reader.take(Buffer.alloc(followLimits.line + 1, 'x'));
  reader.take(Buffer.from('xxx\nnext\n\n  \nlast'));
  reader.end();
  expect(lines).toEqual(['é'.repeat(10), 'next', 'last']);
});
