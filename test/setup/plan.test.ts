import { expect, test } from 'vitest';
import { noRemote } from '../../src/remote/plan.ts';
import { defaultRepo } from '../../src/setup/plan.ts';
import { parseSettings, type Settings } from '../../src/workspace/settings.ts';

function read(yaml: string): { repos: Settings['repos']; flaws: string[]; hints: (string | undefined)[] } {
  const { settings, problems } = parseSettings(yaml);
  return {
    repos: settings.repos,
    flaws: problems.map((one) => one.message),
    hints: problems.map((one) => one.hint),
  };
}

test('a whole block is read', () => {
  const { repos, flaws } = read(`
repos:
  shop:
    setup: npm ci
    key: [package-lock.json, .npmrc]
    network: [registry.example.com]
    keep: [node_modules/, ~/.cache/tool]
    env: NODE_ENV=test
    keep-for: 3d
    checks: { network: [db.example.com], with: [redis-server --port 0], always: npm test }
`);
  expect(flaws).toEqual([]);
  expect(repos.get('shop')).toEqual({
    line: 3,
    setups: [
      {
        folder: '',
        commands: ['npm ci'],
        key: ['package-lock.json', '.npmrc'],
        network: ['registry.example.com'],
        keep: ['node_modules', '~/.cache/tool'],
      },
    ],
    env: { NODE_ENV: 'test' },
    keepFor: 3,
    checks: { network: ['db.example.com'], with: ['redis-server --port 0'], always: ['npm test'] },
    remote: noRemote,
  });
});

test('a known manager brings its hosts; an unknown command brings none', () => {
  const { repos } = read('repos: { a: { setup: npm ci }, b: { setup: [make deps] } }');
  expect(repos.get('a')?.setups[0]?.network).toEqual(['registry.npmjs.org']);
  expect(repos.get('b')?.setups[0]?.network).toEqual([]);
});

test('PATH names folders of the machine and of HOME', () => {
  const { repos, flaws } = read('repos: { a: { env: PATH=~/.tools/bin:/usr/local/go/bin } }');
  expect(flaws).toEqual([]);
  expect(repos.get('a')?.env).toEqual({ PATH: '~/.tools/bin:/usr/local/go/bin' });
  for (const path of ['node_modules/.bin', '~/bin:', '/opt/bin:$PATH', '~'])
    expect(read(`repos: { a: { env: { PATH: "${path}" } } }`).flaws[0]).toContain(
      'PATH names folders that are put in front',
    );
});

test('a monorepo has a setup for each folder', () => {
  const { repos, flaws } = read(`
repos:
  mono:
    setup:
      .: make tools
      web: npm ci
      api/: { run: [uv sync --frozen], network: [pypi.example.com], keep: [.venv] }
`);
  expect(flaws).toEqual([]);
  expect(repos.get('mono')?.setups.map((one) => [one.folder, one.commands, one.network])).toEqual([
    ['', ['make tools'], []],
    ['web', ['npm ci'], ['registry.npmjs.org']],
    ['api', ['uv sync --frozen'], ['pypi.example.com']],
  ]);
});

test.each<[yaml: string, flaw: string, hint?: string]>([
  ['repos: [shop]', 'repos: must hold a block for each repository', 'repos: { shop: { setup: npm ci } }'],
  [
    'repos: { shop: npm ci }',
    'repos: shop: must hold keys (setup, key, network, keep, env, keep-for, checks, remote, pull, land, push, pr)',
  ],
  ['repos: { ../x: { setup: a } }', 'repos: ../x: that is not the name of a folder in repos/'],
  ['repos: { shop: { setpu: npm ci } }', "repos: shop: unknown key 'setpu'", "did you mean 'setup'?"],
  [
    'repos: { shop: { setup: 3 } }',
    'repos: shop: setup: must be a command, a list of commands, or commands by folder',
    'shop: { setup: npm ci }',
  ],
  [
    'repos: { shop: { setup: { web: a, web/: b } } }',
    "repos: shop: setup: the folder 'web' is named twice; give it a list of commands",
  ],
  [
    'repos: { shop: { setup: { ../x: a } } }',
    "repos: shop: setup: ../x: that is no folder of the repository (the path has the segment '..')",
  ],
  [
    'repos: { shop: { setup: { web: { rnu: a } } } }',
    "repos: shop: setup: web: unknown key 'rnu'",
    "did you mean 'run'?",
  ],
  [
    'repos: { shop: { keep: [a] } }',
    'repos: shop: keep: says something about a setup, and there is no setup: beside it',
  ],
  [
    'repos: { shop: { setup: a, key: [/etc/passwd] } }',
    "repos: shop: key: '/etc/passwd' cannot be used: the path is absolute",
  ],
  ['repos: { shop: { setup: a, keep: [.git] } }', "repos: shop: keep: '.git' cannot be used: '.git' is git's own"],
  [
    "repos: { shop: { setup: a, keep: ['*'] } }",
    "repos: shop: keep: '*' cannot be used: patterns mean nothing here; name the file or folder",
  ],
  [
    "repos: { shop: { setup: a, network: ['*.example.com'] } }",
    "repos: shop: network: '*.example.com' cannot be used: it has a wildcard; hosts are exact names",
  ],
  ['repos: { shop: { env: HOME=/x } }', 'repos: shop: env: fourline sets HOME itself'],
  ['repos: { shop: { env: [nonsense] } }', "repos: shop: env: '' is no variable's name"],
  ['repos: { shop: { keep-for: soon } }', 'repos: shop: keep-for: must be a number of days', 'shop: { keep-for: 30d }'],
  ['repos: { shop: { checks: { with: 3 } } }', 'repos: shop: checks: with: must be a command or a list of commands'],
])('%s is refused', (yaml, flaw, hint) => {
  expect(read(yaml).flaws).toEqual([flaw]);
  if (hint !== undefined) expect(read(yaml).hints).toEqual([hint]);
});

test('what cannot be read keeps its default, and a key with a name of its own does no harm', () => {
  const { repos } = read('repos: { shop: { __proto__: { setup: a } } }');
  expect(repos.get('shop')).toEqual({ ...defaultRepo, line: 1 });
});
