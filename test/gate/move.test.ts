// A move lands whole or not at all: the deletion goes with the place its content turned up at.
import { expect, test } from 'vitest';
import { type Change, compareEntries } from '../../src/changes/change.ts';
import { findMoves } from '../../src/changes/move.ts';
import { judge, type Law } from '../../src/gate/gate.ts';
import { showDeed } from '../../src/gate/verdict.ts';
import { compileGrant, compileMatcher } from '../../src/role/grant.ts';
import { parseRole } from '../../src/role/role.ts';

type Tree = Readonly<Record<string, string>>;

const text = Array.from({ length: 20 }, (_, index) => `line ${index} of the file\n`).join('');
const edited = text.replace('line 3', "import '../x'; line 3").replace('line 7', 'line 7b');

function lawFor(files: readonly string[]): Law {
  const reading = parseRole('coder', '---\nagent: command\ncommand: [x]\nwrite: |\n  repos/*/**\n---\nx\n');
  if (!reading.ok) throw new Error('no role');
  const lines = files.map((one) => ({ glob: { text: `repos/shop/${one}`, literal: !one.includes('*') }, line: 1 }));
  return { grant: compileGrant(reading.role, 'roles/coder.md'), scope: compileMatcher('order', lines), pinned: [] };
}

// A file's content is its id.
async function judged(base: Tree, room: Tree, files: readonly string[]): Promise<Record<string, string>> {
  const at = (path: string): string => `repos/shop/${path}`;
  const before = new Map(Object.entries(base).map(([path, id]) => [at(path), { mode: '100644' as const, id }]));
  const after = new Map(
    Object.entries(room).map(([path, id]) => [
      at(path),
      { kind: 'blob' as const, mode: '100644' as const, id, size: id.length },
    ]),
  );
  const changes: Change[] = compareEntries(before, after);
  const moves = await findMoves(changes, async (change, when) => {
    const entry = when === 'before' ? change.before : change.after;
    return entry !== null && 'id' in entry ? Buffer.from(entry.id) : null;
  });
  const local = (path: string): string => path.slice('repos/shop/'.length);
  const verdicts = judge(changes, lawFor(files), before.keys(), moves);
  return Object.fromEntries(
    verdicts.map((one) => [
      local(one.path),
      `${showDeed(one, local)}, ${one.decision === 'allow' ? 'allowed' : one.reason}`,
    ]),
  );
}

test.each<[name: string, base: Tree, room: Tree, said: Tree]>([
  [
    'a move to where it may not is refused on both ends',
    { 'src/b.ts': 'b' },
    { 'lib/b.ts': 'b' },
    { 'src/b.ts': 'moved to lib/b.ts, move', 'lib/b.ts': 'moved from src/b.ts, files' },
  ],
  [
    'one over a file that is there is one too',
    { 'src/b.ts': 'b', 'README.md': 'r' },
    { 'README.md': 'b' },
    { 'src/b.ts': 'moved to README.md, move', 'README.md': 'moved from src/b.ts, files' },
  ],
  [
    'a move inside lands',
    { 'src/b.ts': 'b' },
    { 'src/c.ts': 'b' },
    { 'src/b.ts': 'moved to src/c.ts, allowed', 'src/c.ts': 'moved from src/b.ts, allowed' },
  ],
  [
    'a file that was changed on its way has moved',
    { 'src/b.ts': text },
    { 'lib/b.ts': edited },
    { 'src/b.ts': 'moved to lib/b.ts, move', 'lib/b.ts': 'moved from src/b.ts, files' },
  ],
  [
    'another file that came while one went has not',
    { 'src/b.ts': text },
    { 'lib/b.ts': text.replaceAll('line', 'word') },
    { 'src/b.ts': 'deleted, allowed', 'lib/b.ts': 'added, files' },
  ],
  ['a deletion is one', { 'src/b.ts': 'b' }, {}, { 'src/b.ts': 'deleted, allowed' }],
  [
    'what landed elsewhere is not lost',
    { 'src/b.ts': 'b' },
    { 'src/c.ts': 'b', 'lib/b.ts': 'b' },
    {
      'src/b.ts': 'moved to src/c.ts, allowed',
      'src/c.ts': 'moved from src/b.ts, allowed',
      'lib/b.ts': 'moved from src/b.ts, files',
    },
  ],
  [
    'an empty file went nowhere',
    { 'src/b.ts': '' },
    { 'lib/c.ts': '' },
    { 'src/b.ts': 'deleted, allowed', 'lib/c.ts': 'added, files' },
  ],
  [
    'a move that meets a file that stays is refused on both ends',
    { 'src/b.ts': 'b', lib: 'l' },
    { 'src/lib/b.ts': 'b', lib: 'l', 'src/LIB': 'x' },
    {
      'src/b.ts': 'moved to src/lib/b.ts, move',
      'src/LIB': 'added, allowed',
      'src/lib/b.ts': 'moved from src/b.ts, spelling',
    },
  ],
])('%s', async (_, base, room, said) => {
  const got = await judged(base, room, ['src/**']);
  expect(got).toEqual(said);
});
