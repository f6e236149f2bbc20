// Projects as people have them: what doctor proposes for each is what makes its own tests pass, in the agent's room and
// as Acceptance, with the sandbox on.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { recognise } from '../../src/setup/ecosystem.ts';
import { proposeSetup } from '../../src/setup/propose.ts';
import { legs, openStage, type Stage } from '../escapes/stage.ts';
import { standingAt } from '../kit/disk.ts';
import { buildHouse } from '../kit/house.ts';
import { needs } from '../kit/needs.ts';
import { order } from '../kit/office.ts';
import { reachRegistry } from '../kit/registry.ts';

/** A project: its files, the command of its tests, the file that the order changes, and a folder that setup fills. */
type Project = {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly test: string;
  readonly source: string;
  readonly filled: string;
  /** Makes what is no text, before the commit. */
  readonly before?: (stage: Stage) => void;
  /** More of fourline.yaml, and what is put behind the proposed block. */
  readonly settings?: () => { readonly top: string; readonly block: string };
  readonly needs?: () => void;
};

const isNumber = '7.0.0';
const integrity = 'sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng==';
const dependencies = { 'is-number': isNumber };
const nodeTest =
  "import test from 'node:test';\nimport assert from 'node:assert';\nimport { good } from '../src/a.js';\ntest('good', () => assert(good));\n";
const nodeSource = "import isNumber from 'is-number';\nexport const good = isNumber(3);\n";

const npm: Project = {
  name: 'npm with a lock file',
  files: {
    '.gitignore': 'node_modules/\n',
    'package.json': JSON.stringify({ name: 'shop', type: 'module', scripts: { test: 'node --test' }, dependencies }),
    'package-lock.json': JSON.stringify({
      name: 'shop',
      lockfileVersion: 3,
      packages: {
        '': { name: 'shop', dependencies },
        'node_modules/is-number': {
          version: isNumber,
          resolved: `https://registry.npmjs.org/is-number/-/is-number-${isNumber}.tgz`,
          integrity,
        },
      },
    }),
    'src/a.js': nodeSource,
    'test/a.test.js': nodeTest,
  },
  test: 'npm test',
  source: 'src/a.js',
  filled: 'node_modules',
};

const pnpm: Project = {
  name: 'a pnpm workspace',
  files: {
    '.gitignore': 'node_modules/\n',
    'package.json': JSON.stringify({ name: 'top', private: true, scripts: { test: 'pnpm -r test' } }),
    'pnpm-workspace.yaml': "packages: ['packages/*']\n",
    'pnpm-lock.yaml': `lockfileVersion: '9.0'
settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false
importers:
  .: {}
  packages/shop:
    dependencies:
      is-number:
        specifier: ${isNumber}
        version: ${isNumber}
packages:
  is-number@${isNumber}:
    resolution: {integrity: ${integrity}}
    engines: {node: '>=0.12.0'}
snapshots:
  is-number@${isNumber}: {}
`,
    'packages/shop/package.json': JSON.stringify({
      ...{ name: 'shop', version: '1.0.0', type: 'module', scripts: { test: 'node --test' }, dependencies },
    }),
    'packages/shop/src/a.js': nodeSource,
    'packages/shop/test/a.test.js': nodeTest,
  },
  test: 'pnpm test',
  source: 'packages/shop/src/a.js',
  filled: 'packages/shop/node_modules',
};

// A wheel is a zip file with its code and three texts about it.
const wheel = `
import zipfile
with zipfile.ZipFile('vendor/dep-1.0-py3-none-any.whl', 'w') as z:
    z.writestr('dep.py', 'good = True\\n')
    z.writestr('dep-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: dep\\nVersion: 1.0\\n')
    z.writestr('dep-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    z.writestr('dep-1.0.dist-info/RECORD', '')
`;

const pip: Project = {
  name: 'Python with pip and a package of its own',
  files: {
    '.gitignore': '.venv/\n__pycache__/\n',
    'requirements.txt': './vendor/dep-1.0-py3-none-any.whl\n',
    'vendor/README': 'Packages that no index has.\n',
    'src/shop.py': 'import dep\ngood = dep.good\n',
    'src/test_shop.py':
      'import unittest, shop\nclass Shop(unittest.TestCase):\n    def test_good(self): self.assertTrue(shop.good)\n',
  },
  test: '.venv/bin/python -m unittest discover src',
  source: 'src/shop.py',
  filled: '.venv',
  before: ({ place }) => execFileSync('/usr/bin/python3', ['-c', wheel], { cwd: `${place}/work/repos/shop` }),
  needs: () => needs('python3-venv'),
};

const cargo: Project = {
  name: 'cargo, from a folder of the operator’s',
  files: {
    '.gitignore': 'target/\n',
    'Cargo.toml': '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
    'Cargo.lock': 'version = 3\n\n[[package]]\nname = "shop"\nversion = "0.1.0"\n',
    'src/lib.rs': 'pub fn good() -> bool { true }\n#[test]\nfn is_good() { assert!(good()); }\n',
  },
  test: 'cargo test --offline',
  source: 'src/lib.rs',
  filled: 'target',
  settings: () => {
    const sysroot = execFileSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8' }).trim();
    // One of the system's is in every sandbox.
    if (sysroot === '/usr') return { top: '', block: '' };
    return { top: `readable: [${sysroot}]\n`, block: `    env: PATH=${sysroot}/bin\n` };
  },
  needs: () => needs('cargo'),
};

// A toolchain in the home of root is nobody else's; the rest is tried as whoever most people are, and npm as both.
const [asRoot, asOrdinary] = [legs[0], legs.at(-1)];
const tries = (
  [
    [npm, asRoot],
    [npm, asOrdinary],
    [pnpm, asOrdinary],
    [pip, asOrdinary],
    [cargo, asRoot],
  ] as const
).flatMap(([project, leg]) => (leg === undefined ? [] : [{ name: leg.name, leg, project }]));

test.each(tries)('$project.name lands, cold and warm, for $name', async ({ leg, project }) => {
  project.needs?.();
  const stage = openStage(leg);
  // The way to the registry is this machine's.
  for (const name of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'])
    if (process.env[name] !== undefined) stage.env[name] = process.env[name];
  const { files, filled, source } = project;
  // The agent runs the tests in its room, as the check does; what it leaves in the installed folder is met by nobody.
  const junk = `${filled}/junk`;
  const comment = source.endsWith('.py') ? '#' : '//';
  const line = `test ! -e ${junk} && ${project.test} && mkdir -p ${filled} && touch ${junk} && echo "${comment} $FOURLINE_ID" >> ${source}`;
  stage.write(
    'work/roles/coder.md',
    `---\nagent: command\ncommand: [sh, -c, ${JSON.stringify(line)}]\nwrite: repos/*/${source}\nlimits: { attempts: 1 }\n---\nWork.\n`,
  );
  stage.write('work/repos/shop/.keep', '');
  for (const [path, text] of Object.entries(files)) stage.write(`work/repos/shop/${path}`, text);
  project.before?.(stage);
  stage.repository('shop', {});
  const more = project.settings?.() ?? { top: '', block: '' };
  const lines = proposeSetup('shop', recognise(Object.keys(files)));
  stage.write(
    'work/fourline.yaml',
    `sandbox: required\n${await reachRegistry()}${more.top}repos:\n${lines.join('\n')}\n${more.block}`,
  );
  const accept = [`\`${project.test}\` passes`, `\`test ! -e ${junk}\` passes`, 'nothing else changes'];
  for (const name of ['cold', 'warm']) stage.write(`work/inbox/coder/${name}.md`, order([source], { accept }));
  stage.handOver();
  const said = await stage.fourline(buildHouse(), 'start', '--once');
  for (const name of ['cold', 'warm']) {
    const standing = await standingAt(`${stage.place}/work`, name);
    expect(`${name} ${standing.outcome}: ${standing.note}\n${said.err}`).toContain(`${name} done`);
  }
  expect(said.err.match(/ setup: /g)).toHaveLength(1);
  expect(readFileSync(`${stage.place}/work/repos/shop/${source}`, 'utf8')).toMatch(/ \d+-cold\n.* \d+-warm\n$/);
});
