import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { version } from '../src/workspace/version.ts';
import { blocksOf, textOf } from './docs/document.ts';
import { card, openOffice } from './kit/office.ts';

const top = resolve(import.meta.dirname, '..');

// Names of a repository's own files that stand in examples.
const examples = ['docs/spec.md', 'README.md', 'AGENTS.md', 'CLAUDE.md', 'SKILL.md'];

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

// Packed and unpacked once for all tests of this file: packing builds into dist/.
const place = mkdtempSync(`${tmpdir()}/fourline-pack-`);
const installed = `${place}/node_modules/fourline`;

beforeAll(() => {
  // npm from PATH runs prepack, which builds.
  execFileSync('npm', ['pack', '--silent', '--pack-destination', place], {
    cwd: top,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [tarball = ''] = readdirSync(place);
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', `${place}/${tarball}`, '-C', installed, '--strip-components=1']);
  // No registry is asked: what it depends on is linked from here, and so are the types of Node for those who compile
  // against it.
  const { dependencies } = JSON.parse(readFileSync(`${installed}/package.json`, 'utf8')) as { dependencies: object };
  for (const name of [...Object.keys(dependencies), '@anthropic-ai/sandbox-runtime', '@types/node']) {
    mkdirSync(dirname(`${place}/node_modules/${name}`), { recursive: true });
    symlinkSync(`${top}/node_modules/${name}`, `${place}/node_modules/${name}`);
  }
});

afterAll(() => rmSync(place, { recursive: true }));

test('the tarball of npm pack holds a working fourline of built JavaScript', async () => {
  const office = await openOffice();
  const shipped = readdirSync(installed, { recursive: true, encoding: 'utf8' });
  expect(shipped.filter((name) => /(?<!\.d)\.ts$|^(?:src|test|inbox|state|repos)/.test(name))).toEqual([]);
  expect(pointersIn(installed, shipped).filter(([, to]) => !shipped.includes(to))).toEqual([]);
  const fourline = (...args: string[]): string =>
    execFileSync(process.execPath, [`${installed}/dist/cli.js`, ...args], {
      env: office.env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  expect(fourline('--version').trim()).toBe(version);
  expect(fourline('init', `${place}/office`)).toContain('a workspace is in');
  expect(fourline('-C', `${place}/office`, 'check')).toContain('3 files read, 0 with errors');
  expect(fourline('demo')).toContain('The in-scope fix landed');
});

// Gives the pattern for the output of a block of docs/api.md; … stands for anything.
function printed(text: string): RegExp {
  const parts = text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\s\\S]*')}$`);
}

test('each program of docs/api.md, the dashboard too, compiles strictly against the package, and prints what stands there', async () => {
  const steps = '- shell: mkdir -p src; echo "42 // $FOURLINE_ID" > src/answer.ts; echo stray > README.md';
  const office = await openOffice({ coder: card(steps, 'write: |\n  repos/*/src/**') });
  await office.repository('shop', { 'README.md': 'hello\n' });
  const blocks = blocksOf(textOf('docs/api.md'));
  const programs = blocks.flatMap(({ info, lines }, index) => {
    const name = /^\/\/ ([a-z]+\.ts)/.exec(lines[0] ?? '')?.[1];
    const output = blocks[index + 1];
    return info === 'ts' && name !== undefined && output !== undefined ? [{ name, lines, output }] : [];
  });
  expect(programs).toHaveLength(blocks.length / 2);
  for (const { name, lines } of programs) writeFileSync(`${place}/${name}`, `${lines.join('\n')}\n`);
  writeFileSync(`${place}/package.json`, '{"type":"module"}\n');
  const compilerOptions = {
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true },
    ...{ target: 'es2024', module: 'nodenext', moduleResolution: 'nodenext', types: ['node'] },
  };
  writeFileSync(`${place}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const compiled = spawnSync(`${top}/node_modules/.bin/tsc`, ['-p', place], { env: office.env, encoding: 'utf8' });
  expect(compiled.stdout).toBe('');
  for (const { name, output } of programs) {
    const ended = spawnSync(process.execPath, [`${place}/${name}`], {
      cwd: office.root,
      env: office.env,
      encoding: 'utf8',
    });
    expect(ended.status, `${name}: ${ended.stderr}`).toBe(0);
    expect(ended.stdout.replace(/ +$/gm, '').trimEnd(), name).toMatch(printed(output.lines.join('\n')));
  }
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
