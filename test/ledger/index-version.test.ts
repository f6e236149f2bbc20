// An index holds what an earlier fold came to: whoever changes the fold must say whether an earlier index still counts.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { indexVersion } from '../../src/ledger/index-head.ts';
import { sourceFile } from '../kit/program.ts';

const files = ['advance', 'entry', 'fold', 'history', 'index-head', 'orders', 'standing', 'waits', 'write-index'];

test('the version of the index is that of the code which fills it', () => {
  const hash = createHash('sha256');
  for (const name of files) {
    const lines = readFileSync(sourceFile(`ledger/${name}.ts`), 'utf8').split('\n');
    hash.update(lines.filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line)).join('\n'));
  }
  const found = { version: indexVersion, code: hash.digest('hex').slice(0, 16) };
  // Raise indexVersion if an index written before would now be read otherwise; put the new digest here in any case.
  expect(found).toEqual({ version: 1, code: '9bd2e00fdaba9d67' });
});
