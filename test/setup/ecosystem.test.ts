import { expect, test } from 'vitest';
import { ecosystems, managerOf, neededBy, recognise } from '../../src/setup/ecosystem.ts';

const cases: readonly [string, readonly string[], readonly string[]][] = [
  ['an npm project', ['package.json', 'package-lock.json', 'src/a.js'], ['npm ']],
  [
    'a pnpm workspace has one lock file',
    ['pnpm-lock.yaml', 'packages/a/package.json', 'packages/b/package.json'],
    ['pnpm '],
  ],
  ['a leftover of another manager of the same language', ['pnpm-lock.yaml', 'package-lock.json'], ['pnpm ']],
  ['two languages side by side', ['package-lock.json', 'uv.lock'], ['npm ', 'uv ']],
  ['a monorepo without a lock file at the top', ['web/package-lock.json', 'api/uv.lock'], ['uv api', 'npm web']],
  ['lock files of test data', ['test/fixtures/a/package-lock.json', 'examples/b/package-lock.json'], []],
  ['yarn', ['yarn.lock'], ['yarn ']],
  ['bun', ['bun.lockb'], ['bun ']],
  ['pip', ['requirements.txt'], ['pip ']],
  ['uv with a requirements file', ['uv.lock', 'requirements.txt'], ['uv ']],
  ['poetry', ['poetry.lock', 'pyproject.toml'], ['poetry ']],
  ['cargo', ['Cargo.lock', 'Cargo.toml'], ['cargo ']],
  ['go', ['go.mod', 'go.sum'], ['go ']],
  ['maven with modules', ['pom.xml', 'core/pom.xml'], ['maven ']],
  ['gradle', ['build.gradle.kts', 'settings.gradle.kts'], ['gradle ']],
  ['bundler', ['Gemfile', 'Gemfile.lock'], ['bundler ']],
  ['composer', ['composer.json', 'composer.lock'], ['composer ']],
  ['nothing to install', ['package.json', 'src/a.js', 'go.mod'], []],
];

test.each(cases)('recognises %s', (_, paths, found) => {
  expect(recognise(paths).map(({ ecosystem, folder }) => `${ecosystem.name} ${folder}`)).toEqual(found);
});

test('a repository full of lock files proposes a few folders, those nearest to the top', () => {
  const paths = Array.from({ length: 400 }, (_, index) => `apps/a${index}/package-lock.json`);
  expect(recognise(paths).length).toBe(8);
  expect(recognise([...paths, 'package-lock.json']).map((one) => one.folder)).toEqual(['']);
});

test.each([
  ['npm test', ['npm']],
  ['CI=1 npx vitest run', ['npm']],
  ['cd api && uv run pytest -q', ['uv']],
  ['python3 -m unittest', ['uv']],
  ['grep -q npm README.md', []],
  ['test -f src/a.js; npm run lint | tail -3', ['npm']],
  ['git diff --check', []],
])('a check `%s` needs %j', (command, names) => {
  const found = recognise(['package-lock.json', 'api/uv.lock']);
  expect(neededBy(command, found).map((one) => one.ecosystem.name)).toEqual(names);
});

test.each([
  ['npm test', ['']],
  ['cd web && npm test', ['web']],
  ['(cd web/app; npm test)', ['web']],
  ['npm --prefix api test', ['api']],
  ['npm --prefix=./api test && cargo test --manifest-path tools/Cargo.toml', ['api', 'tools']],
  ['cd docs && cargo test', ['tools']],
])('a check `%s` of a repository of several folders needs what is installed in %j', (command, folders) => {
  const found = recognise(['package-lock.json', 'tools/Cargo.lock']).concat(
    recognise(['web/package-lock.json', 'api/package-lock.json']),
  );
  expect(
    neededBy(command, found)
      .map((one) => one.folder)
      .sort(),
  ).toEqual(folders);
});

test('where no manager is in the folder of a check or above, and several are below, none is named', () => {
  const found = recognise(['web/package-lock.json', 'api/package-lock.json']);
  expect(neededBy('npm test', found)).toEqual([]);
});

test('the manager that a setup command calls gives its hosts', () => {
  for (const one of ecosystems.filter(({ name }) => name !== 'pip')) expect(managerOf(one.setup)?.name).toBe(one.name);
  expect(managerOf('.venv/bin/pip install -r requirements.txt')?.name).toBe('pip');
  expect(managerOf('make deps')).toBe(null);
});
