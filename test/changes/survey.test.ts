import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { moveIfFile } from '../../src/changes/room-file.ts';
import { blobId } from '../../src/platform/git/git.ts';
import { git, makeShop, temporaryFolder, writeFiles } from '../kit/repository.ts';
import { expectSeen, shortly, surveyWork } from '../kit/surveyed.ts';

const files = { 'src/a.ts': 'one\n', 'src/b.ts': 'two\n', run: { run: '#!/bin/sh\n' }, link: { link: 'src/a.ts' } };

function shell(folder: string, script: string): void {
  execFileSync('sh', ['-ec', script], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
}

test('a room nobody worked in has no changes, and looking at it changes nothing', async () => {
  const { changes, scratch, status } = await surveyWork(files, () => undefined, { status: true });
  expect([changes, scratch, status]).toEqual([[], 0, '']);
});

test('added, modified and deleted files are seen with what they were and are', async () => {
  const { changes } = await surveyWork(files, (folder) =>
    writeFiles(folder, { 'src/a.ts': 'three\n', 'src/b.ts': null, 'src/c.ts': 'new\n' }),
  );
  const like = '0'.repeat(40);
  const blob = (text: string, mode = '100644'): object => ({ mode, id: blobId(like, Buffer.from(text)) });
  expect(changes).toEqual([
    expect.objectContaining({
      what: 'modified',
      before: blob('one\n'),
      after: expect.objectContaining(blob('three\n')),
    }),
    expect.objectContaining({ what: 'deleted', before: blob('two\n'), after: null }),
    expect.objectContaining({ what: 'added', before: null, after: expect.objectContaining(blob('new\n')) }),
  ]);
});

test('an edit with the same size and restored times is seen', () =>
  expectSeen(
    files,
    (folder) => {
      // Long past, so that git takes its index's word for the file.
      const old = new Date('2001-01-01');
      utimesSync(`${folder}/src/a.ts`, old, old);
      git(folder, ['config', 'core.trustctime', 'false']);
      git(folder, ['config', 'core.checkStat', 'minimal']);
      git(folder, ['update-index', '--refresh']);
      writeFileSync(`${folder}/src/a.ts`, 'ONE\n');
      utimesSync(`${folder}/src/a.ts`, old, old);
    },
    ['modified src/a.ts'],
  ));

test('an edited .gitignore and an edited exclude file hide nothing', () =>
  expectSeen(
    files,
    (folder) => {
      writeFiles(folder, { '.gitignore': '.gitignore\nhidden\n', hidden: 'x', stray: 'y' });
      writeFiles(folder, { '.git/info/exclude': 'stray\n' });
    },
    ['added .gitignore', 'added hidden', 'added stray'],
  ));

test('assume-unchanged and skip-worktree hide nothing', () =>
  expectSeen(
    files,
    (folder) => {
      git(folder, ['update-index', '--assume-unchanged', 'src/a.ts']);
      git(folder, ['update-index', '--skip-worktree', 'src/b.ts']);
      writeFiles(folder, { 'src/a.ts': 'x', 'src/b.ts': null });
    },
    ['modified src/a.ts', 'deleted src/b.ts'],
  ));

test('what was committed in the room, or replaced by a replace ref, is seen', async () => {
  await expectSeen(
    files,
    (folder) => {
      writeFiles(folder, { 'src/a.ts': 'committed\n' });
      git(folder, ['commit', '-qam', 'Inside']);
    },
    ['modified src/a.ts'],
  );
  await expectSeen(
    files,
    (folder) => {
      writeFiles(folder, { 'src/a.ts': 'replaced\n' });
      const blob = git(folder, ['hash-object', '-w', 'src/a.ts']);
      git(folder, ['update-index', '--cacheinfo', `100644,${blob},src/a.ts`]);
      git(folder, ['replace', git(folder, ['rev-parse', 'HEAD^{tree}']), git(folder, ['write-tree'])]);
    },
    ['modified src/a.ts'],
  );
});

test('the executable bit is seen, also where git was told to ignore it', () =>
  expectSeen(
    files,
    (folder) => {
      git(folder, ['config', 'core.fileMode', 'false']);
      chmodSync(`${folder}/src/a.ts`, 0o755);
      chmodSync(`${folder}/run`, 0o644);
    },
    ['modified run', 'modified src/a.ts'],
  ));

test('a link in place of a file and a file in place of a link are seen, each way', () =>
  expectSeen(
    files,
    (folder) => {
      git(folder, ['config', 'core.symlinks', 'false']);
      writeFiles(folder, { link: 'src/a.ts' });
    },
    ['modified link'],
  ));

test('a link that leads elsewhere is no link followed, and one that leaves is named', async () => {
  const { changes } = await surveyWork(files, (folder, shop) => {
    writeFiles(shop.root, { 'secret/key': 'x' });
    writeFiles(folder, {
      link: { link: 'src/b.ts' },
      out: { link: '../../../..' },
      abs: { link: `${shop.root}/secret` },
      src: { link: `${shop.root}/secret` },
    });
  });
  expect(shortly(changes)).toEqual([
    'added abs (kind-link-leaves)',
    'modified link',
    'added out (kind-link-leaves)',
    'added src (kind-link-leaves)',
    'deleted src/a.ts',
    'deleted src/b.ts',
  ]);
});

test('a file in place of a folder and a folder in place of a file are deletions and additions', async () => {
  const { changes } = await surveyWork(files, (folder) =>
    writeFiles(folder, { src: 'flat', run: null, 'run/deep': 'x' }),
  );
  expect(shortly(changes)).toEqual([
    'deleted run',
    'added run/deep',
    'added src',
    'deleted src/a.ts',
    'deleted src/b.ts',
  ]);
});

test('what was moved away and back is no change', async () => {
  const { changes } = await surveyWork(files, (folder) =>
    shell(
      folder,
      'mv src s; ln -s s src; rm src; mv s src; cp link l; rm link; ln -s src/a.ts link; rm l; touch src/a.ts',
    ),
  );
  expect(changes).toEqual([]);
});

test('a nested repository hides nothing, and its .git is named', async () => {
  const { changes, status } = await surveyWork(
    files,
    (folder) => {
      git(folder, ['init', '-q', '--template=', 'src/nested']);
      writeFiles(folder, { 'src/nested/evil.ts': 'x', '.git/info/exclude': 'src/nested\n' });
    },
    { status: true },
  );
  expect(status).toBe('');
  expect(shortly(changes)).toContain('added src/nested/evil.ts');
  expect(shortly(changes)).toContain('added src/nested/.git/HEAD (path-git)');
});

test('a folder named .GIT is seen for what it is', async () => {
  const { changes } = await surveyWork(files, (folder) => writeFiles(folder, { '.GIT/config': 'x', 'src/.Git': 'y' }));
  expect(shortly(changes)).toEqual(['added .GIT/config (path-git)', 'added src/.Git (path-git)']);
});

test('closed folders and files are opened and read', async () => {
  const { changes } = await surveyWork(files, (folder) => {
    writeFiles(folder, { 'src/a.ts': 'edited', 'dark/deep/b': 'x', 'half/c': 'y', 'list/d': 'z' });
    chmodSync(`${folder}/src/a.ts`, 0);
    for (const [name, mode] of Object.entries({ dark: 0, src: 0, half: 0o300, list: 0o400 }))
      chmodSync(`${folder}/${name}`, mode);
  });
  expect(shortly(changes)).toEqual(['added dark/deep/b', 'added half/c', 'added list/d', 'modified src/a.ts']);
});

test('what is no plain file of its own is odd, and nothing waits for it', async () => {
  const { changes } = await surveyWork(files, async (folder) => {
    shell(folder, 'rm src/a.ts; mkfifo src/a.ts pipe');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(`${folder}/socket`, resolve));
    onTestFinished(() => void server.close());
    linkSync(`${folder}/run`, `${folder}/twin`);
    writeFiles(folder, { own: 'x' });
    chmodSync(`${folder}/own`, 0o4755);
  });
  expect(shortly(changes)).toEqual([
    'added own (kind-setuid)',
    'added pipe (kind-pipe)',
    'modified run (kind-hard-link)',
    'added socket (kind-socket)',
    'modified src/a.ts (kind-pipe)',
    'added twin (kind-hard-link)',
  ]);
});

test('names that are no text, or hold a line end or an invisible character, are seen and named', async () => {
  const { changes } = await surveyWork(files, (folder) => {
    const at = (name: Buffer): Buffer => Buffer.concat([Buffer.from(`${folder}/src/`), name]);
    writeFileSync(at(Buffer.from([0x66, 0xff])), 'x');
    mkdirSync(at(Buffer.from([0xc3, 0x28])));
    writeFileSync(at(Buffer.from([0xc3, 0x28, 0x2f, 0x61])), 'inside');
    writeFiles(folder, { 'a\nb': 'x', 'e\u0301': 'x', 'right\u202eleft': 'x', 'back\\slash': 'x', ' ': 'x' });
  });
  expect(shortly(changes)).toEqual([
    'added   (path-trailing)',
    'added a\nb (path-control)',
    'added back\\slash (path-backslash)',
    'added e\u0301 (path-normal-form)',
    'added right\u202eleft (path-invisible)',
    'added src/\\xc3( (path-encoding)',
    'added src/f\\xff (path-encoding)',
  ]);
});

test('two names that look alike when shown are two changes', async () => {
  const { changes } = await surveyWork(files, (folder) => {
    writeFiles(folder, { 'f\\xff': 'x' });
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/f`), Buffer.from([0xff])]), 'y');
  });
  expect(changes).toHaveLength(2);
});

test('a folder deeper than any path can name is odd, and the walk goes on', async () => {
  const { changes } = await surveyWork(files, (folder, shop) => {
    const name = 'd'.repeat(200);
    const script = `i=0; while [ $i -lt 30 ]; do mkdir ${name}; cd -P ${name} || exit 1; i=$((i+1)); done; : > end`;
    const ended = spawnSync('sh', ['-c', script], { cwd: folder });
    expect(ended.status, ended.stderr.toString()).toBe(0);
    onTestFinished(() => shell(shop.root, 'rm -rf rooms'));
    writeFiles(folder, { z: 'x' });
  });
  const seen = shortly(changes);
  expect(seen).toHaveLength(2);
  expect([seen[0]?.endsWith('(path-long)'), seen[1]]).toEqual([true, 'added z']);
});

test('everything outside the repository but the furniture is seen', async () => {
  const { changes } = await surveyWork(files, (folder) =>
    writeFiles(`${folder}/../..`, {
      'order.md': 'x',
      'report.md': 'x',
      'mail/a': 'x',
      'inbox/coder/a.md': 'x',
      a: 'x',
    }),
  );
  expect(shortly(changes)).toEqual(['added a', 'added inbox/coder/a.md']);
});

test('a submodule is an empty folder: taking it away is no change, putting something in is', async () => {
  const shop = await makeShop(files);
  const library = git(shop.repository.folder, ['rev-parse', 'HEAD']);
  shop.repository.git('update-index', '--add', '--cacheinfo', `160000,${library},vendor/lib`);
  shop.repository.git('commit', '-qm', 'Add a submodule');
  const moved = { ...shop, commit: await shop.sync() };
  const around = await surveyWork(moved, (folder) => {
    expect(statSync(`${folder}/vendor/lib`).isDirectory()).toBe(true);
  });
  expect(around.changes).toEqual([]);
  expect((await surveyWork(moved, (folder) => rmdirSync(`${folder}/vendor/lib`))).changes).toEqual([]);
  const inside = await surveyWork(moved, (folder) => writeFiles(folder, { 'vendor/lib/a.c': 'x' }));
  expect(shortly(inside.changes)).toEqual(['modified vendor/lib (kind-submodule)', 'added vendor/lib/a.c']);
  const instead = await surveyWork(moved, (folder) => writeFiles(folder, { 'vendor/lib': 'x' }));
  expect(shortly(instead.changes)).toEqual(['modified vendor/lib (kind-submodule)']);
});

test('only a plain file is handed out for keeping', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { a: 'x', link: { link: 'a' } });
  shell(folder, 'mkfifo pipe');
  const take = async (name: string): Promise<boolean> =>
    (await moveIfFile(`${folder}/${name}`, `${folder}/kept-${name}`)) !== false;
  expect(await Promise.all(['a', 'link', 'pipe', 'absent'].map(take))).toEqual([true, false, false, false]);
  expect(readFileSync(`${folder}/kept-a`, 'utf8')).toBe('x');
  expect(await take('.')).toBe(false);
});
