import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { version } from '../src/workspace/version.ts';
import { openOffice } from './kit/office.ts';

const top = resolve(import.meta.dirname, '..');

// Names of a repository's own files that stand in examples.
const examples = ['docs/spec.md', 'README.md', 'AGENTS.md', 'CLAUDE.md'];

// Each file of this project that a shipped document, card or message points to, and from where.
function pointersIn(folder: string, names: readonly string[]): [from: string, to: string][] {
  return names
    .filter((name) => /\.(?:md|js)$/.test(name))
    .flatMap((name) => {
      const text = readFileSync(`${folder}/${name}`, 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, to = '']) => join(dirname(name), to));
      const named = [
        ...text.matchAll(/(?<![\w/*.-])(?:(?:docs|bench|test|\.ci)\/[\w-]+\.(?:md|ts)|[A-Z]{4,}\.md)\b/g),
      ].map(([to]) => to);
      return [...(name.endsWith('.md') ? links : []), ...named.filter((to) => !examples.includes(to))].map(
        (to) => [name, to] as [string, string],
      );
    });
}

test('the tarball of npm pack holds a working fourline of built JavaScript', async () => {
  const office = await openOffice();
  const place = mkdtempSync(`${tmpdir()}/fourline-pack-`);
  onTestFinished(() => rmSync(place, { recursive: true }));
  // npm from PATH runs prepack, which builds.
  execFileSync('npm', ['pack', '--silent', '--pack-destination', place], {
    cwd: top,
    env: office.env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [tarball = ''] = readdirSync(place);
  execFileSync('tar', ['-xzf', `${place}/${tarball}`, '-C', place]);
  const shipped = readdirSync(`${place}/package`, { recursive: true, encoding: 'utf8' });
  expect(shipped.filter((name) => /\.ts$|^(?:src|test|inbox|state|repos)/.test(name))).toEqual([]);
  expect(pointersIn(`${place}/package`, shipped).filter(([, to]) => !shipped.includes(to))).toEqual([]);
  symlinkSync(`${top}/node_modules`, `${place}/package/node_modules`);
  const fourline = (...args: string[]): string =>
    execFileSync(process.execPath, [`${place}/package/dist/cli.js`, ...args], {
      env: office.env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  expect(fourline('--version').trim()).toBe(version);
  expect(fourline('init', `${place}/office`)).toContain('a workspace is in');
  expect(fourline('-C', `${place}/office`, 'check')).toContain('3 files read, 0 with errors');
  expect(fourline('demo')).toContain('The in-scope fix landed');
});

test('package-lock.json says nothing that an npm of Node 20 takes out again', () => {
  // npm 10 knows no libc: with it in the file, a first install there changes the file.
  expect(readFileSync(`${top}/package-lock.json`, 'utf8')).not.toContain('"libc"');
});

test("the version is the package's, and every dependency is pinned", () => {
  const manifest = JSON.parse(readFileSync(`${top}/package.json`, 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  expect(version).toBe(manifest.version);
  for (const [name, wanted] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
    expect(`${name} ${wanted}`).toMatch(/ \d+\.\d+\.\d+$/);
});
