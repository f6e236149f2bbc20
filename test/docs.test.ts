import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseSettings } from '../src/workspace/settings.ts';
import { version } from '../src/workspace/version.ts';
import { needs } from './kit/needs.ts';
import { cli, openOffice } from './kit/office.ts';

const top = resolve(import.meta.dirname, '..');
const readme = readFileSync(`${top}/README.md`, 'utf8');

type Block = { readonly info: string; readonly lines: readonly string[] };

function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    info: match[1] ?? '',
    lines: (match[2] ?? '').split('\n').slice(0, -1),
  }));
}

// Times, commits and durations differ from run to run; everything else is compared to the letter.
function plain(text: string): string {
  return text
    .replace(/\b\d\d:\d\d:\d\d\b/g, 'TIME')
    .replace(/\b[0-9a-f]{7}\b/g, 'COMMIT')
    .replace(/\b\d+(?:\.\d+)? m?s\b/g, 'DURATION')
    .replace(/[ \t]+$/gm, '');
}

test('the README is a session that happens as it stands, with the sandbox on', async () => {
  needs('bwrap');
  const office = await openOffice();
  const bin = `${office.root}/../bin`;
  await mkdir(bin);
  await writeFile(`${bin}/fourline`, `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
  await chmod(`${bin}/fourline`, 0o755);
  // Its tests are run with a package that nobody has installed.
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
  const blocks = blocksOf(readme);
  for (const block of blocks) {
    const title = /title=(\S+)/.exec(block.info)?.[1];
    if (title !== undefined) await office.write(title, `${block.lines.join('\n')}\n`);
  }
  const shell = (line: string): Promise<string> =>
    new Promise((done) => {
      const env = { ...office.env, PATH: `${bin}:${office.env['PATH'] ?? ''}` };
      execFile('sh', ['-c', `${line} 2>&1`], { cwd: office.root, env }, (_, out) => done(out));
    });
  let commands = 0;
  let walls = '';
  for (const block of blocks.filter((one) => one.info === 'console')) {
    const text = block.lines.join('\n');
    for (const part of text.split(/^\$ /m).slice(1)) {
      const [line = '', ...expected] = part.trimEnd().split('\n');
      const out = await shell(line);
      walls ||= /^walls: .*/m.exec(out)?.[0] ?? '';
      const talk = /^(?:TIME working|walls:|unmatched:|0001-\S+ waits)/;
      const seen = plain(out)
        .trimEnd()
        .split('\n')
        .filter((one) => !talk.test(one))
        .join('\n');
      expect(`$ ${line}\n${seen}`).toBe(`$ ${line}\n${plain(expected.join('\n'))}`);
      commands += 1;
    }
  }
  expect(commands).toBeGreaterThan(8);
  expect(walls).toContain('bubblewrap');
});

test('each block of fourline.yaml in the documents can be read as it stands', () => {
  const read: string[] = [];
  for (const name of ['README.md', 'docs/setup.md', 'docs/remote.md', 'docs/office.md'])
    for (const { info, lines } of blocksOf(readFileSync(`${top}/${name}`, 'utf8'))) {
      if (!info.startsWith('yaml')) continue;
      const { problems } = parseSettings(lines.join('\n'));
      expect(`${name}: ${problems.map((one) => one.message).join('; ')}`).toBe(`${name}: `);
      read.push(name);
    }
  expect(read.filter((name) => name === 'docs/setup.md').length).toBeGreaterThan(6);
});

test('docs/setup.md names each key of repos: that is about setup, with its default', () => {
  const text = readFileSync(`${top}/docs/setup.md`, 'utf8');
  for (const key of ['setup', 'key', 'network', 'keep', 'env', 'keep-for', 'checks'])
    expect(text).toContain(`| \`${key}\` |`);
});

test('every command of the table exists, and every command is in the table', async () => {
  const office = await openOffice();
  const help = (await office.fourline('--help')).out;
  const known = [...help.slice(help.indexOf('Commands:')).matchAll(/^ {2}([a-z]+)\b/gm)]
    .map((match) => match[1])
    .filter((name) => name !== 'help');
  const table = [...readme.matchAll(/^\| (`.*?`) \| /gm)].flatMap((match) =>
    [...(match[1] ?? '').matchAll(/`([a-z]+)/g)].map((one) => one[1]),
  );
  expect([...new Set(table)].sort()).toEqual(known.sort());
});

test("the version is the package's", () => {
  const manifest = JSON.parse(readFileSync(`${top}/package.json`, 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  expect(version).toBe(manifest.version);
  for (const [name, wanted] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
    expect(`${name} ${wanted}`).toMatch(/ \d+\.\d+\.\d+$/);
});
