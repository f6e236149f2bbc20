// Things in a room that are no plain files, and files that take what is not theirs along.
import type { Row } from '../row.ts';

const links: readonly (readonly [name: string, path: string, target: string])[] = [
  ['a link to a file of the system', 'src/l1', '/etc/passwd'],
  ['a link to a file of the operator', 'src/l2', '$OUT/secret'],
  ['a link out of the repository', 'src/l3', '../../shop2/src/a.ts'],
  ['a link up and away', 'src/l4', '../../../../../../../../etc/passwd'],
  ['a link that goes up behind a name', 'src/l5', 'lib/../../../..'],
  ["a link into git's folder", 'src/l6', '../.git/config'],
  ["a link into another case of git's folder", 'src/l7', '../.GIT/hooks'],
  ['a link with backslashes', 'src/l8', '..\\\\..\\\\x'],
  ['a link to all of the file system', 'src/l9', '/'],
];

const kinds: readonly (readonly [name: string, path: string, line: string])[] = [
  ['a pipe', 'src/pipe', 'mkfifo src/pipe'],
  ['a pipe under the name of a file', 'src/lib/b.ts', 'rm src/lib/b.ts; mkfifo src/lib/b.ts'],
  [
    'a socket',
    'src/socket',
    `node -e "require('net').createServer().listen('src/socket',()=>process.kill(process.pid,'SIGKILL'))"; test -S src/socket`,
  ],
];

export const objects: readonly Row[] = [
  ...links.map(
    ([name, path, target]): Row => ({
      name,
      layers: ['links stay inside'],
      line: `ln -s "${target}" ${path}`,
      through: (after) => after.tree('shop').includes(path),
    }),
  ),
  ...kinds.map(
    ([name, path, line]): Row => ({
      name,
      layers: ['plain kinds in a room'],
      line,
      through: (after) =>
        !after
          .verdicts('all')
          .some((one) => one.path === `repos/shop/${path}` && one.decision === 'refuse' && one.reason === 'kind'),
    }),
  ),
  {
    name: 'a hard link to another file of the room',
    layers: ['no hard links in a room'],
    line: 'ln src/one.ts src/hard.ts',
    through: (after) => after.tree('shop').includes('src/hard.ts'),
  },
  {
    name: 'a hard link to a file it may not write, as a new file',
    layers: ['no hard links in a room'],
    line: 'ln lib/c.ts src/linked.ts',
    through: (after) => after.tree('shop').includes('src/linked.ts'),
  },
  {
    name: 'a program that runs as its owner',
    layers: ['no setuid'],
    line: 'cp /bin/true src/suid; chmod 4755 src/suid',
    through: (after) => after.tree('shop').includes('src/suid'),
  },
  {
    name: 'a program that runs as its group',
    layers: ['no setuid'],
    line: 'cp /bin/true src/sgid; chmod 2755 src/sgid',
    through: (after) => after.tree('shop').includes('src/sgid'),
  },
  {
    name: 'a file larger than the harness can read, of holes',
    layers: ['no huge file'],
    line: 'truncate -s 3G src/huge',
    alone: { files: ['src/**'] },
    through: (after) =>
      !/src\/huge: (?:added; )?it is 3221225472 bytes; at most \d+ are taken/.test(
        after.record(after.row, 'report.md'),
      ),
  },
  {
    name: 'hide what it wrote in a closed folder',
    layers: ['closed folders are opened'],
    line: 'mkdir lib/closed; echo x > lib/closed/x.ts; chmod 000 lib/closed',
    through: (after) => !after.verdicts('all').some((one) => one.path.endsWith('lib/closed/x.ts')),
  },
  {
    name: 'a file in the place of a folder whose files stay',
    layers: ['no file for a folder', 'commits are compared again'],
    line: 'rm -r src/swap; echo x > src/swap',
    alone: { files: ['src/**'], repo: { 'src/swap/in.ts': '1\n', 'src/a.ts': '1\n' } },
    through: (after) => !after.tree(after.repo).includes('src/swap/in.ts'),
  },
  {
    name: 'a folder in the place of a file that stays',
    layers: ['no file for a folder', 'commits are compared again'],
    line: 'rm src/held; mkdir src/held; echo x > src/held/x.ts',
    alone: { files: ['src/**'], repo: { 'src/held': '1\n', 'src/a.ts': '1\n' } },
    through: (after) => !after.tree(after.repo).includes('src/held'),
  },
  {
    name: 'files in the place of a submodule',
    layers: ['no file for a folder', 'commits are compared again'],
    line: 'echo x > src/sub/x.ts',
    alone: { files: ['src/**'], repo: { 'src/a.ts': '1\n' }, before: addSubmodule },
    through: (after) => after.tree(after.repo).includes('src/sub/x.ts'),
  },
  {
    name: 'write into a submodule unseen',
    layers: ['submodules stay shut'],
    line: 'echo x > src/sub/x.ts',
    alone: { files: ['src/**'], repo: { 'src/a.ts': '1\n' }, before: addSubmodule },
    through: (after) =>
      !after.verdicts(after.row).some((one) => /submodule/.test(one.decision === 'refuse' ? one.sentence : '')),
  },
  {
    name: 'a link as a state file, to read what it leads to',
    layers: ['links stay inside', 'no links in state', 'rooms read without links'],
    line: 'mkdir -p "$FOURLINE_ROOM/state"; ln -s "$OUT/secret" "$FOURLINE_ROOM/state/leak.json"; echo 2 > src/a.ts',
    alone: { files: ['src/**', 'state/leak.json'], repo: { 'src/a.ts': '1\n' } },
    through: (after) => after.read('work/state/leak.json').includes('the secret'),
  },
];

function addSubmodule(stage: import('../stage.ts').Stage, name: string): void {
  const folder = `work/repos/${name}`;
  const commit = stage.git(folder, 'rev-parse', 'HEAD');
  stage.git(folder, 'update-index', '--add', '--cacheinfo', `160000,${commit},src/sub`);
  stage.git(folder, 'commit', '-q', '-m', 'submodule');
}

/** Tried under a smaller limit, so that it is reached soon. */
export const overfull: readonly Row[] = [
  {
    name: 'more files than a room may hold (here 2,000)',
    layers: ['no overfull room'],
    line: 'mkdir lib/many; i=0; while [ $i -lt 2100 ]; do : > lib/many/$i; i=$((i+1)); done',
    through: (after) => !/the room holds more than 2000 entries/.test(after.record('all', 'report.md')),
  },
  {
    name: 'files of holes, each small enough (here 8 MiB of holes may be read)',
    layers: ['holes are counted'],
    line: 'for i in 1 2 3; do truncate -s 4M src/hole$i; done',
    alone: { files: ['src/**'] },
    through: (after) => !/of holes were read before it/.test(after.record(after.row, 'report.md')),
  },
];
