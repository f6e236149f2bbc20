// Why: a room holds what git tracks; tests need what the package manager installs. This file alone holds the data by
// which each manager is recognised and run.
// Promises: pure. Each row names the files that lock its packages, the command that installs them, what that leaves
// behind and which hosts it asks.
// Never: decides that a setup runs; a person writes that into fourline.yaml.

/**
 * A package manager. Paths and file names count from the folder of its lock file; `~/` is the HOME that setup, runs and
 * checks have.
 */
export type Ecosystem = {
  readonly name: string;
  /** A file of one of these names marks a folder as this manager's. */
  readonly marks: readonly string[];
  /** Files that decide what is installed, besides the marks. */
  readonly key: readonly string[];
  /** The command that installs exactly what the lock file says. */
  readonly setup: string;
  /** Folders of HOME that it fills. Ignored paths of the repository are kept without being named. */
  readonly home: readonly string[];
  /** The public hosts it asks, at port 443. */
  readonly hosts: readonly string[];
  /** A folder of HOME that its setup puts programs into. */
  readonly programs?: string;
  /** First words of commands that need what it installs. */
  readonly needed: readonly string[];
};

const npmHosts = ['registry.npmjs.org'];
const pythonHosts = ['pypi.org', 'files.pythonhosted.org'];
const javaHosts = ['repo.maven.apache.org', 'repo1.maven.org'];
const scripts = ['npm', 'npx', 'vitest', 'jest', 'mocha', 'tsc', 'eslint', 'biome', 'prettier', 'vite', 'next', 'tsx'];
const pythons = ['pytest', 'tox', 'nox', 'ruff', 'mypy', 'python', 'python3'];

// A sandbox has the programs of /usr and those that come with Node. Managers that come from npm are installed first, in
// a folder where no agent CLI has files of its own.
const byNpm = 'npm install --global --prefix ~/.tools';

/**
 * The known managers; if two share a folder, the first counts. Commands are those of each tool's manual for a locked
 * install.
 */
export const ecosystems: readonly Ecosystem[] = [
  {
    name: 'pnpm',
    marks: ['pnpm-lock.yaml'],
    key: ['package.json', 'pnpm-workspace.yaml', '.npmrc', '.pnpmfile.cjs'],
    setup: `${byNpm} pnpm@10 && pnpm install --frozen-lockfile`,
    home: ['~/.tools'],
    programs: '~/.tools/bin',
    hosts: npmHosts,
    needed: ['pnpm', ...scripts],
  },
  {
    name: 'yarn',
    marks: ['yarn.lock'],
    key: ['package.json', '.yarnrc.yml', '.yarnrc', '.npmrc'],
    setup: `${byNpm} yarn && yarn install --frozen-lockfile`,
    home: ['~/.tools', '~/.yarn/berry'],
    programs: '~/.tools/bin',
    hosts: ['registry.yarnpkg.com', 'repo.yarnpkg.com', ...npmHosts],
    needed: ['yarn', ...scripts],
  },
  {
    name: 'bun',
    marks: ['bun.lock', 'bun.lockb'],
    key: ['package.json', 'bunfig.toml', '.npmrc'],
    setup: `${byNpm} bun && bun install --frozen-lockfile`,
    home: ['~/.tools'],
    programs: '~/.tools/bin',
    hosts: npmHosts,
    needed: ['bun', 'bunx', ...scripts],
  },
  {
    name: 'npm',
    marks: ['package-lock.json', 'npm-shrinkwrap.json'],
    key: ['package.json', '.npmrc'],
    setup: 'npm ci',
    home: [],
    hosts: npmHosts,
    needed: scripts,
  },
  {
    name: 'uv',
    marks: ['uv.lock'],
    key: ['pyproject.toml', '.python-version'],
    setup: 'uv sync --frozen',
    home: [],
    hosts: pythonHosts,
    needed: ['uv', ...pythons],
  },
  {
    name: 'poetry',
    marks: ['poetry.lock'],
    key: ['pyproject.toml', 'poetry.toml'],
    setup: 'POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction',
    home: [],
    hosts: pythonHosts,
    needed: ['poetry', ...pythons],
  },
  {
    name: 'pip',
    marks: ['requirements.txt'],
    key: ['requirements-dev.txt', 'constraints.txt', '.python-version'],
    setup: 'python3 -m venv .venv && .venv/bin/pip install -r requirements.txt',
    home: [],
    hosts: pythonHosts,
    needed: pythons,
  },
  {
    name: 'cargo',
    marks: ['Cargo.lock'],
    key: ['Cargo.toml', '.cargo/config.toml', 'rust-toolchain.toml'],
    setup: 'cargo fetch --locked',
    home: ['~/.cargo/registry', '~/.cargo/git'],
    hosts: ['index.crates.io', 'static.crates.io'],
    needed: ['cargo'],
  },
  {
    name: 'go',
    marks: ['go.sum'],
    key: ['go.mod', 'go.work', 'go.work.sum'],
    setup: 'go mod download',
    home: ['~/go/pkg/mod'],
    hosts: ['proxy.golang.org', 'sum.golang.org'],
    needed: ['go', 'golangci-lint'],
  },
  {
    name: 'gradle',
    marks: ['gradle.lockfile', 'build.gradle', 'build.gradle.kts'],
    key: [
      'settings.gradle',
      'settings.gradle.kts',
      'gradle/libs.versions.toml',
      'gradle/wrapper/gradle-wrapper.properties',
    ],
    setup: './gradlew --no-daemon dependencies',
    home: ['~/.gradle/caches', '~/.gradle/wrapper'],
    hosts: ['services.gradle.org', 'plugins.gradle.org', ...javaHosts],
    needed: ['./gradlew', 'gradle'],
  },
  {
    name: 'maven',
    marks: ['pom.xml'],
    key: ['.mvn/maven.config', '.mvn/wrapper/maven-wrapper.properties'],
    setup: 'mvn -B dependency:go-offline',
    home: ['~/.m2/repository'],
    hosts: javaHosts,
    needed: ['mvn', './mvnw'],
  },
  {
    name: 'bundler',
    marks: ['Gemfile.lock'],
    key: ['Gemfile', '.ruby-version'],
    setup: 'BUNDLE_PATH=vendor/bundle bundle install',
    home: [],
    hosts: ['rubygems.org', 'index.rubygems.org'],
    needed: ['bundle', 'rake', 'rspec', 'rails'],
  },
  {
    name: 'composer',
    marks: ['composer.lock'],
    key: ['composer.json', 'auth.json'],
    setup: 'composer install --no-interaction',
    home: [],
    hosts: ['repo.packagist.org', 'api.github.com', 'codeload.github.com'],
    needed: ['composer', 'phpunit'],
  },
];

/** A package manager at work in a folder of a repository; '' is the top. */
export type Recognised = { readonly ecosystem: Ecosystem; readonly folder: string };

/** How many folders of one repository are proposed; test data often holds hundreds of lock files. */
const mostFound = 8;
const leftOut = /(?:^|\/)(?:node_modules|vendor|fixtures?|testdata|examples?|__fixtures__|third_party)(?:\/|$)/i;

/**
 * Recognises the package managers of a repository by its tracked paths. The nearest to the top comes first. A folder
 * below another of the same manager belongs to that one (workspaces share one lock file), and it looks at most three
 * levels deep.
 */
export function recognise(paths: Iterable<string>): Recognised[] {
  const marks = new Map<string, Set<string>>();
  for (const path of paths) {
    const cut = path.lastIndexOf('/');
    const folder = cut < 0 ? '' : path.slice(0, cut);
    if (folder.split('/').length > 3 || leftOut.test(folder)) continue;
    const names = marks.get(folder) ?? new Set<string>();
    names.add(path.slice(cut + 1));
    marks.set(folder, names);
  }
  const found: Recognised[] = [];
  for (const folder of [...marks.keys()].sort((a, b) => depthOf(a) - depthOf(b) || (a < b ? -1 : 1))) {
    const here: Ecosystem[] = [];
    for (const ecosystem of ecosystems) {
      if (!ecosystem.marks.some((name) => marks.get(folder)?.has(name) === true)) continue;
      // Two managers of one language in one folder: the lock file of the second is a leftover.
      if (here.some((other) => other.needed.some((word) => ecosystem.needed.includes(word)))) continue;
      if (found.some((one) => one.ecosystem === ecosystem && isAbove(one.folder, folder))) continue;
      here.push(ecosystem);
      found.push({ ecosystem, folder });
    }
  }
  return found.slice(0, mostFound);
}

/**
 * The managers whose packages a shell command needs, judged by the first word of each of its parts and the folder that
 * it runs in: the nearest manager there or above. If no manager is above and exactly one is below, that one.
 */
export function neededBy(command: string, found: readonly Recognised[]): Recognised[] {
  const needed = new Set<Recognised>();
  let at = '';
  for (const part of command.split(/&&|\|\||[;|]/)) {
    const words = part
      .trim()
      .replace(/^[({]\s*/, '')
      .split(/\s+/)
      .filter((word) => !/^\w+=/.test(word));
    const [program = '', first = ''] = words;
    if (program === 'cd') at = plainJoin(at, first);
    const folder = plainJoin(at, folderFlag(words));
    const called = found.filter(({ ecosystem }) => ecosystem.needed.includes(program));
    for (const ecosystem of new Set(called.map((one) => one.ecosystem))) {
      const own = called.filter((one) => one.ecosystem === ecosystem);
      const above = own.filter((one) => isAbove(one.folder, folder));
      // The list is sorted by depth.
      const nearest = above.at(-1) ?? (own.length === 1 ? own[0] : undefined);
      if (nearest !== undefined) needed.add(nearest);
    }
  }
  return found.filter((one) => needed.has(one));
}

// The flag by which npm, pnpm, yarn, uv, poetry, composer, cargo and go are told to run in another folder.
function folderFlag(words: readonly string[]): string {
  for (const [at, word] of words.entries()) {
    const [, name, value] =
      /^(--prefix|-C|--dir|--cwd|--directory|--project|--working-dir|--manifest-path)(?:=(.*))?$/.exec(word) ?? [];
    const folder = name === undefined ? undefined : (value ?? words[at + 1]);
    if (folder !== undefined) return name === '--manifest-path' ? folder.replace(/\/?[^/]*$/, '') : folder;
  }
  return '';
}

function plainJoin(folder: string, more: string): string {
  const plain = more.replace(/^['"]|['"]$/g, '');
  // This folder is outside of the repository.
  if (/^[/~$]/.test(plain)) return folder;
  const parts: string[] = [];
  for (const part of `${folder}/${plain}`.split('/'))
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  return parts.join('/');
}

/** The manager that a setup command calls, if it is a known one: its hosts and HOME folders are then the defaults. */
export function managerOf(command: string): Ecosystem | null {
  const words = new Set(command.split(/[\s;&|]+/).map((word) => word.replace(/^.*\//, '')));
  return ecosystems.find((one) => words.has(programOf(one))) ?? null;
}

function programOf({ name }: Ecosystem): string {
  return { maven: 'mvn', gradle: 'gradlew', bundler: 'bundle' }[name] ?? name;
}

function depthOf(folder: string): number {
  return folder === '' ? 0 : folder.split('/').length;
}

function isAbove(above: string, folder: string): boolean {
  return above === '' || folder === above || folder.startsWith(`${above}/`);
}
