import { expect, test } from 'vitest';
import { refuseLetter, refuseOddState, refuseSecret } from '../../src/gate/refuse.ts';
import type { Verdict } from '../../src/gate/verdict.ts';

const by = [{ file: 'roles/coder.md', line: 3, pattern: 'state/**' }];
const allowed = (path: string, what: Verdict['what'] = 'modified'): Verdict => ({ decision: 'allow', path, what, by });

test('a letter is refused with the line that allowed it', () => {
  expect(refuseLetter(allowed('inbox/coder/a.md'), 'no')).toEqual({
    decision: 'refuse',
    path: 'inbox/coder/a.md',
    what: 'modified',
    reason: 'mail',
    sentence: 'no',
    by,
  });
});

test.each([
  [allowed('a'), [], 'allow', undefined],
  [allowed('a'), ['KEY'], 'refuse', 'it holds the value of KEY, which was handed to the run'],
  [allowed('a'), ['KEY', 'PASS'], 'refuse', 'it holds the value of KEY and of PASS, which was handed to the run'],
  [refuseLetter(allowed('a'), 'no'), ['KEY'], 'refuse', 'no; it holds the value of KEY, which was handed to the run'],
] as const)('a change that holds a secret is refused by its name', (verdict, names, decision, sentence) => {
  const found = refuseSecret(verdict, names);
  expect([found.decision, 'sentence' in found ? found.sentence : undefined]).toEqual([decision, sentence]);
});

test('state lands as text alone; what is deleted, refused, or no state isn’t looked at', () => {
  const verdicts = [
    allowed('state/a.json'),
    allowed('state/b.bin'),
    allowed('state/gone', 'deleted'),
    allowed('repos/shop/c.bin'),
    refuseLetter(allowed('state/d.bin'), 'no'),
  ];
  const looked: string[] = [];
  const found = refuseOddState(verdicts, (path) => looked.push(path) > 0 && !path.endsWith('.bin'));
  expect(found.map((one) => ('reason' in one ? one.reason : one.decision))).toEqual([
    'allow',
    'kind',
    'allow',
    'allow',
    'mail',
  ]);
  expect(looked).toEqual(['state/a.json', 'state/b.bin']);
});
