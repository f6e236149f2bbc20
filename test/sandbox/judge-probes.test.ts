import { expect, test } from 'vitest';
import { judgeProbes } from '../../src/sandbox/probe.ts';

const keys = 'read write pid tcp socket capability privilege kernel nested keys inherited outlive'.split(' ');
const held = keys.map((key) => `${key} held\n`).join('');
const well = { made: false, outlived: false };

test.each<[string, string, typeof well, RegExp[]]>([
  ['none, when each held', held, well, []],
  ['all, when nothing was said', '', well, keys.map(() => /./)],
  ['the one it said', held.replace('tcp held', 'tcp through'), well, [/a server on this machine/]],
  ['the one it said nothing about', held.replace('keys held\n', ''), well, [/keyrings/]],
  ['the last one, when its line is cut short', held.slice(0, -1), well, [/outlive/]],
  ['a write, when its file is there', held, { ...well, made: true }, [/write outside the room/]],
  ['an outliving, when its process is there', held, { ...well, outlived: true }, [/outlive the run/]],
])('the ways that are open: %s', (_, said, seen, open) => {
  const found = judgeProbes(said, seen).filter((one) => !one.held);
  expect(found.map(({ name }) => name)).toEqual(open.map((one) => expect.stringMatching(one)));
});
