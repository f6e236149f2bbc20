import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { needs } from '../kit/needs.ts';
import { cli, type Office, openOffice } from '../kit/office.ts';
import { blocksOf, textOf } from './document.ts';

// Times, commits and durations differ from run to run; everything else is compared to the letter.
function plain(text: string): string {
  return text
    .replace(/\b\d\d:\d\d:\d\d\b/g, 'TIME')
    .replace(/\b[0-9a-f]{7}\b/g, 'COMMIT')
    .replace(/\b\d+(?:\.\d+)? m?s\b/g, 'DURATION')
    .replace(/[ \t]+$/gm, '');
}

// The workspace that docs/getting-started.md describes: its hand-written files, and a repository whose tests need a
// package.
async function openShop(): Promise<Office> {
  const office = await openOffice();
  const bin = `${office.root}/../bin`;
  await mkdir(bin);
  await writeFile(`${bin}/fourline`, `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
  await chmod(`${bin}/fourline`, 0o755);
  const dependencies = { runner: 'file:vendor/runner' };
  await office.repository('shop', {
    '.gitignore': 'node_modules\n',
    'package.json': `${JSON.stringify({ type: 'module', scripts: { test: 'node --import runner --test' }, dependencies })}\n`,
    'package-lock.json': JSON.stringify({
      lockfileVersion: 3,
      packages: {
        '': { dependencies },
        'node_modules/runner': { resolved: 'vendor/runner', link: true },
        'vendor/runner': { version: '1.0.0' },
      },
    }),
    'vendor/runner/package.json': JSON.stringify({ name: 'runner', version: '1.0.0', type: 'module' }),
    'vendor/runner/index.js': 'export {};\n',
  });
  await mkdir(`${office.root}/inbox/coder`, { recursive: true });
  for (const { info, lines } of blocksOf(textOf('docs/getting-started.md'))) {
    const title = /title=(\S+)/.exec(info)?.[1];
    if (title !== undefined) await office.write(title, `${lines.join('\n')}\n`);
  }
  return office;
}

type Step = { readonly line: string; readonly shown: string };

// Reads the console blocks of a document: each line behind a `$`, and the output below it.
function stepsOf(document: string): Step[] {
  return blocksOf(textOf(document))
    .filter(({ info }) => info === 'console')
    .flatMap(({ lines }) => lines.join('\n').split(/^\$ /m).slice(1))
    .map((part) => {
      const [line = '', ...expected] = part.trimEnd().split('\n');
      return { line, shown: plain(expected.join('\n')) };
    });
}

test('docs/getting-started.md is a session that happens as it stands, with the sandbox on, and the README a part of it', async () => {
  needs('bwrap');
  const office = await openShop();
  const env = { ...office.env, PATH: `${office.root}/../bin:${office.env['PATH'] ?? ''}` };
  const shell = (line: string): Promise<string> =>
    new Promise((done) => {
      execFile('sh', ['-c', `${line} 2>&1`], { cwd: office.root, env }, (_, out) => done(out));
    });
  const steps = stepsOf('docs/getting-started.md');
  expect(steps.length).toBeGreaterThan(8);
  const beside = /^(?:TIME working|sandbox:|unmatched:|0001-\S+ waits)/;
  let talk = '';
  for (const { line, shown } of steps) {
    const out = await shell(line);
    talk += out;
    const seen = plain(out)
      .trimEnd()
      .split('\n')
      .filter((one) => !beside.test(one))
      .join('\n');
    expect(`$ ${line}\n${seen}`).toBe(`$ ${line}\n${shown}`);
  }
  expect(talk).toMatch(/^sandbox: .*bubblewrap/m);
  const readme = stepsOf('README.md');
  expect(readme.length).toBeGreaterThan(2);
  for (const step of readme) expect(steps).toContainEqual(step);
});
