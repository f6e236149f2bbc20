import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nextNumber, takeLock } from '../../../src/platform/files/lock.ts';
import { sourceFile, startModule } from '../../kit/program.ts';
import { temporaryFolder } from '../../kit/repository.ts';

const lockSource = sourceFile('platform/files/lock.ts');

function holder(path: string): string {
  return `import { takeLock } from ${JSON.stringify(lockSource)};
    const lock = takeLock(${JSON.stringify(path)});
    console.log(lock === null ? 'refused' : 'held');
    if (lock !== null) setInterval(() => lock, 1000);`;
}

test('a lock that another process holds is not given, and is free as soon as that process was killed', async () => {
  const path = `${temporaryFolder()}/lock.db`;
  const first = startModule(holder(path));
  expect(await first.line()).toBe('held');
  expect(takeLock(path)).toBeNull();
  const second = startModule(holder(path));
  expect(await second.line()).toBe('refused');
  await first.kill();
  const lock = takeLock(path);
  expect(lock).not.toBeNull();
  const third = startModule(holder(path));
  expect(await third.line()).toBe('refused');
  lock?.release();
  const fourth = startModule(holder(path));
  expect(await fourth.line()).toBe('held');
});

test('a lock is held once within a process, too', () => {
  const path = `${temporaryFolder()}/lock.db`;
  const lock = takeLock(path);
  expect(lock).not.toBeNull();
  expect(takeLock(path)).toBeNull();
  lock?.release();
  takeLock(path)?.release();
});

test('a file that is no lock is a fault with the way out', () => {
  const path = `${temporaryFolder()}/lock.db`;
  writeFileSync(path, 'not a database, '.repeat(100));
  expect(() => takeLock(path)).toThrow(expect.objectContaining({ code: 'lock-unusable', where: path }));
  expect(() => takeLock(`${path}/below`)).toThrow(expect.objectContaining({ code: 'lock-unusable' }));
});

test('numbers that four processes take at once never repeat and have no gaps', async () => {
  const path = `${temporaryFolder()}/numbers.db`;
  const programs = Array.from({ length: 4 }, () =>
    startModule(`import { nextNumber } from ${JSON.stringify(lockSource)};
      for (let count = 0; count < 25; count += 1) console.log(nextNumber(${JSON.stringify(path)}, 7));`),
  );
  const taken: number[] = [];
  for (const program of programs)
    for (let line = await program.line(); line !== undefined; line = await program.line()) taken.push(Number(line));
  expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 8));
});

test('a number is above every one given before and above the floor', () => {
  const path = `${temporaryFolder()}/numbers.db`;
  expect([nextNumber(path, 0), nextNumber(path, 40), nextNumber(path, 3)]).toEqual([1, 41, 42]);
});
