import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import type { TreeEntry } from '../../src/platform/git/tree.ts';
import {
  clearDrafts,
  findLayer,
  findLeavings,
  keepLayer,
  keyFiles,
  type Layer,
  layerDigest,
  layerTurn,
  listLayers,
  removeLayer,
  touchLayer,
} from '../../src/setup/layer.ts';
import type { Setup } from '../../src/setup/plan.ts';

const npm: Setup = { folder: '', commands: ['npm ci'], key: null, network: [], keep: null };

function entries(...paths: string[]): TreeEntry[] {
  return paths.map((path) => ({ path, mode: '100644', id: `id of ${path}` }));
}

function named(setup: Setup, ...paths: string[]): string[] {
  return keyFiles(setup, entries(...paths)).map((one) => one.path);
}

async function openFolder(): Promise<string> {
  const folder = await mkdtemp(`${tmpdir()}/fourline-test-`);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('known lock files are the key, with the files beside them that matter', () => {
  expect(named(npm, 'package-lock.json', 'package.json', '.npmrc', 'src/a.js', 'web/package.json')).toEqual([
    'package-lock.json',
    'package.json',
    '.npmrc',
  ]);
  expect(named({ ...npm, folder: 'web' }, 'package-lock.json', 'web/package-lock.json', 'web/src/a.js')).toEqual([
    'web/package-lock.json',
  ]);
});

test('files that are named are the key, and a folder stands for all that is in it', () => {
  const setup = { ...npm, key: ['deps.txt', 'scripts'] };
  expect(named(setup, 'deps.txt', 'scripts/a.sh', 'scripts/b/c.sh', 'scripts.md')).toEqual([
    'deps.txt',
    'scripts/a.sh',
    'scripts/b/c.sh',
  ]);
});

test('without a known lock file every file of the folder is the key', () => {
  expect(named({ ...npm, commands: ['make deps'] }, 'Makefile', 'src/a.c')).toEqual(['Makefile', 'src/a.c']);
});

test('a layer has another name for another key, command, variable, machine, and for work that has not landed', () => {
  const files = entries('package-lock.json');
  const digest = layerDigest(npm, {}, files, 'linux', null);
  expect(layerDigest({ ...npm }, {}, entries('package-lock.json'), 'linux', null)).toBe(digest);
  const others = [
    layerDigest(npm, {}, [{ path: 'package-lock.json', mode: '100644', id: 'other' }], 'linux', null),
    layerDigest({ ...npm, commands: ['npm ci --ignore-scripts'] }, {}, files, 'linux', null),
    layerDigest({ ...npm, keep: ['node_modules'] }, {}, files, 'linux', null),
    layerDigest(npm, { NODE_ENV: 'test' }, files, 'linux', null),
    layerDigest(npm, {}, files, 'darwin', null),
    layerDigest(npm, {}, files, 'linux', 'commit'),
  ];
  expect(new Set([digest, ...others]).size).toBe(7);
});

test('what a setup left is told apart: ignored, tracked, neither', async () => {
  const top = await openFolder();
  for (const folder of ['node_modules/a', 'packages/b/node_modules', 'generated', '.git'])
    await mkdir(`${top}/${folder}`, { recursive: true });
  for (const file of ['package.json', 'node_modules/a/x.js', 'packages/b/p.json', 'generated/y.js', 'a.log'])
    await writeFile(`${top}/${file}`, '');
  const tracked = new Set(['package.json', 'packages', 'packages/b', 'packages/b/p.json']);
  const ignores = (path: string): boolean => /(?:^|\/)node_modules$|\.log$/.test(path);
  expect(await findLeavings(top, tracked, ignores)).toEqual({
    kept: ['a.log', 'node_modules', 'packages/b/node_modules'],
    other: ['generated/y.js'],
  });
});

async function keep(layers: string, digest: string, made: number): Promise<Layer> {
  const place = await openFolder();
  await mkdir(`${place}/repository/packages/b/node_modules`, { recursive: true });
  await mkdir(`${place}/home/.cache/tool`, { recursive: true });
  await writeFile(`${place}/repository/packages/b/node_modules/x.js`, digest);
  const manifest = {
    repo: 'shop',
    digest,
    commands: ['npm ci'],
    commit: 'c0ffee',
    made,
    bytes: 100,
    paths: ['packages/b/node_modules'],
    home: ['.cache/tool'],
  };
  return keepLayer(layers, { manifest, repository: `${place}/repository`, home: `${place}/home`, shared: false });
}

test('a layer is found again, whole; a broken one is not', async () => {
  const layers = await openFolder();
  const kept = await keep(layers, 'one', 1000);
  const found = await findLayer(layers, 'shop', 'one');
  expect(found).toMatchObject({ digest: 'one', paths: kept.paths, home: ['.cache/tool'], folder: kept.folder });
  expect(await readFile(`${kept.folder}/tree/packages/b/node_modules/x.js`, 'utf8')).toBe('one');
  await writeFile(`${kept.folder}/manifest.json`, '{"v": 1, "pa');
  expect(await findLayer(layers, 'shop', 'one')).toBe(null);
  expect(await findLayer(layers, 'shop', 'two')).toBe(null);
});

test('a layer is removed when nobody used it since it was listed, and drafts that broke off go', async () => {
  const layers = await openFolder();
  const old = await keep(layers, 'old', 1000);
  const young = await keep(layers, 'young', 2000);
  await touchLayer(old, 5000);
  await touchLayer(young, 9000);
  await mkdir(`${layers}/shop/third.draft/tree`, { recursive: true });
  await writeFile(`${layers}/shop.digest.failed.json`, '{}');
  const listed = await listLayers(layers);
  expect(listed.map((one) => one.digest)).toEqual(['young', 'old']);
  await touchLayer(young, 10_000);
  const turns: string[] = [];
  const remove = (layer: Layer): Promise<number> =>
    removeLayer(
      (turn, work) => {
        turns.push(turn);
        return work();
      },
      layers,
      layer,
    );
  expect(await Promise.all(listed.map(remove))).toEqual([0, 100]);
  expect(turns).toEqual([layerTurn('shop', 'young'), layerTurn('shop', 'old')]);
  expect(await readdir(`${layers}/shop`)).toEqual(['third.draft', 'young']);
  await clearDrafts(layers);
  expect(await readdir(`${layers}/shop`)).toEqual(['young']);
});

test('a layer and a draft go however deep they are', async () => {
  const layers = await openFolder();
  await keep(layers, 'deep', 1000);
  const layer = (await listLayers(layers))[0] as Layer;
  const dig = 'import os, sys; os.chdir(sys.argv[1]); [(os.mkdir("n" * 200), os.chdir("n" * 200)) for _ in range(40)]';
  for (const folder of [`${layer.folder}/tree`, `${layers}/shop/other.draft`]) {
    await mkdir(folder, { recursive: true });
    execFileSync('/usr/bin/python3', ['-c', dig, folder]);
  }
  expect(await clearDrafts(layers)).toEqual([]);
  expect(await removeLayer((_, work) => work(), layers, layer)).toBe(100);
  expect(await readdir(`${layers}/shop`)).toEqual([]);
});
