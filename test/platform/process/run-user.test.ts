// Which uid a run has outside: by the kernel's table of uids that there are.
import { expect, test } from 'vitest';
import { ownerOf, ownersIn } from '../../../src/platform/process/run-user.ts';

test.each([
  ['the machine itself', '         0          0 4294967295\n', { first: 0x70000000, count: 0x10000000 }],
  ['a container with the usual 65,536', '0 100000 65536\n', { first: 61438, count: 4096 }],
  ['one without root, in two parts', '0 1000 1\n1 100000 65536\n', { first: 61438, count: 4096 }],
  ['a few', '0 100000 2000\n', { first: 1000, count: 1000 }],
  ['root alone', '0 1000 1\n', null],
  ['too few to be anybody', '0 100000 500\n', null],
])('%s', (_, map, owners) => expect(ownersIn(map)).toEqual(owners));

test('each run has one of its own, the same one as long as it lasts', () => {
  const owners = { first: 0x70000000, count: 0x10000000 };
  const all = Array.from({ length: 500 }, (_, at) => ownerOf(owners, `/rooms/0001-x.${at}`));
  expect(new Set(all).size).toBe(500);
  expect(all.every((one) => one >= owners.first && one < 2 ** 31)).toBe(true);
  expect(ownerOf(owners, '/rooms/0001-x.7')).toBe(all[7]);
});
