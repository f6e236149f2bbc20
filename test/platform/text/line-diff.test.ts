// Both texts are in a difference, and no shorter difference would do.
import { expect, test } from 'vitest';
import { diffLines } from '../../../src/platform/text/line-diff.ts';
import { openDice, seed } from '../../kit/dice.ts';

const show = (before: string, after: string): string =>
  diffLines(before, after)
    .map(({ sign, text }) => `${sign}${text}`)
    .join('\n');

test('edits that lie apart leave what is between them', () => {
  expect(show('a\nb\nc\nd\ne', 'a\nx\nc\nd\ny')).toBe(' a\n-b\n+x\n c\n d\n-e\n+y');
  expect(show('', 'a')).toBe('-\n+a');
  expect(show('a\nb', 'a\nb')).toBe(' a\n b');
});

// The most lines that two texts have in common, in their order.
function commonLines([first, ...old]: readonly string[], fresh: readonly string[]): number {
  if (first === undefined || fresh.length === 0) return 0;
  const at = fresh.indexOf(first);
  const without = commonLines(old, fresh);
  return at < 0 ? without : Math.max(without, 1 + commonLines(old, fresh.slice(at + 1)));
}

test(`random texts come out of their difference, and it keeps all that it can (seed ${seed})`, () => {
  const dice = openDice(`line diff ${seed}`);
  const draw = (): string[] => Array.from({ length: dice.roll(9) - 1 }, () => 'abc'[dice.roll(3) - 1] ?? '');
  for (let count = 0; count < 300; count += 1) {
    const [before, after] = [draw().join('\n'), draw().join('\n')];
    const lines = diffLines(before, after);
    const side = (gone: string): string => lines.flatMap(({ sign, text }) => (sign === gone ? [] : text)).join('\n');
    expect([side('+'), side('-')]).toEqual([before, after]);
    const kept = lines.filter(({ sign }) => sign === ' ').length;
    expect(kept).toBe(commonLines(before.split('\n'), after.split('\n')));
  }
});
