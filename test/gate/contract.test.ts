// Files that are pinned for a plan: whose orders may change them, and how a pin is narrowed on its way down.
import { expect, test } from 'vitest';
import { closePins, joinPins, type Pin } from '../../src/gate/contract.ts';
import { judgeOne } from '../../src/gate/gate.ts';
import { parseOrder } from '../../src/order/order.ts';
import { compileScope } from '../../src/role/boundary.ts';
import { compileGrant } from '../../src/role/grant.ts';
import { parseRole } from '../../src/role/role.ts';

const path = 'repos/shop/src/types.ts';
const pin = (owner: string | null, plan = '0001-plan'): Pin => ({ path, owner, plan });

function scopeOf(files: string) {
  const reading = parseOrder(
    `**Objective:** x\n**Acceptance:**\n- x is 1\n- y\n- z\n**Files:** ${files}\n**Branching:** halt-with-note\n`,
  );
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return compileScope(reading.order.files, 'shop', 'order');
}

const cases: [string, Pin[], string, string, RegExp | null][] = [
  [
    'nobody named, Files by a pattern',
    [pin(null)],
    'coder',
    'src/**',
    /by 0001-plan: only an order whose Files name it/,
  ],
  ['nobody named, Files to the letter', [pin(null)], 'coder', 'src/**, src/types.ts', null],
  ['its owner, Files by a pattern', [pin('coder')], 'coder', 'src/**', null],
  ["another role's", [pin('architect')], 'coder', 'src/types.ts', /by 0001-plan: only an order to architect may/],
  ["the operator's", [pin('operator')], 'coder', 'src/types.ts', /only an order to operator/],
  [
    'narrowed to the letter',
    [pin('coder'), pin(null, '0002-sub')],
    'coder',
    'src/**',
    /by 0002-sub: only an order whose/,
  ],
  ['narrowed to a role', [pin(null), pin('coder', '0002-sub')], 'coder', 'src/types.ts', null],
  ['another file', [{ ...pin('architect'), path: 'repos/shop/src/b.ts' }], 'coder', 'src/**', null],
  ['not in Files at all', [pin('architect')], 'coder', 'test/**', /not in the order's Files/],
];

test.each(cases)('%s', (_, pins, role, files, refused) => {
  const card = parseRole('coder', '---\nagent: rehearsal\nrehearsal:\n  - say: x\nwrite: |\n  repos/**\n---\n');
  if (!card.ok) throw new Error(JSON.stringify(card));
  const scope = scopeOf(files);
  const law = { grant: compileGrant(card.role, 'roles/coder.md'), scope, pinned: closePins(pins, role, scope) };
  for (const what of ['modified', 'deleted', 'added'] as const) {
    const verdict = judgeOne({ path, what, flaw: null }, law);
    expect(verdict.decision === 'refuse' ? verdict.sentence : null).toEqual(
      refused === null ? null : expect.stringMatching(refused),
    );
    if (verdict.decision === 'refuse') expect(verdict.reason).toBe(files === 'test/**' ? 'files' : 'contract');
  }
});

test('what is pinned above stays pinned, and cannot be given to somebody else', () => {
  expect(joinPins([pin('coder')], [])).toEqual([pin('coder')]);
  expect(joinPins([pin('coder')], [pin('coder', '0002-sub')])).toEqual([pin('coder')]);
  expect(joinPins([pin(null)], [pin('coder', '0002-sub')])).toEqual([pin(null), pin('coder', '0002-sub')]);
  expect(joinPins([pin('coder')], [pin('auditor', '0002-sub')])).toBe(
    "repos/shop/src/types.ts is pinned for coder by 0001-plan: it cannot be auditor's",
  );
});
