// The index that a room's git finds must be the one that git would have made.
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { composeIndex } from '../../../src/platform/git/index-draft.ts';
import { type Content, git, makeShop } from '../../kit/repository.ts';

const files: Record<string, Content> = {
  a: 'x\n',
  'a-b': 'x\n',
  'a.d/deep/er': 'y\n',
  'a/': null,
  run: { run: 'true\n' },
  link: { link: 'a' },
  'é/\u2028/"q"': 'z\n',
  [`long/${'n'.repeat(200)}/${'m'.repeat(200)}`]: '',
};
delete files['a/'];

test.each([false, true])('an index that is composed lists what read-tree lists (sha256: %s)', async (sha256) => {
  const shop = await makeShop(files, { sha256 });
  const { mirror } = shop.target;
  const entries = await shop.target.list(shop.commit);
  const [own, gits] = ['own', 'gits'].map((name) => ({ GIT_INDEX_FILE: `${shop.root}/${name}.index` }));
  writeFileSync(own?.GIT_INDEX_FILE ?? '', composeIndex([...entries].reverse(), sha256 ? 'sha256' : 'sha1') ?? '');
  git(mirror, ['read-tree', shop.commit], undefined, gits);
  const listed = git(mirror, ['ls-files', '--stage', '-z'], undefined, own);
  expect(listed).toBe(git(mirror, ['ls-files', '--stage', '-z'], undefined, gits));
  expect(listed.split('\0').filter(Boolean)).toHaveLength(entries.length);
  expect(git(mirror, ['write-tree'], undefined, own)).toBe(git(mirror, ['rev-parse', `${shop.commit}^{tree}`]));
});

test('an index is left to git where a name is not text', () => {
  expect(composeIndex([{ path: 'a\ufffd', mode: '100644', id: 'a'.repeat(40) }], 'sha1')).toBeNull();
});
