// An agent attacks git: it changes the decoy in its room, so that whoever looks at the room with git sees less, or runs
// more.
import { proveScene } from './prove.ts';
import { git } from './rows/git.ts';

const numbered = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((n) => [`lib/${n}.ts`, '1\n']));

proveScene({
  name: 'git in a room',
  card: 'write: |\n  repos/*/src/**',
  files: {
    'src/a.ts': '1\n',
    'README.md': 'read me\n',
    '.gitignore': 'node_modules\n',
    'lib/.gitignore': '*.log\n',
    ...numbered,
  },
  order: ['src/**'],
  last: 'echo 2 > src/a.ts',
  rows: git,
});
