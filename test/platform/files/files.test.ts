import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import {
  moveDurable,
  readPlain,
  removeFile,
  sameStamp,
  stampOf,
  writeDurable,
} from '../../../src/platform/files/files.ts';
import { modesBind, temporaryFolder } from '../../kit/repository.ts';

test('writing replaces a file whole and leaves nothing else behind', async () => {
  const folder = temporaryFolder();
  writeFileSync(`${folder}/a`, 'a much longer old text');
  expect(await writeDurable(`${folder}/a`, 'new')).toBe(true);
  expect(readFileSync(`${folder}/a`, 'utf8')).toBe('new');
  expect(readdirSync(folder)).toEqual(['a']);
});

test('writing replaces the name, not the file behind it: a link and a reader of the old file are not written through', async () => {
  const folder = temporaryFolder();
  writeFileSync(`${folder}/elsewhere`, 'kept');
  symlinkSync('elsewhere', `${folder}/link`);
  linkSync(`${folder}/elsewhere`, `${folder}/twin`);
  await writeDurable(`${folder}/link`, 'new');
  await writeDurable(`${folder}/twin`, 'new');
  expect(readFileSync(`${folder}/elsewhere`, 'utf8')).toBe('kept');
  expect(readFileSync(`${folder}/link`, 'utf8')).toBe('new');
});

test('with replace: false an existing file stays, and exactly one of many writers wins', async () => {
  const folder = temporaryFolder();
  const writers = ['a', 'b', 'c', 'd'].map((text) => writeDurable(`${folder}/a`, text, { replace: false }));
  const won = (await Promise.all(writers)).map((fresh, index) => (fresh ? 'abcd'[index] : '')).filter(Boolean);
  expect(won).toEqual([readFileSync(`${folder}/a`, 'utf8')]);
  expect(await writeDurable(`${folder}/a`, 'late', { replace: false })).toBe(false);
  expect(readFileSync(`${folder}/a`, 'utf8')).toBe(won[0]);
  expect(readdirSync(folder)).toEqual(['a']);
});

test('a write that fails throws and leaves nothing behind', async () => {
  const folder = temporaryFolder();
  mkdirSync(`${folder}/taken/inside`, { recursive: true });
  await expect(writeDurable(`${folder}/taken`, 'x')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  await expect(writeDurable(`${folder}/absent/x`, 'x')).rejects.toThrow('ENOENT');
  expect(readdirSync(folder)).toEqual(['taken']);
});

test('a written file has the mode that was asked for', async () => {
  const folder = temporaryFolder();
  await writeDurable(`${folder}/a`, 'x', { mode: 0o600 });
  expect(statSync(`${folder}/a`).mode & 0o777).toBe(0o600);
});

test('a long name of many bytes can be written', async () => {
  const folder = temporaryFolder();
  const name = `${'界'.repeat(80)}.md`;
  await writeDurable(`${folder}/${name}`, 'x');
  expect(readdirSync(folder)).toEqual([name]);
});

test('reading gives the text of a plain file, byte order mark and all, with the stamp of what was read', async () => {
  const folder = temporaryFolder();
  writeFileSync(`${folder}/a`, '\uFEFFzwölf\n');
  const file = await readPlain(`${folder}/a`);
  const stamp = await stampOf(`${folder}/a`);
  expect(file).toEqual({ kind: 'text', text: '\uFEFFzwölf\n', stat: stamp });
  writeFileSync(`${folder}/empty`, '');
  expect(await readPlain(`${folder}/empty`)).toMatchObject({ kind: 'text', text: '' });
});

test('what is no plain file of its own is named, not read and not waited for', async () => {
  const folder = temporaryFolder();
  writeFileSync(`${folder}/plain`, 'secret');
  writeFileSync(`${folder}/linked`, 'x');
  linkSync(`${folder}/linked`, `${folder}/hard`);
  symlinkSync('plain', `${folder}/link`);
  symlinkSync('nowhere', `${folder}/dangling`);
  mkdirSync(`${folder}/folder`);
  execFileSync('mkfifo', [`${folder}/pipe`]);
  writeFileSync(`${folder}/binary`, Buffer.from([0x61, 0xff, 0xfe]));
  writeFileSync(`${folder}/half`, Buffer.from('ö').subarray(0, 1));
  const server = createServer().listen(`${folder}/socket`);
  onTestFinished(() => void server.close());
  const flaws: Record<string, string> = {};
  for (const name of readdirSync(folder)) {
    const file = await readPlain(`${folder}/${name}`);
    flaws[name] = file.kind === 'flawed' ? file.flaw : file.kind;
  }
  expect(flaws).toEqual({
    binary: 'it is not UTF-8 text',
    dangling: 'it is a symbolic link; only plain files are read',
    folder: 'it is a folder; only plain files are read',
    half: 'it is not UTF-8 text',
    hard: 'it has 2 hard links; only a file of its own is read',
    link: 'it is a symbolic link; only plain files are read',
    linked: 'it has 2 hard links; only a file of its own is read',
    pipe: 'it is a pipe or device; only plain files are read',
    plain: 'text',
    socket: 'it is a socket or device; only plain files are read',
  });
  expect(await readPlain('/dev/zero')).toMatchObject({ kind: 'flawed' });
});

test('a file is read up to the limit and not a byte beyond', async () => {
  const folder = temporaryFolder();
  writeFileSync(`${folder}/a`, '12345678');
  expect(await readPlain(`${folder}/a`, 8)).toMatchObject({ kind: 'text', text: '12345678' });
  expect(await readPlain(`${folder}/a`, 7)).toEqual({
    kind: 'flawed',
    flaw: 'it is 8 bytes long; at most 7 are read',
  });
});

test('what is not there is absent, also below a file', async () => {
  const folder = temporaryFolder();
  writeFileSync(`${folder}/a`, '');
  expect(await readPlain(`${folder}/b`)).toEqual({ kind: 'absent' });
  expect(await readPlain(`${folder}/a/b`)).toEqual({ kind: 'absent' });
});

test('a closed file is a flaw to whom modes bind', async () => {
  const folder = temporaryFolder();
  writeFileSync(`${folder}/a`, 'x');
  chmodSync(`${folder}/a`, 0);
  expect((await readPlain(`${folder}/a`)).kind).toBe(modesBind ? 'flawed' : 'text');
});

test('moving takes a file to its new name, or throws and leaves it', async () => {
  const folder = temporaryFolder();
  mkdirSync(`${folder}/to`);
  writeFileSync(`${folder}/a`, 'x');
  await moveDurable(`${folder}/a`, `${folder}/to/b`);
  expect([readdirSync(folder), readFileSync(`${folder}/to/b`, 'utf8')]).toEqual([['to'], 'x']);
  await expect(moveDurable(`${folder}/to/b`, `${folder}/absent/b`)).rejects.toThrow('ENOENT');
  expect(readdirSync(`${folder}/to`)).toEqual(['b']);
});

test('a stamp tells a changed file of the same size and times, and nothing of what a link leads to', async () => {
  const folder = temporaryFolder();
  writeFileSync(`${folder}/a`, 'one');
  const before = await stampOf(`${folder}/a`);
  const { mtime } = statSync(`${folder}/a`);
  execFileSync('sh', ['-c', `cp a b; printf two > b; touch -r a b; mv b a`], { cwd: folder });
  const after = await stampOf(`${folder}/a`);
  expect(statSync(`${folder}/a`)).toMatchObject({ mtime, size: 3 });
  expect(before !== null && after !== null && sameStamp(before, after)).toBe(false);
  symlinkSync('absent', `${folder}/link`);
  expect(await stampOf(`${folder}/link`)).not.toBeNull();
  expect(await stampOf(`${folder}/absent`)).toBeNull();
});

test('removing says whether there was anything', async () => {
  const folder = temporaryFolder();
  writeFileSync(`${folder}/a`, '');
  expect([await removeFile(`${folder}/a`), await removeFile(`${folder}/a`)]).toEqual([true, false]);
});
