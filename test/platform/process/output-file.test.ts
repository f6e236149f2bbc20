// Some programs make the output that they share with others one that does not block, and die when it is full.
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startGroup } from '../../../src/platform/process/process.ts';
import { temporaryFolder } from '../../kit/repository.ts';

// As the program that starts Codex does: the one that writes inherits an output which another process then makes not to
// block.
const writer = 'read go; head -c 8000000 /dev/zero; echo "status $?" >&2';
const starter = `
const { spawn } = require('node:child_process');
const child = spawn('sh', ['-c', ${JSON.stringify(writer)}], { stdio: ['pipe', 'inherit', 'inherit'] });
process.stdout.write('');
child.stdin.end('go\\n');
`;

async function printed(file: string | undefined): Promise<{ size: number; said: string }> {
  let size = 0;
  let said = '';
  const group = startGroup([process.execPath, '-e', starter], {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '' },
    input: '',
    file,
    onOutput: (stream, chunk) => {
      if (stream === 'stdout') size += chunk.length;
      else said += chunk.toString();
    },
  });
  await group.ended;
  await group.end(200);
  return { size, said };
}

test('a program whose output does not block can print as much as it likes into a file', async () => {
  const file = `${temporaryFolder()}/output`;
  expect(await printed(file)).toEqual({ size: 8_000_000, said: 'status 0\n' });
  expect(existsSync(file)).toBe(false);
});

test('into a pipe it cannot', async () => {
  expect((await printed(undefined)).said).toContain('unavailable');
});
