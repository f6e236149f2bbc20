// Rooms whose files are clones of a shared checkout's: on a real disk that makes clones where one can be mounted, and
// on one that doesn't.
import { spawnSync } from 'node:child_process';
import { chmodSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { needs } from '../kit/needs.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const mount = `mkdir -p "$XDG_STATE_HOME" && truncate -s 700M "$XDG_STATE_HOME.disk" && mkfs.xfs -q "$XDG_STATE_HOME.disk" &&
mount -o loop "$XDG_STATE_HOME.disk" "$XDG_STATE_HOME"`;

// As root alone, and where the kernel has loop devices and XFS.
const mountable =
  spawnSync('unshare', [
    '-m',
    'sh',
    '-c',
    `d=$(mktemp -d); export XDG_STATE_HOME=$d/x; ${mount}; status=$?; rm -f $d/x.disk; exit $status`,
  ]).status === 0;

async function officeOf(): Promise<Office> {
  const office = await openOffice({
    coder: card('- write: src/a.ts\n  text: two', 'write: |\n  repos/**'),
    reader:
      '---\nagent: command\ncommand: [sh, -c, "cat src/b.ts run.sh > src/seen.ts; ls -l run.sh | cut -c4 >> src/seen.ts; readlink link >> src/seen.ts; echo $FOURLINE_ID >> src/seen.ts"]\nwrite: |\n  repos/**\n---\nx\n',
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/b.ts': 'b\n', 'run.sh': 'run\n' });
  chmodSync(`${office.root}/repos/shop/run.sh`, 0o755);
  symlinkSync('src/b.ts', `${office.root}/repos/shop/link`);
  office.git('repos/shop', 'add', '-A');
  office.git('repos/shop', 'commit', '-q', '-m', 'a program and a link');
  return office;
}

async function filesOf(office: Office): Promise<string[]> {
  const lines = (await office.read('state/journal.jsonl')).trim().split('\n');
  return lines
    .map((line) => JSON.parse(line) as { step: string; files?: string })
    .filter((one) => one.step === 'opened')
    .map((one) => one.files ?? '');
}

test('where the disk makes no clones, rooms are copies', async () => {
  needs('mount');
  const office = await officeOf();
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const script = 'mkdir -p "$XDG_STATE_HOME" && mount -t tmpfs none "$XDG_STATE_HOME" && exec "$@"';
  const user = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  await office.fourlineBy(['unshare', ...user, '--mount', 'sh', '-c', script, 'sh'], 'start', '--once');
  expect(await filesOf(office)).toEqual(['copied']);
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('two');
});

if (mountable)
  test('on a disk that makes clones a room has them; a checkout that a run touched is made again', async () => {
    const office = await officeOf();
    await office.write('inbox/coder/x.md', order(['src/a.ts']));
    await office.write('later/one.md', order(['src/seen.ts']));
    await office.write('later/two.md', order(['src/seen.ts']));
    const touch =
      'for one in "$XDG_STATE_HOME"/fourline/checkouts/*/shop/0/tree; do echo touched > "$one/src/b.ts"; touch -d 2001-01-01 "$one/src/b.ts"; done';
    const script = `${mount} && cd ${office.root} || exit; "$@" && mv later/one.md inbox/reader/ && "$@" || exit
${touch}; mv later/two.md inbox/reader/ && "$@" && { "$1" "$2" doctor; true; }`;
    const { out, code, err } = await office.fourlineBy(['unshare', '-m', 'sh', '-c', script, 'sh'], 'start', '--once');
    expect([code, err]).toEqual([0, expect.not.stringContaining('fault')]);
    expect(await filesOf(office)).toEqual(['cloned', 'cloned', 'cloned']);
    for (const [at, id] of [
      ['HEAD', '0003-two'],
      ['HEAD~1', '0002-one'],
    ])
      expect(office.git('repos/shop', 'show', `${at}:src/seen.ts`)).toBe(`b\nrun\nx\nsrc/b.ts\n${id}`);
    expect(out).toContain('clones of shared checkouts');
  });
else
  test('no disk that makes clones can be mounted here: nothing of them was tried', () => {
    expect(mountable).toBe(false);
  });
