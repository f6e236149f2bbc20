// A clone that fetches objects only when it needs them lacks what fourline would have to fetch.
import { expect, onTestFinished, test } from 'vitest';
import { findTarget, syncTarget } from '../../src/platform/git/target.ts';
import { hostOf } from '../../src/platform/process/host.ts';
import { git, makeRepository, temporaryFolder } from '../kit/repository.ts';

test('a partial clone is named with the command that helps, and is good after it', async () => {
  const root = temporaryFolder();
  const home = makeRepository(`${root}/home`, { 'a.ts': '1\n' });
  home.commitAll({ 'a.ts': '2\n' });
  home.git('config', 'uploadpack.allowFilter', 'true');
  git(root, ['clone', '-q', '--filter=blob:none', `file://${home.folder}`, `${root}/repos/shop`]);
  const target = await findTarget(`${root}/repos`, `${root}/mirrors`, 'shop', hostOf());
  if ('kind' in target) throw new Error(target.message);
  onTestFinished(() => target.objects.close());
  expect(target.partial).toBe(true);
  const flaw = await syncTarget(target);
  expect(flaw).toMatchObject({
    kind: 'flaw',
    code: 'repo-partial',
    message: expect.stringContaining('is a partial clone'),
  });
  const command = /^git -C repos\/shop (.*) brings them$/.exec(flaw.kind === 'flaw' ? flaw.hint : '')?.[1] ?? '';
  git(`${root}/repos/shop`, ['-c', 'protocol.file.allow=always', ...command.split(' ')]);
  expect(await syncTarget(target)).toMatchObject({ kind: 'tip', branch: 'main' });
});
