// A package's own scripts act while it is installed: the setup runs them, and everybody finds what they left.
import { readFileSync } from 'node:fs';
import type { Row, Scene } from '../row.ts';

// Each ends with 0 when it got through; a `find` is what a later run then reaches by what was left.
const tries: readonly (readonly [name: string, layers: Row['layers'], attack: string, find?: string])[] = [
  ['edit a card from a setup', ['minimal root'], 'touch "$WS/roles/coder.md"'],
  ['plant a hook from a setup', ['minimal root'], 'touch "$WS/repos/shop/.git/hook"'],
  ["read the operator's files from a setup", ['minimal root'], 'cat "$OUT/secret"'],
  ['call the host from a setup', ['own network for commands'], 'grep -q ":$(printf %04X "$PORT") " /proc/net/tcp'],
  ['find a credential in a setup', ['environment of commands by list'], 'env | grep -q HOUSE_SECRET'],
  [
    'leave a link to a folder of the host',
    ['folders and files alone', 'no links mounted'],
    'ln -s "$OUT" linked',
    'cat linked/secret',
  ],
  [
    'leave a link in HOME',
    ['no links in HOME', 'no links mounted'],
    'mkdir -p ~/.cache && ln -s "$OUT" ~/.cache/x',
    'cat ~/.cache/x/secret',
  ],
  [
    'leave a pipe that its readers hang at',
    ['nothing but files'],
    'mkdir -p kept && mkfifo kept/pipe',
    'test -p kept/pipe',
  ],
  [
    'leave a program that takes on its owner',
    ['no set-user-id'],
    'cp /bin/true kept/own && chmod u+s kept/own',
    'test -u kept/own',
  ],
];

export const setup: readonly Row[] = tries.map(([name, layers, , find], index) => ({
  name,
  layers,
  // Root's runs have a uid of their own, which holds some of them as well.
  only: 'an ordinary user',
  line: find ?? `grep -qx "${index} through" kept/results`,
}));

const install = [
  'mkdir -p kept',
  ...tries.map(
    ([, , attack, find], index) =>
      `( ${attack} ) > /dev/null 2>&1 < /dev/null${find === undefined ? ` && echo "${index} through" >> kept/results` : ''}`,
  ),
  'exit 0',
  '',
].join('\n');

/** Packages that attack while they are installed. `listening` is a port on the host. */
export function setupScene(listening: () => Promise<number>): Scene {
  return {
    name: 'a setup in its walls',
    card: 'write: |\n  repos/*/src/**\n',
    files: { 'src/a.ts': 'a\n', 'install.sh': install, '.gitignore': 'kept/\n/linked\n', 'package-lock.json': '{}\n' },
    order: ['src/*'],
    last: 'echo b >> src/a.ts',
    values: async (stage) => {
      const found = { PORT: `${await listening()}`, OUT: `${stage.place}/out`, WS: `${stage.place}/work` };
      const env = Object.entries(found).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
      const setup = `setup: sh install.sh, keep: [kept, linked, ~/.cache/x], env: { ${env.join(', ')} }`;
      stage.write('out/fourline.yaml', `sandbox: required\nrepos: { shop: { ${setup} } }\n`);
      return {};
    },
    before: (stage) => stage.write('work/fourline.yaml', readFileSync(`${stage.place}/out/fourline.yaml`, 'utf8')),
    rows: setup,
  };
}
