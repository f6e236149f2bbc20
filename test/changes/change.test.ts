// The differences between base and room, each path once.
import { describe, expect, test } from 'vitest';
import {
  type BaseEntry,
  type BlobMode,
  type Change,
  compareEntries,
  linkLeaves,
  type RoomEntry,
  standsInCommit,
} from '../../src/changes/change.ts';

const base = (id: string, mode: BaseEntry['mode'] = '100644'): BaseEntry => ({ mode, id });
const blob = (id: string, mode: BlobMode = '100644'): RoomEntry => ({ kind: 'blob', mode, id, size: 1 });
const link = (target: string): RoomEntry => ({ kind: 'blob', mode: '120000', id: target, size: 1, target });
const odd: RoomEntry = { kind: 'odd', flaw: { code: 'kind-device', message: 'it is a device' } };

function compare(before: Record<string, BaseEntry>, after: Record<string, RoomEntry>): Change[] {
  return compareEntries(new Map(Object.entries(before)), new Map(Object.entries(after)));
}

const told = (changes: readonly Change[]): string[] =>
  changes.map((one) => [one.what, one.path, ...(one.flaw === null ? [] : [one.flaw.code])].join(' '));

describe('comparing', () => {
  test('what is the same is no change, a flawed name or not', () => {
    const same = { 'src/a': base('1'), 'x.sh': base('2', '100755'), 'bad ': base('3'), l: base('../../..', '120000') };
    expect(
      compare(same, { 'src/a': blob('1'), 'x.sh': blob('2', '100755'), 'bad ': blob('3'), l: link('../../..') }),
    ).toEqual([]);
  });

  test('each path that differs is in the list once, by path', () => {
    const changes = compare(
      { gone: base('1'), kept: base('2'), text: base('3'), mode: base('4'), kind: base('5'), 'from/a': base('6') },
      {
        'to/a': blob('6'),
        text: blob('9'),
        mode: blob('4', '100755'),
        kept: blob('2'),
        kind: link('text'),
        'new/b': blob('7'),
      },
    );
    expect(told(changes)).toEqual([
      'deleted from/a',
      'deleted gone',
      'modified kind',
      'modified mode',
      'added new/b',
      'modified text',
      'added to/a',
    ]);
    expect(changes.find((one) => one.path === 'mode')).toEqual({
      path: 'mode',
      what: 'modified',
      before: { mode: '100644', id: '4' },
      after: { kind: 'blob', mode: '100755', id: '4', size: 1 },
      flaw: null,
    });
  });

  test('a file in the place of a folder is all its deletions and one addition', () => {
    expect(told(compare({ 'd/a': base('1'), 'd/b': base('2') }, { d: blob('3') }))).toEqual([
      'added d',
      'deleted d/a',
      'deleted d/b',
    ]);
  });

  test('flaws are named: the kind in the room first, then the path, the submodule, the link', () => {
    const changes = compare(
      { 'repos/s/sub': base('1', '160000'), 'repos/s/gone': base('2', '160000'), 'repos/s/old ': base('3') },
      {
        'repos/s/sub': blob('9'),
        'repos/s/dev': odd,
        'repos/s/.git/x': odd,
        'repos/s/.GIT/y': blob('4'),
        'repos/s/out': link('../../etc'),
        'repos/s/in': link('sub/x'),
      },
    );
    expect(told(changes)).toEqual([
      'added repos/s/.GIT/y path-git',
      'added repos/s/.git/x kind-device',
      'added repos/s/dev kind-device',
      'deleted repos/s/gone kind-submodule',
      'added repos/s/in',
      'deleted repos/s/old  path-trailing',
      'added repos/s/out kind-link-leaves',
      'modified repos/s/sub kind-submodule',
    ]);
  });
});

describe('symbolic links', () => {
  test.each([
    ['repos/shop/a', 'b'],
    ['repos/shop/a', './b/c'],
    ['repos/shop/src/a', '../lib/b'],
    ['repos/shop/src/x/a', '../../README'],
    ['repos/shop/src/a', '..'],
    ['repos/shop/a', '.'],
    ['repos/shop/a', '.github/x'],
    ['repos/shop/a', '..b/c'],
    ['state/x/a', '../b'],
    ['state/a', 'b'],
  ])('%s may lead to %s', (path, target) => {
    expect(linkLeaves(path, target)).toBe(false);
  });

  test.each([
    ['repos/shop/a', ''],
    ['repos/shop/a', '/etc/passwd'],
    ['repos/shop/a', 'C:\\x'],
    ['repos/shop/a', '..'],
    ['repos/shop/a', '../till/b'],
    ['repos/shop/a', '../shop/b'],
    ['repos/shop/src/a', '../../till'],
    ['repos/shop/src/a', '../../../state'],
    ['repos/shop/a', '../../../../../../etc'],
    ['repos/shop/a', '.git/config'],
    ['repos/shop/src/a', '../.GIT/hooks'],
    ['repos/shop/a', 'git~1'],
    ['repos/shop/src/a', 'top/../../../x'],
    ['repos/shop/src/a', 'top/../b'],
    ['state/a', '../b'],
    ['state/x/a', '../../repos'],
  ])('%s may not lead to %s', (path, target) => {
    expect(linkLeaves(path, target)).toBe(true);
  });
});

test.each([
  ['added', 'src/a', null, blob('1'), true],
  ['deleted', 'src/a', base('1'), null, true],
  ['added', 'src/out', null, link('/etc'), true],
  ['added', 'src/a ', null, blob('1'), false],
  ['added', '.git/x', null, blob('1'), false],
  ['added', 'src/dev', null, odd, false],
  ['modified', 'sub', base('1', '160000'), blob('1'), false],
] as const)('whether %s %s can stand in a commit (%#)', (what, path, before, after, expected) => {
  expect(standsInCommit({ path, what, before, after, flaw: null })).toBe(expected);
});
