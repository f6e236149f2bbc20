import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { keepLayers, keptUntil } from '../../src/runs/old-layers.ts';
import { findLayer, keepLayer, type LayerDraft, touchLayer } from '../../src/setup/layer.ts';
import { openWorkspace, type Workspace } from '../../src/workspace/workspace.ts';
import { mountDisk } from '../kit/disk.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const day = 24 * 60 * 60_000;

test.each([
  [14, undefined, 14],
  [0, undefined, 0],
  [14, true as const, 1],
  [0.5, true as const, 0.5],
])('with keep-for: %s a layer (of work alone: %s) is kept for %s days', (keepFor, alone, days) => {
  expect(keptUntil({ used: 1000, ...(alone === undefined ? {} : { alone }) }, keepFor)).toBe(1000 + days * day);
});

type Store = {
  readonly office: Office;
  readonly workspace: Workspace;
  /** Puts a layer into the store that was used last so many days ago. */
  readonly put: (digest: string, days: number, more?: { repo?: string; alone?: true }) => Promise<void>;
  readonly names: () => Promise<string[]>;
};

async function openStore(settings: string): Promise<Store> {
  const office = await openOffice();
  await office.write('fourline.yaml', settings);
  const workspace = await openWorkspace(office.root, {
    listener: ({ detail }) => void office.said.push(detail),
    host: office.host(),
  });
  const { layers } = workspace.places.outside;
  const put: Store['put'] = async (digest, days, { repo = 'shop', alone } = {}) => {
    const place = await mkdtemp(`${tmpdir()}/fourline-test-`);
    onTestFinished(() => rm(place, { recursive: true, force: true }));
    await mkdir(`${place}/node_modules`);
    await writeFile(`${place}/node_modules/a.js`, 'x');
    const manifest: LayerDraft['manifest'] = {
      ...{ repo, digest, commands: ['npm ci'], commit: 'c0ffee', made: 0, bytes: 1000, paths: ['node_modules'] },
      ...{ home: [], ...(alone === undefined ? {} : { alone }) },
    };
    const layer = await keepLayer(layers, { manifest, repository: place, home: place, shared: false });
    await touchLayer(layer, Date.now() - days * day);
  };
  const names = async (): Promise<string[]> => {
    const repos = await readdir(layers).catch(() => []);
    return (await Promise.all(repos.map((repo) => readdir(`${layers}/${repo}`)))).flat().sort();
  };
  return { office, workspace, put, names };
}

test('layers whose time is over go, and half-made ones; a running order keeps what it uses', async () => {
  const { office, workspace, put, names } = await openStore('repos: { shop: { setup: npm ci, keep-for: 7d } }\n');
  await put('new', 6);
  await put('old', 8);
  await put('alone', 2, { alone: true });
  await put('other', 13, { repo: 'other' });
  await put('older', 15, { repo: 'other' });
  await mkdir(`${workspace.places.outside.layers}/shop/half.draft/tree`, { recursive: true });
  const { look } = keepLayers(workspace);
  await look(Date.now() - 14 * day);
  expect(await names()).toEqual(['alone', 'new', 'old', 'other']);
  await keepLayers(workspace).look(null);
  expect(await names()).toEqual(['new', 'other']);
  expect(office.said).toEqual([
    'layers of setups are removed, 1 kB: nobody used them for so long (keep-for:)',
    'layers of setups are removed, 2 kB: nobody used them for so long (keep-for:)',
  ]);
});

test('where the disk is short of space, idle layers make way, the oldest first', async () => {
  const { office, workspace, put, names } = await openStore('free: 900000g\n');
  await put('first', 3);
  await put('second', 2);
  await put('used', 0);
  const { shortOf } = keepLayers(workspace);
  expect(await shortOf([workspace.places.outside.layers], Date.now() - day)).toContain('are free where');
  expect(await names()).toEqual(['used']);
  expect(office.said[0]).toContain('layers of setups are removed, 2 kB: the disk is full; setups make them again');
  workspace.settings = { ...workspace.settings, free: 0 };
  expect(await shortOf([workspace.places.outside.layers], null)).toBe(null);
  expect(await names()).toEqual(['used']);
});

test('on a disk that is full, an order starts after the layers that nobody uses made way', async () => {
  const office = await openOffice({ coder: card('- write: src/a.ts\n  text: "2"', 'write: |\n  repos/*/src/**') });
  await office.repository('shop', { 'src/a.ts': '1\n', 'deps.txt': 'one\n', '.gitignore': 'deps/\n' });
  const setup = 'mkdir deps && head -c 20000000 /dev/zero > deps/large';
  const disk = await mountDisk(office, { size: '60m' });
  const settings = (more: string): string => `free: 10m\n${more}`;
  await disk.write('fourline.yaml', settings(`repos: { shop: { setup: "${setup}", key: [deps.txt] } }\n`));
  await disk.write('inbox/coder/first.md', order(['src/a.ts'], { accept: ['`test -f deps/large` passes', 'b', 'c'] }));
  const first = await office.fourlineBy(disk.enter, 'start', '--once');
  expect(`${first.code} ${first.err}`).toMatch(/^0 /);
  expect((await office.fourlineBy(disk.enter, 'status')).out).toMatch(/layers of repos\/shop: 1, 20 MB/);
  await disk.write('fourline.yaml', settings(''));
  disk.fill(5000);
  await disk.write('inbox/coder/second.md', order(['src/a.ts'], { accept: ['a', 'b', 'c'] }));
  const second = await office.fourlineBy(disk.enter, 'start', '--once');
  expect(second.err).toContain('layers of setups are removed, 20 MB: the disk is full; setups make them again');
  expect((await disk.standing('second')).outcome).not.toBe(null);
});

test('a layer that is used after it was listed is not removed', async () => {
  const { workspace, put } = await openStore('');
  await put('one', 20);
  const layer = await findLayer(workspace.places.outside.layers, 'shop', 'one');
  if (layer === null) throw new Error('the layer is not there');
  // Before the look has its turn, another one uses the layer.
  const inTurn: Workspace['inTurn'] = (key, work) =>
    workspace.inTurn(key, async () => {
      await touchLayer(layer, Date.now());
      return work();
    });
  await keepLayers({ ...workspace, inTurn }).look(null);
  expect(await findLayer(workspace.places.outside.layers, 'shop', 'one')).not.toBe(null);
});
