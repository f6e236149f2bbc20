// An agent's own code runs again, as an Acceptance command. It stands behind the same sandbox, and finds nothing but
// what lands.
import type { Row } from '../row.ts';

const outside = ['minimal root', 'a uid of its own'] as const;

const tries: readonly (readonly [name: string, layers: Row['layers'], command: string, planted?: string])[] = [
  ['edit a card from a check', outside, 'touch "$WS/roles/coder.md"'],
  ["write over the target's work tree from a check", outside, 'echo x >> "$WS/repos/shop/src/a.ts"'],
  ['plant a hook from a check', outside, 'touch "$WS/repos/shop/.git/hook"'],
  ['call home from a check', ['own network for commands'], 'grep -q ":$(printf %04X "$PORT") " /proc/net/tcp'],
  [
    'find what the agent left in HOME',
    ['own HOME for checks'],
    'test -e ~/.npmrc',
    'echo "script-shell=evil" > ~/.npmrc',
  ],
  [
    'run a program the agent left in HOME',
    ['own HOME for checks'],
    '~/.local/bin/evil',
    'mkdir -p ~/.local/bin; cp /bin/true ~/.local/bin/evil',
  ],
  ['find what the agent left in TMPDIR', ['own HOME for checks'], 'test -e "$TMPDIR/left"', 'touch "$TMPDIR/left"'],
  [
    'run an ignored program the agent left',
    ['fresh checkout for checks'],
    'node_modules/.bin/tsc',
    'mkdir -p node_modules/.bin; cp /bin/true node_modules/.bin/tsc',
  ],
  ['read a file that was refused', ['fresh checkout for checks'], 'test -e config.json', 'echo x > config.json'],
  ['find the decoy', ['fresh checkout for checks'], 'test -e src/.git', 'mkdir src/.git; touch src/.git/HEAD'],
];

export const checks: readonly Row[] = tries.map(([name, layers, command, planted = ''], index) => ({
  name,
  layers,
  line: `${planted}\n{ env | grep -E '^(WS|OUT|PORT)=' | sed 's/^/export /'; cat << 'END'\n( ${command} ) > /dev/null 2>&1 && echo "CHECK ${index}."\nEND\n} >> src/check.sh`,
  through: (after) => {
    const said = after.record('all', 'checks.json');
    if (!said.includes('sh src/check.sh')) throw new Error(`there was no check:\n${after.said}`);
    return said.includes(`CHECK ${index}.`);
  },
}));
