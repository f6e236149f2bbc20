// A pack that is written without git must be one that git reads, of exactly the objects that are new.
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { blobId } from '../../../src/platform/git/git.ts';
import { composePack, packAhead } from '../../../src/platform/git/pack.ts';
import { type Content, git, makeShop, temporaryFolder } from '../../kit/repository.ts';

const files: Record<string, Content> = {
  'a.ts': 'one\n',
  'src/deep/b.ts': 'two\n',
  'src/c.ts': 'three\n',
  same: 'x\n',
};

// The objects of a repository that has nothing but a pack and its index, checked by git.
function objectsIn(format: string, { name, pack, index }: { name: string; pack: Buffer; index: Buffer }): string[] {
  const folder = `${temporaryFolder()}/bare.git`;
  git('/', ['init', '-q', '--bare', `--object-format=${format}`, folder]);
  mkdirSync(`${folder}/objects/pack`, { recursive: true });
  writeFileSync(`${folder}/objects/pack/${name}.pack`, pack);
  writeFileSync(`${folder}/objects/pack/${name}.idx`, index);
  git(folder, ['verify-pack', `${folder}/objects/pack/${name}.idx`]);
  // Git's own index of the same pack is the same file.
  git(folder, ['index-pack', '-o', `${folder}/own.idx`, `${folder}/objects/pack/${name}.pack`]);
  expect(git(folder, ['hash-object', '--no-filters', `${folder}/own.idx`])).toBe(
    git(folder, ['hash-object', '--no-filters', `${folder}/objects/pack/${name}.idx`]),
  );
  return git(folder, ['cat-file', '--batch-all-objects', '--batch-check=%(objectname)']).split('\n');
}

test.each([false, true])('what a commit has ahead of another is what rev-list says (sha256: %s)', async (sha256) => {
  const shop = await makeShop(files, { sha256 });
  const known = shop.commit;
  shop.repository.commitAll({ 'src/deep/b.ts': 'changed\n', 'new/file.bin': Buffer.alloc(70_000, 7) });
  shop.repository.commitAll({ 'a.ts': null, link: { link: 'same' } });
  const commit = await shop.sync();
  const pack = await packAhead(shop.target.objects, commit, known);
  const { mirror } = shop.target;
  const ahead = git(mirror, ['rev-list', '--objects', '--no-object-names', commit, `^${known}`]).split('\n');
  expect(objectsIn(sha256 ? 'sha256' : 'sha1', pack ?? composePack([]))).toEqual(ahead.sort());
});

test('what is not plainly ahead, or large, is left to git', async () => {
  const shop = await makeShop(files);
  const known = shop.commit;
  shop.repository.commitAll({ large: Buffer.alloc(17 * 1024 * 1024, 1) });
  const large = await shop.sync();
  expect(await packAhead(shop.target.objects, large, known)).toBeNull();
  expect(await packAhead(shop.target.objects, known, large)).toBeNull();
  shop.repository.git('checkout', '-q', '-b', 'side', known);
  shop.repository.commitAll({ side: 'x\n' });
  shop.repository.git('checkout', '-q', 'main');
  shop.repository.git('merge', '-q', '--no-edit', 'side');
  expect(await packAhead(shop.target.objects, await shop.sync(), large)).toBeNull();
  expect(await packAhead(shop.target.objects, known, 'e'.repeat(40))).toBeNull();
});

test('an object whose bytes have another name is in no pack', () => {
  const content = Buffer.from('one\n');
  const id = blobId('a'.repeat(40), content);
  expect(composePack([{ id, type: 'blob', content }]).pack.length).toBeGreaterThan(0);
  const damaged = [{ id, type: 'blob', content: Buffer.from('two\n') }];
  expect(() => composePack(damaged)).toThrow(`the blob ${id} is damaged`);
});

test('a pack is doubtful by a blob that is no text, where names are of sha1', () => {
  const packOf = (bytes: Uint8Array, like: string): boolean =>
    composePack([{ id: blobId(like, bytes), type: 'blob', content: Buffer.from(bytes) }]).doubtful;
  const [text, binary] = [Buffer.from('é\0\n'), Buffer.from([0xe9, 10])];
  const [sha1, sha256] = ['a'.repeat(40), 'a'.repeat(64)];
  expect([packOf(text, sha1), packOf(binary, sha1), packOf(binary, sha256)]).toEqual([false, true, false]);
});
