import { expect, test } from 'vitest';
import { type LayerChoice, pickIgnored } from '../../src/runs/make-layer.ts';

const ignored = ['dist', 'lib/out', 'node_modules', 'node_modules.log', 'web/node_modules'];

test.each<[string, Partial<LayerChoice>, string[]]>([
  ['everything', {}, ignored],
  ['a folder that keep: names', { wanted: ['node_modules'] }, ['node_modules']],
  ['all below a folder that keep: names', { wanted: ['web', 'lib'] }, ['lib/out', 'web/node_modules']],
  ['nothing for a folder below an ignored one', { wanted: ['node_modules/.bin'] }, []],
  ['nothing that an earlier layer holds', { before: ['node_modules', 'dist/a'] }, ['lib/out', ...ignored.slice(3)]],
  ['nothing below an earlier layer', { before: ['web', 'lib/out/b'] }, ['dist', 'node_modules', 'node_modules.log']],
  ['nothing below what was fetched', { fetched: ['lib', 'dist'] }, ['dist', ...ignored.slice(2)]],
  ['all three', { wanted: ['web', 'lib', 'dist'], before: ['dist'], fetched: ['lib'] }, ['web/node_modules']],
])('a layer holds of the ignored paths: %s', (_, choice, held) => {
  expect(pickIgnored(ignored, { wanted: [], before: [], fetched: [], ...choice })).toEqual(held);
});
