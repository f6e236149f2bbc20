import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { card, cli, openOffice } from '../kit/office.ts';
import { blocksOf, textOf } from './document.ts';

const document = textOf('docs/flows.md');

test('docs/flows.md is a session that happens as it stands', async () => {
  const office = await openOffice({
    scout: card('- report: done\n  text: |\n    ## Where\n    - src/greeting.txt:1\n    ## Change\n    Name the shop.'),
    builder: card(
      '- write: src/greeting.txt\n  text: Welcome to the shop.\n- report: done\n  text: It is named.',
      'write: repos/*/src/**',
    ),
  });
  await office.repository('shop', { 'src/greeting.txt': 'Welcome.\n' });
  const bin = `${office.root}/../bin`;
  await mkdir(bin);
  await writeFile(`${bin}/fourline`, `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
  await chmod(`${bin}/fourline`, 0o755);
  const flow = blocksOf(document).find(({ info }) => info === 'markdown example=flow');
  await office.write('flows/small.md', `${flow?.lines.join('\n') ?? ''}\n`);
  const env = { ...office.env, PATH: `${bin}:${office.env['PATH'] ?? ''}` };
  const shell = (line: string): Promise<string> =>
    new Promise((done) => {
      execFile('sh', ['-c', `${line} 2>&1`], { cwd: office.root, env }, (_, out) => done(out));
    });
  const steps = blocksOf(document)
    .filter(({ info }) => info === 'console')
    .flatMap(({ lines }) => lines.join('\n').split(/^\$ /m).slice(1));
  expect(steps.length).toBeGreaterThan(5);
  for (const step of steps) {
    const [line = ''] = step.split('\n');
    expect(`${line}\n${await shell(line)}`.replace(/[ \t]+$/gm, '').trimEnd()).toBe(step.trimEnd());
  }
  expect(await office.read('repos/shop/src/greeting.txt')).toBe('Welcome to the shop.');
});
