import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { blocksOf, textOf, top } from './document.ts';

/** One step of a recipe in AGENTS.md: a new file, or a diff of an existing one. */
type Step = {
  readonly recipe: string;
  readonly file: string;
  readonly diff: boolean;
  readonly lines: readonly string[];
};

const recipes =
  textOf('AGENTS.md')
    .split(/^## /m)
    .find((part) => part.startsWith('Recipes')) ?? '';

const steps: readonly Step[] = recipes
  .split(/^### /m)
  .slice(1)
  .flatMap((text) =>
    blocksOf(text).map(({ info, lines }) => ({
      recipe: text.split('\n')[0] ?? '',
      file: /file=(\S+)/.exec(info)?.[1] ?? '',
      diff: info.startsWith('diff '),
      lines,
    })),
  );

// The text with a diff applied: the lines that stay and those that go must stand together in it, exactly once.
function apply(text: string, { recipe, file, lines }: Step): string {
  const side = (leave: string): string =>
    `\n${lines
      .filter((line) => !line.startsWith(leave))
      .map((line) => line.slice(1))
      .join('\n')}\n`;
  const before = side('+');
  const found = `\n${text}`.split(before);
  if (found.length !== 2)
    throw new Error(
      `${recipe}: ${file} has these lines ${found.length - 1} times, not once; change the recipe:${before}`,
    );
  return found.join(side('-')).slice(1);
}

function run(folder: string, ...argv: string[]): Promise<string> {
  const [program = '', ...args] = argv;
  return new Promise((done) => {
    execFile(program, args, { cwd: folder, maxBuffer: 1e8 }, (error, out, complaint) =>
      done(error === null ? '' : `${argv.join(' ')}: ${out}${complaint}`),
    );
  });
}

test('the five recipes of AGENTS.md lead where they say: types, floors, documents and the new tests pass', async () => {
  expect([...new Set(steps.map(({ recipe }) => recipe))]).toHaveLength(5);
  const place = realpathSync(mkdtempSync(`${tmpdir()}/fourline-recipes-`));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  for (const name of [
    'src',
    'test',
    'docs',
    'package.json',
    'tsconfig.json',
    'vitest.config.ts',
    'rolldown.config.ts',
    'package-lock.json',
    'roles',
    'flows',
    'biome.json',
  ])
    cpSync(`${top}/${name}`, `${place}/${name}`, { recursive: true });
  for (const name of ['README.md', 'INTERNALS.md', 'SECURITY.md', 'AGENTS.md'])
    cpSync(`${top}/${name}`, `${place}/${name}`);
  symlinkSync(`${top}/node_modules`, `${place}/node_modules`);
  for (const step of steps) {
    const path = `${place}/${step.file}`;
    mkdirSync(dirname(path), { recursive: true });
    const text = step.diff ? apply(readFileSync(path, 'utf8'), step) : `${step.lines.join('\n')}\n`;
    writeFileSync(path, text, { flag: step.diff ? 'w' : 'wx' });
  }
  const reference = readFileSync(`${place}/docs/reference.md`, 'utf8');
  expect(await run(place, process.execPath, 'test/docs/reference.ts')).toBe('');
  expect(readFileSync(`${place}/docs/reference.md`, 'utf8')).not.toBe(reference);
  const files = [...new Set(steps.map(({ file }) => file))];
  const tests = files.filter((file) => file.startsWith('test/'));
  writeFileSync(
    `${place}/tsconfig.recipes.json`,
    JSON.stringify({ extends: './tsconfig.json', include: ['src', ...tests] }),
  );
  const bin = `${place}/node_modules/.bin`;
  const node = process.execPath;
  expect(await run(place, node, `${bin}/tsc`, '-p', 'tsconfig.recipes.json')).toBe('');
  const code = files.filter((file) => file.endsWith('.ts'));
  expect(await run(place, `${bin}/biome`, 'check', '--error-on-warnings', ...code)).toBe('');
  const documents = ['troubleshooting', 'prose', 'reference'].map((name) => `test/docs/${name}.test.ts`);
  const floors = ['test/floors.test.ts', ...documents];
  expect(await run(place, node, `${bin}/vitest`, 'run', '--no-isolate', '--maxWorkers=1', ...floors, ...tests)).toBe(
    '',
  );
});
