// Objects, trees, commits and refs that are written without git must be what git writes, to the name.
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { isUnsafePath } from '../../../src/platform/git/checkout-path.ts';
import { leadsTo } from '../../../src/platform/git/leads-to.ts';
import { type Objects, openObjects, readObject } from '../../../src/platform/git/objects.ts';
import { dropRefs, listRefs, writeRef } from '../../../src/platform/git/own-refs.ts';
import { changeListing, diffTrees, editTree, listTree, type TreeEdit, treeOf } from '../../../src/platform/git/tree.ts';
import { writeCommit } from '../../../src/platform/git/write-commit.ts';
import { openDice, seed } from '../../kit/dice.ts';
import { git, temporaryFolder } from '../../kit/repository.ts';

function open(format: 'sha1' | 'sha256' = 'sha1', flush = false): Objects {
  const gitDir = `${temporaryFolder()}/own.git`;
  git('/', ['init', '-q', '--bare', `--object-format=${format}`, gitDir]);
  const objects = openObjects({ gitDir, format, flush });
  onTestFinished(() => objects.close());
  return objects;
}

const names = ['a', 'a-b', 'a.b', 'a0', 'b', 'ä', '日本', 'z z', '"q"', 'new\nline', 'back\\slash', '\u2028'];
const modes = ['100644', '100755', '120000', '160000'];

// A tree as plain paths: what a file stands at has nothing below it.
type Plain = Map<string, { mode: string; id: string }>;

function listed({ gitDir }: Objects, tree: string): string[] {
  return git(gitDir, ['ls-tree', '-r', '-z', '--full-tree', tree]).split('\0').filter(Boolean);
}

test.each(['sha1', 'sha256'] as const)(
  'trees of %s that are changed at random are what git lists, compares and finds sound',
  async (format) => {
    const dice = openDice(`${seed} tree ${format}`);
    const objects = open(format);
    const pick = <Item>(items: readonly Item[]): Item => items[dice.roll(items.length) - 1] as Item;
    const blobs = await Promise.all(
      ['', 'x', 'y\n', 'z'.repeat(300_000)].map((text) => objects.write('blob', Buffer.from(text))),
    );
    const ghost = git(objects.gitDir, ['hash-object', '--stdin'], 'a commit elsewhere');
    const plain: Plain = new Map();
    let tree: string | null = null;
    for (let round = 0; round < 25; round += 1) {
      const edits = new Map<string, TreeEdit>();
      for (let count = dice.roll(8); count > 0; count -= 1) {
        const path = Array.from({ length: dice.roll(3) }, () => pick(names)).join('/');
        const known = [...plain.keys()];
        const gone = dice.roll(3) === 1 && known.length > 0 ? pick(known) : null;
        if (gone !== null) {
          edits.set(gone, { path: gone, to: null });
          plain.delete(gone);
          continue;
        }
        // A file takes a folder's place, and the other way round, by deletions beside it.
        for (const other of [...plain.keys()])
          if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) {
            plain.delete(other);
            edits.set(other, { path: other, to: null });
          }
        const mode = pick(modes);
        const to = { mode, id: mode === '160000' ? ghost : pick(blobs) };
        plain.set(path, to);
        edits.set(path, { path, to });
      }
      const before: string | null = tree;
      tree = await editTree(objects, before, [...edits.values()]);
      const expected = [...plain].map(
        ([path, { mode, id }]) => `${mode} ${mode === '160000' ? 'commit' : 'blob'} ${id}\t${path}`,
      );
      expect(listed(objects, tree).sort()).toEqual(expected.sort());
      expect(
        (await listTree(objects, tree)).map(
          ({ path, mode, id }) => `${mode} ${mode === '160000' ? 'commit' : 'blob'} ${id}\t${path}`,
        ),
      ).toEqual(listed(objects, tree));
      if (before !== null) {
        const found = await diffTrees(objects, before, tree);
        expect(found).toEqual(differences(objects, before, tree));
        expect(changeListing(await listTree(objects, before), found)).toEqual(await listTree(objects, tree));
      }
    }
    // Git itself would have written the same: an index of these entries makes the tree of the same name.
    const index = `${objects.gitDir}/check.index`;
    const info = [...plain].map(([path, { mode, id }]) => `${mode} ${id}\t${path}\0`).join('');
    const env = { GIT_INDEX_FILE: index };
    git(objects.gitDir, ['update-index', '-z', '--index-info'], info, env);
    expect(git(objects.gitDir, ['write-tree'], undefined, env)).toBe(tree);
    expect(git(objects.gitDir, ['fsck', '--strict', '--no-dangling'])).toBe('');
  },
);

function differences({ gitDir }: Objects, from: string, to: string): unknown[] {
  const fields = git(gitDir, ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', from, to]).split('\0');
  const out: { path: string; old: unknown; new: unknown }[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = '', newMode = '', oldId = '', newId = ''] = (fields[at] ?? '').slice(1).split(' ');
    const side = (mode: string, id: string): unknown => (mode === '000000' ? null : { mode, id });
    out.push({ path: fields[at + 1] ?? '', old: side(oldMode, oldId), new: side(newMode, newId) });
  }
  return out.sort((one, other) => (one.path < other.path ? -1 : 1));
}

test('a commit is the one that git makes of the same parts, and its names cannot end a line', async () => {
  const objects = open('sha1', true);
  const tree = await editTree(objects, null, []);
  const who = { name: 'coder', email: 'coder@fourline.invalid' };
  const message = 'Subject\n\nBody\u2028 of “all”\n';
  const first = await writeCommit(objects, { tree, parent: null, author: who, committer: who, seconds: 7, message });
  const env = {
    GIT_AUTHOR_DATE: '@7 +0000',
    GIT_COMMITTER_DATE: '@7 +0000',
    GIT_AUTHOR_NAME: who.name,
    GIT_AUTHOR_EMAIL: who.email,
    GIT_COMMITTER_NAME: who.name,
    GIT_COMMITTER_EMAIL: who.email,
  };
  expect(git(objects.gitDir, ['commit-tree', tree, '-F', '-'], message, env)).toBe(first);
  const forged = { name: 'x>\nparent 1', email: 'y>\n\nz' };
  const second = await writeCommit(objects, {
    tree,
    parent: first,
    author: forged,
    committer: who,
    seconds: 8,
    message,
  });
  expect(git(objects.gitDir, ['log', '--format=%P %an %ae', '-1', second])).toBe(`${first} xparent 1 yz`);
  expect([
    await treeOf(objects, second),
    await leadsTo(objects, first, second),
    await leadsTo(objects, second, first),
  ]).toEqual([tree, true, false]);
});

test('what is packed is read as what is loose, and what is missing or torn is named', async () => {
  const objects = open();
  const blob = await objects.write('blob', Buffer.from('content'));
  const tree = await editTree(objects, null, [{ path: 'd/f', to: { mode: '100644', id: blob } }]);
  git(objects.gitDir, [
    'update-ref',
    'refs/keep',
    await writeCommit(objects, {
      tree,
      parent: null,
      author: { name: 'a', email: 'a' },
      committer: { name: 'a', email: 'a' },
      seconds: 1,
      message: 'm\n',
    }),
  ]);
  git(objects.gitDir, ['repack', '-q', '-a', '-d']);
  expect(existsSync(`${objects.gitDir}/objects/${blob.slice(0, 2)}`)).toBe(false);
  expect((await listTree(objects, tree)).map(({ path, id }) => [path, id])).toEqual([['d/f', blob]]);
  const other = await objects.write('blob', Buffer.from('more'));
  const file = `${objects.gitDir}/objects/${other.slice(0, 2)}/${other.slice(2)}`;
  chmodSync(file, 0o600);
  for (const torn of ['', 'torn', '\0'.repeat(20)]) {
    writeFileSync(file, torn);
    await expect(readObject(objects, 'blob', other)).rejects.toMatchObject({ code: 'git-failed' });
    // Written again, it is whole.
    expect(await objects.write('blob', Buffer.from('more'))).toBe(other);
    expect((await readObject(objects, 'blob', other)).toString()).toBe('more');
    chmodSync(file, 0o600);
  }
  await expect(readObject(objects, 'tree', other)).rejects.toThrow(/is a blob/);
  await expect(readObject(objects, 'tree', '0'.repeat(40))).rejects.toThrow(/missing/);
});

test('an object that the disk refuses leaves nothing half behind', async () => {
  const objects = open();
  rmSync(`${objects.gitDir}/objects`, { recursive: true });
  writeFileSync(`${objects.gitDir}/objects`, '');
  await expect(objects.write('blob', Buffer.from('x'))).rejects.toThrow();
  rmSync(`${objects.gitDir}/objects`);
  mkdirSync(`${objects.gitDir}/objects`);
  await objects.write('blob', Buffer.from('x'));
  expect(readdirSync(`${objects.gitDir}/objects`, { recursive: true })).toHaveLength(2);
});

test('a ref moves from where it is expected, and not past a lock; packed ones are git’s', async () => {
  const objects = open();
  const { gitDir } = objects;
  const tree = await editTree(objects, null, []);
  const who = { name: 'a', email: 'a' };
  const [one = '', two = ''] = await Promise.all(
    [1, 2].map((seconds) =>
      writeCommit(objects, { tree, parent: null, author: who, committer: who, seconds, message: 'm\n' }),
    ),
  );
  const at = (ref: string): string => git(gitDir, ['for-each-ref', '--format=%(objectname)', ref]);
  await writeRef(gitDir, 'refs/fourline/runs/a.1', one, { from: null, flush: true });
  await expect(writeRef(gitDir, 'refs/fourline/runs/a.1', two, { from: null, flush: true })).rejects.toMatchObject({
    code: 'git-failed',
  });
  await writeRef(gitDir, 'refs/fourline/runs/a.1', two, { from: one, flush: false });
  expect(at('refs/fourline/runs/a.1')).toBe(two);
  writeFileSync(`${gitDir}/refs/fourline/runs/a.1.lock`, '');
  await expect(writeRef(gitDir, 'refs/fourline/runs/a.1', one, { flush: true })).rejects.toMatchObject({
    code: 'ref-locked',
  });
  expect(await listRefs(gitDir, 'refs/fourline')).toEqual(['refs/fourline/runs/a.1']);
  rmSync(`${gitDir}/refs/fourline/runs/a.1.lock`);
  git(gitDir, ['pack-refs', '--all']);
  await writeRef(gitDir, 'refs/fourline/work/a', one, { flush: true });
  expect((await listRefs(gitDir, 'refs/fourline')).sort()).toEqual(['refs/fourline/runs/a.1', 'refs/fourline/work/a']);
  await dropRefs(gitDir, ['refs/fourline/runs/a.1', 'refs/fourline/work/a']);
  expect(at('refs')).toBe('');
});

test.each([
  ['a/b', false],
  ['.gitignore', false],
  ['.github/x', false],
  ['a..b/...', false],
  ['../x', true],
  ['a/../../x', true],
  ['./x', true],
  ['a//b', true],
  ['.git/hooks/post-checkout', true],
  ['a/.GIT', true],
  ['.git./x', true],
  ['.git /x', true],
  ['.git::$INDEX_ALLOCATION/x', true],
  ['.g\u200cit/x', true],
  ['GIT~1/x', true],
  ['.git .:stream/x', true],
])('%s is a path that no checkout may write: %s', (path, unsafe) => {
  expect(isUnsafePath(path)).toBe(unsafe);
});

test('a tree that git could not have written is a fault, and is neither compared nor changed', async () => {
  const objects = open();
  const blob = await objects.write('blob', Buffer.from('x'));
  const sound = await editTree(objects, null, [{ path: 'a', to: { mode: '100644', id: blob } }]);
  const entry = (name: string): Buffer => Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')]);
  const bad = [
    Buffer.from('hello hello hello hello hello'),
    Buffer.from('100644 a\0short'),
    entry(''),
    entry('a/b'),
    Buffer.concat([entry('b'), entry('a')]),
    Buffer.concat([entry('a'), entry('a')]),
  ];
  for (const content of bad) {
    const tree = await objects.write('tree', content);
    await expect(diffTrees(objects, sound, tree)).rejects.toMatchObject({ code: 'git-failed' });
    await expect(editTree(objects, tree, [{ path: 'z', to: null }])).rejects.toMatchObject({ code: 'git-failed' });
  }
});

test('writers of one ref wait for each other', async () => {
  const objects = open();
  const blob = await objects.write('blob', Buffer.from('x'));
  const all = Array.from({ length: 12 }, () => writeRef(objects.gitDir, 'refs/x', blob, { flush: true }));
  await Promise.all(all);
  expect(git(objects.gitDir, ['for-each-ref', '--format=%(objectname)'])).toBe(blob);
});

test('a tree is read once, as long as few bytes came since; a file is read each time', async () => {
  const objects = open();
  const pathOf = (id: string): string => `${objects.gitDir}/objects/${id.slice(0, 2)}/${id.slice(2)}`;
  const blob = await objects.write('blob', Buffer.from('x'));
  const treeNamed = (name: string): Promise<string> =>
    editTree(objects, null, [{ path: name, to: { mode: '100644', id: blob } }]);
  const tree = await treeNamed('kept');
  const first = await objects.read(tree);
  expect((await objects.read(blob))?.content.toString()).toBe('x');
  for (const id of [tree, blob]) rmSync(pathOf(id));
  expect([await objects.read(tree), await objects.read(blob)]).toEqual([first, null]);
  // These are 80 trees of 65,000 bytes.
  const long = await Promise.all(
    Array.from({ length: 80 }, (_, index) =>
      editTree(
        objects,
        null,
        Array.from({ length: 240 }, (_, count) => ({
          path: `${index}-${count}-${'n'.repeat(230)}`,
          to: { mode: '100644', id: blob },
        })),
      ),
    ),
  );
  for (const id of long) await objects.read(id);
  expect(await objects.read(tree)).toBeNull();
  rmSync(pathOf(long.at(-1) ?? ''));
  expect((await objects.read(long.at(-1) ?? ''))?.id).toBe(long.at(-1));
});
