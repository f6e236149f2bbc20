// The code may get easier to read, not harder: each ceiling is what stands there, and is lowered with it.
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { medianOf } from '../bench/median.ts';
import { measure } from '../bench/shape.ts';

const shape = measure(resolve(import.meta.dirname, '../src'));

/**
 * Functions over 60 lines, functions with more than 4 parameters, names defined in more than one file, types with more
 * than 15 fields.
 */
const ceilings = { long: 0, wide: 38, names: 4, broad: 0 };

test('half of all functions have at most ten lines', () => {
  expect(shape.functions.length).toBeGreaterThan(1000);
  expect(medianOf(shape.functions.map(({ lines }) => lines))).toBeLessThanOrEqual(10);
});

test('no function gets long, wide, or the name of another file’s, and no type gets broad', () => {
  const long = shape.functions
    .filter(({ lines, switches }) => lines > 60 && !switches)
    .map(({ file, name }) => `${file} ${name}`);
  const wide = shape.functions.filter(({ parameters }) => parameters > 4).map(({ file, name }) => `${file} ${name}`);
  const broad = shape.types.filter(({ fields }) => fields > 15).map(({ file, name }) => `${file} ${name}`);
  const names = [...shape.names.keys()];
  const found = { long: long.length, wide: wide.length, names: names.length, broad: broad.length };
  for (const [kind, list] of Object.entries({ long, wide, names, broad }))
    expect(found[kind as keyof typeof found], `${kind}: ${list.join(', ')}`).toBeLessThanOrEqual(
      ceilings[kind as keyof typeof ceilings],
    );
});
