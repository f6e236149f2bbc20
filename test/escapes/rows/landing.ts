// Attacks at the moment of landing: on the branch, in the work tree that people have open, in state. One got through
// when a person's work is gone or a program ran.
import type { After, Row } from '../row.ts';
import { meanwhile, onceWritten, type Stage, untilSeen } from '../stage.ts';

const repo = { 'src/a.ts': '1\n2\n3\n4\n5\n6\n7\n8\n', 'src/b.ts': '1\n', 'src/deep/x.ts': '1\n' };
const files = ['src/**'];
const folder = (stage: Stage, name: string): string => `${stage.place}/work/repos/${name}`;
const hook = (name: string) => (stage: Stage, row: string) =>
  stage.write(`work/repos/${row}/.git/hooks/${name}`, `#!/bin/sh\ntouch '${stage.place}/out/hook-${name}'\n`, 0o755);

export const landing: readonly Row[] = [
  {
    name: 'land over a commit that came in the last moment',
    layers: ['compare-and-swap'],
    line: 'echo x >> src/a.ts',
    alone: {
      repo,
      files,
      before: (stage, name) =>
        meanwhile(
          stage,
          `*"/repos/${name}/.git "*" update-ref --no-deref refs/heads/"*`,
          `cd '${folder(stage, name)}' && echo y >> src/b.ts && git commit -q -a -m meanwhile`,
        ),
    },
    through: (after) => !after.git(after.repo, 'log', '--format=%s').includes('meanwhile'),
  },
  {
    name: 'land where somebody moved the file meanwhile',
    layers: ['merges stay inside', 'no renames in merges'],
    line: 'sed -i "s/8/eight/" src/a.ts',
    alone: {
      repo,
      files,
      before: (stage, name) =>
        meanwhile(
          stage,
          `*"/repos/${name}/.git "*" update-ref --no-deref refs/heads/"*`,
          `cd '${folder(stage, name)}' && mkdir lib && git mv src/a.ts lib/a.ts && git commit -q -m moved`,
        ),
    },
    through: (after) => after.blob(after.repo, 'lib/a.ts').includes('eight'),
  },
  {
    name: 'write over what a person is editing',
    layers: ['local edits stay'],
    line: 'echo x >> src/a.ts',
    alone: { repo, files, before: (stage, name) => stage.write(`work/repos/${name}/src/a.ts`, 'mine\n') },
    through: (after) => after.read(`work/repos/${after.repo}/src/a.ts`) !== 'mine\n',
  },
  {
    name: 'write over a file that a person has not added yet',
    layers: ['local edits stay'],
    line: 'echo theirs > src/new.ts',
    alone: { repo, files, before: (stage, name) => stage.write(`work/repos/${name}/src/new.ts`, 'mine\n') },
    through: (after) => after.read(`work/repos/${after.repo}/src/new.ts`) !== 'mine\n',
  },
  {
    name: 'delete what a person is editing',
    layers: ['local edits stay'],
    line: 'rm src/a.ts',
    alone: { repo, files, before: (stage, name) => stage.write(`work/repos/${name}/src/a.ts`, 'mine\n') },
    through: (after) => !after.has(`work/repos/${after.repo}/src/a.ts`),
  },
  {
    name: 'write out of the work tree through a link in it',
    layers: ['no work tree through links'],
    line: 'echo 2 > src/deep/x.ts',
    alone: { repo, files, before: linkDeep },
    through: (after) => after.read('out/elsewhere/x.ts') !== '1\n',
  },
  {
    name: 'make a file out of the work tree through a link in it',
    layers: ['no work tree through links'],
    line: 'echo 2 > src/deep/made.ts',
    alone: { repo, files, before: linkDeep },
    through: (after) => after.has('out/elsewhere/made.ts'),
  },
  {
    name: 'throw out of the index what a person staged',
    layers: ['staged entries stay'],
    line: 'echo x >> src/a.ts',
    alone: {
      repo,
      files,
      before: (stage, name) => {
        stage.write(`work/repos/${name}/src/a.ts`, 'staged\n');
        stage.git(`work/repos/${name}`, 'add', 'src/a.ts');
      },
    },
    through: (after) => after.git(after.repo, 'cat-file', 'blob', ':src/a.ts') !== 'staged',
  },
  ...['reference-transaction', 'post-index-change'].map(
    (name): Row => ({
      name: `have fourline run the target's hook ${name}`,
      layers: ['hooks of a target are off'],
      line: 'echo x >> src/a.ts',
      alone: {
        repo,
        files,
        before: (stage, row) => {
          // Git itself writes an index of this version.
          stage.git(`work/repos/${row}`, 'update-index', '--index-version', '4');
          hook(name)(stage, row);
        },
      },
      through: (after: After) => after.has(`out/hook-${name}`),
    }),
  ),
  {
    name: 'write over a state file that changed meanwhile',
    layers: ['state lands on what it was'],
    // Given back, the next attempt has seen it: what it makes of it then is its own to say.
    line: `[ $FOURLINE_ATTEMPT != 1 ] || { echo theirs > "$FOURLINE_ROOM/state/plan.json"; ${untilSeen}; }; echo x >> src/a.ts`,
    alone: {
      repo,
      files: [...files, 'state/plan.json'],
      before: (stage, name) =>
        onceWritten(stage, name, 'state/plan.json', `echo mine > '${stage.place}/work/state/plan.json'`),
    },
    through: (after) => after.read('work/state/plan.json') !== 'mine\n',
  },
];

function linkDeep(stage: Stage, name: string): void {
  stage.write('out/elsewhere/x.ts', '1\n');
  stage.git(`work/repos/${name}`, 'config', 'core.symlinks', 'true');
  stage.link(`work/repos/${name}/src/deep`, `${stage.place}/out/elsewhere`);
}
