import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { openWatch, type Watch } from '../../src/daemon/watcher.ts';

async function openFolders(): Promise<{ near: string; far: string; watch: Watch; knocked: () => Promise<void> }> {
  const root = await mkdtemp(`${tmpdir()}/fourline-watch-`);
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const [near, far] = [`${root}/near`, `${root}/far`];
  for (const folder of [near, far]) await mkdir(folder);
  let answer = (): void => undefined;
  const watch = openWatch(
    () => answer(),
    () => undefined,
  );
  onTestFinished(watch.close);
  const knocked = (): Promise<void> =>
    new Promise((resolve) => {
      answer = resolve;
    });
  return { near, far, watch, knocked };
}

test('a change in a watched folder knocks, also when the folder was made anew', async () => {
  const { near, watch, knocked } = await openFolders();
  await watch.add([near]);
  const first = knocked();
  await writeFile(`${near}/order.md`, 'x');
  await first;
  // Made before the old one goes, so that it can't get the old one's inode.
  await mkdir(`${near}-anew`);
  await rm(near, { recursive: true });
  await rename(`${near}-anew`, near);
  await watch.add([near]);
  const second = knocked();
  await writeFile(`${near}/order.md`, 'x');
  await second;
});

test('a probe names the folder that is not heard of until it is renewed, and leaves no file', async () => {
  const { near, far, watch } = await openFolders();
  await watch.add([near]);
  expect(await watch.probe([near])).toBe(null);
  expect(await watch.probe([near, far])).toContain(far);
  expect(await watch.probe([near])).toContain(far);
  await watch.renew();
  await watch.add([near, far]);
  expect(await watch.probe([near, far])).toBe(null);
  expect([...(await readdir(near)), ...(await readdir(far))]).toEqual([]);
});

test('where nothing can be written, a probe finds nothing wrong', async () => {
  const { near, watch } = await openFolders();
  expect(await watch.probe([`${near}/absent`])).toBe(null);
});
