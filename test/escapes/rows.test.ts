// The table of attacks as a table: long enough, each row with a name of its own, no layer that nothing tries.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { layers } from './layers/layers.ts';
import { checks } from './rows/checks.ts';
import { gate } from './rows/gate.ts';
import { git } from './rows/git.ts';
import { kernel } from './rows/kernel.ts';
import { landing } from './rows/landing.ts';
import { mail } from './rows/mail.ts';
import { mounts } from './rows/mounts.ts';
import { names } from './rows/names.ts';
import { objects, overfull } from './rows/objects.ts';
import { output } from './rows/output.ts';
import { processes } from './rows/processes.ts';
import { secrets } from './rows/secrets.ts';
import { setup } from './rows/setup.ts';

const rows = [
  mounts,
  processes,
  kernel,
  checks,
  names,
  objects,
  overfull,
  gate,
  git,
  mail,
  landing,
  output,
  secrets,
  setup,
].flat();
// Rows that need a start of their own stand with the test that starts them.
const apart = readFileSync(`${import.meta.dirname}/ending.test.ts`, 'utf8');

test('there are at least 130 attacks, no two of one name', () => {
  expect(rows.length).toBeGreaterThan(130);
  expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length);
});

test('no layer is there that nothing tries', () => {
  const tried = new Set(rows.flatMap((row) => row.layers));
  expect(Object.keys(layers).filter((name) => !tried.has(name as never) && !apart.includes(`'${name}'`))).toEqual([]);
});
