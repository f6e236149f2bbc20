// A pack that is put into a person's repository without git must be there as git would have brought it, or not at all.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packAhead } from '../../../src/platform/git/pack.ts';
import { putPack, removeDeadDrafts } from '../../../src/platform/git/pack-file.ts';
import { nameProcess } from '../../../src/platform/process/living.ts';
import { type Content, git, makeRepository, makeShop, temporaryFolder, writeFiles } from '../../kit/repository.ts';

const files: Record<string, Content> = { 'a.ts': 'one\n', 'src/b.ts': 'two\n' };

// The pack of a commit, and two repositories that have the commit before it.
async function packed({ sha256 = false, content = 'new\n' as Content } = {}) {
  const shop = await makeShop(files, { sha256 });
  const known = shop.commit;
  const [own, gits] = ['own', 'gits'].map((name) => `${shop.root}/${name}`) as [string, string];
  for (const folder of [own, gits]) git('/', ['clone', '-q', '--bare', shop.repository.folder, folder]);
  shop.repository.commitAll({ 'src/new.ts': content });
  const commit = await shop.sync();
  const pack = await packAhead(shop.target.objects, commit, known);
  if (pack === null) throw new Error('it is not packed');
  return { commit, pack, own, gits };
}

const listed = (folder: string): string[] => readdirSync(`${folder}/objects/pack`).sort();

test.each([false, true])('a pack is there as git brings it (sha256: %s)', async (sha256) => {
  const { commit, pack, own, gits } = await packed({ sha256 });
  git(gits, ['index-pack', '--stdin'], pack.pack);
  expect(await putPack(own, pack)).toBe(true);
  expect(listed(own)).toEqual(listed(gits).filter((name) => !name.endsWith('.rev')));
  for (const name of listed(own))
    expect([name, statSync(`${own}/objects/pack/${name}`).mode]).toEqual([
      name,
      statSync(`${gits}/objects/pack/${name}`).mode,
    ]);
  git(own, ['update-ref', 'refs/heads/main', commit]);
  expect(git(own, ['fsck', '--strict', '--no-dangling'])).toBe('');
  // Once more is the same.
  expect(await putPack(own, pack)).toBe(true);
  expect(git(own, ['count-objects', '-v'])).toMatch(/garbage: 0\n/);
});

const within = (folder: string, text: string) => writeFileSync(`${folder}/config`, text, { flag: 'a' });

test.each<[string, boolean, (folder: string) => void]>([
  ['nothing unusual', true, () => undefined],
  [
    'known extensions',
    true,
    (at) => within(at, '[extensions]\n\t# mine\n\tpreciousObjects = true\n[user]\n\tname = x\n'),
  ],
  ['an extension that is not known', false, (at) => within(at, '[extensions]\n\tobjectStorage = x\n')],
  ['an extension on the line of its section', false, (at) => within(at, '[extensions] objectStorage = x\n')],
  ['a value that goes on in the next line', false, (at) => within(at, '[extensions]\nnoop = a \\\n[core]\nx = 1\n')],
  ['many who write to it', false, (at) => within(at, '[core]\n\tsharedRepository = group\n')],
  ['configuration in other files', false, (at) => within(at, '[include]\n\tpath = more\n')],
  [
    'modes of a work tree of its own',
    false,
    (at) => writeFiles(at, { 'config.worktree': '[core] sharedrepository = 1' }),
  ],
  ['objects that are elsewhere', false, (at) => writeFiles(at, { 'objects/info/alternates': '/nowhere\n' })],
  ['no folder of packs', false, (at) => rmSync(`${at}/objects/pack`, { recursive: true })],
  [
    'objects behind a link',
    false,
    (at) => {
      renameSync(`${at}/objects`, `${at}/elsewhere`);
      symlinkSync('elsewhere', `${at}/objects`);
    },
  ],
  ['a folder in the place of the pack', false, () => undefined],
])('in a repository with %s it is ours to bring: %s', async (name, ours, change) => {
  const { pack, own } = await packed();
  change(own);
  if (name.startsWith('a folder')) mkdirSync(`${own}/objects/pack/${pack.name}.pack`);
  const before = existsSync(`${own}/objects/pack`) ? listed(own) : [];
  expect(await putPack(own, pack)).toBe(ours);
  const after = existsSync(`${own}/objects/pack`) ? listed(own) : [];
  expect(after.filter((one) => !before.includes(one))).toHaveLength(ours ? 2 : 0);
});

test('bytes that are no text are brought by git, which looks for two objects of one name', async () => {
  const { pack, own } = await packed({ content: Buffer.from([0xff, 0xd8, 10]) });
  expect(await putPack(own, pack)).toBe(false);
});

test('drafts of a killed fourline go, with a pack that has no index yet; all else stays', async () => {
  const { folder } = makeRepository(temporaryFolder());
  const gitDir = `${folder}/.git`;
  const [half, whole, begun] = ['aa', 'bb', 'cc'].map((id) => `pack-${id}`) as [string, string, string];
  const dead = 'tmp_idx_fourline_1.1.1.1';
  const stay = [
    `${whole}.idx`,
    `${whole}.pack`,
    'pack-dd.pack',
    `tmp_idx_fourline_${nameProcess()}_${begun}`,
    `tmp_pack_fourline_${nameProcess()}_${begun}`,
    'tmp_pack_x1Y2z3',
  ];
  const go = [`${half}.pack`, `${dead}_${half}`, `${dead}_${whole}`, `tmp_pack_fourline_1.1.1.1_${begun}`];
  for (const name of [...stay, ...go]) writeFileSync(`${gitDir}/objects/pack/${name}`, '');
  await removeDeadDrafts(gitDir);
  expect(listed(gitDir)).toEqual(stay.sort());
});
