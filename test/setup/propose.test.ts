import { expect, test } from 'vitest';
import { diagnoseCheck } from '../../src/checks/diagnose.ts';
import { ecosystems, recognise } from '../../src/setup/ecosystem.ts';
import { defaultRepo, type RepoSettings } from '../../src/setup/plan.ts';
import { absentParts, missingSetup, proposeSetup } from '../../src/setup/propose.ts';
import { parseSettings } from '../../src/workspace/settings.ts';

test.each(ecosystems.map((one) => [one.name, one.marks[0] ?? ''] as const))(
  'what is proposed for %s can be read as it stands',
  (_, mark) => {
    for (const paths of [[mark], [`web/${mark}`], [mark, 'api/uv.lock', 'api/Cargo.lock']]) {
      const lines = ['repos:', ...proposeSetup('shop', recognise(paths))];
      const { settings, problems } = parseSettings(lines.join('\n'));
      expect(problems).toEqual([]);
      const { repos } = settings;
      expect(repos.get('shop')?.setups.length).toBeGreaterThan(0);
      expect(repos.get('shop')?.setups.every((one) => one.network.length > 0)).toBe(true);
    }
  },
);

test('nothing is proposed where nothing is recognised', () => {
  expect(proposeSetup('shop', recognise(['src/a.js']))).toEqual([]);
});

const found = recognise(['package-lock.json', 'api/uv.lock']);
const shopWith = (yaml: string): RepoSettings =>
  parseSettings(`repos: { shop: { ${yaml} } }`).settings.repos.get('shop') ?? defaultRepo;
const withNpm = shopWith('setup: { web: npm ci }');

test.each([
  [
    'npm test',
    defaultRepo,
    '`npm test` needs what npm installs (package-lock.json is there), and no setup: installs it',
  ],
  [
    'cd api && pytest',
    defaultRepo,
    '`cd api && pytest` needs what uv installs (api/uv.lock is there), and no setup: installs it',
  ],
  ['test -f README.md', defaultRepo, null],
  ['npm test', shopWith('setup: npm ci'), null],
  ['npm test', withNpm, '`npm test` needs what npm installs (package-lock.json is there), and no setup: installs it'],
])('the bullet `%s` is told what it lacks', (command, settings, flaw) => {
  expect(missingSetup(command, found, settings)).toBe(flaw);
});

test('submodules and LFS are said', () => {
  const entries = [
    { path: 'a', mode: '100644' },
    { path: 'libs/b', mode: '160000' },
  ];
  expect(absentParts(entries, ['*.png filter=lfs diff=lfs\n']).map((note) => note.slice(0, 46))).toEqual([
    'rooms have empty folders for the submodules li',
    'rooms have the pointers of Git LFS, not the fi',
  ]);
  expect(absentParts(entries.slice(0, 1), ['# no filter=lfs here\n'])).toEqual([]);
});

test.each([
  ['npm ci && npm test', 1, 'npm error code EAI_AGAIN\nnpm error request to https://registry.npmjs.org', 'no-network'],
  ['curl https://x.example', 6, 'curl: (6) Could not resolve host: x.example', 'no-network'],
  ['python3 t.py', 1, 'socket.gaierror: [Errno -3] Temporary failure in name resolution', 'no-network'],
  ['npm test', 1, "Error: Cannot find module 'vitest'", 'not-installed'],
  ['npm test', 127, 'sh: 1: vitest: not found', 'not-installed'],
  ['frobnicate', 127, 'sh: 1: frobnicate: not found', 'not-started'],
  ['./run.sh', 126, 'sh: 1: ./run.sh: Permission denied', 'not-started'],
  ['node --test', 1, 'AssertionError: 1 !== 2', null],
  ['node a.js', 1, "Error: Cannot find module './b.js'", null],
  ['npm test', 0, 'EAI_AGAIN', null],
  ['npm test', null, 'EAI_AGAIN', null],
])('`%s` that ends with %s and "%s" is %s', (command, status, tail, kind) => {
  expect(diagnoseCheck({ command, status, tail }, found, defaultRepo)?.kind ?? null).toBe(kind);
});
