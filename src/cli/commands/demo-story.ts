// Why: the texts of the demo: a small repository with a real error in it, three cards and one order.
// Promises: data only. The agents are rehearsals and say so; the repository, the compiler's error, the gate and the
// commits are real.
// Never: read by anything but the demo and its tests.

/** The repository: the total is wrong in src/cart.ts, and src/receipt.ts does not load because of vendor/money.ts. */
export const shopFiles: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "shop", "type": "module", "private": true }\n',
  '.gitignore': 'node_modules/\n',
  'src/cart.ts': `export type Line = { name: string; cents: number; count: number };

export function totalOf(lines: Line[]): number {
  return lines.reduce((sum, line) => sum + line.cents, 0);
}
`,
  'src/receipt.ts': `import { format } from '../vendor/money.ts';
import { totalOf } from './cart.ts';

console.log(format(totalOf([{ name: 'tea', cents: 450, count: 2 }])));
`,
  'vendor/money.ts': `export function formatMoney(cents: number): string {
  return (cents / 100).toFixed(2);
}
`,
  'test/cart.test.ts': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { totalOf } from '../src/cart.ts';

test('the total counts each line as often as it is bought', () => {
  assert.equal(totalOf([{ name: 'tea', cents: 450, count: 2 }, { name: 'cup', cents: 700, count: 1 }]), 1600);
});
`,
};

/** The person's order. */
export const personsOrder = `**Objective:** The cart's total counts how often each line is bought.

**Acceptance:**
- \`node --test test/cart.test.ts\` passes
- 2 teas at 450 and 1 cup at 700 come to 1600
- an auditor has looked at it

**Files:**
- src/cart.ts
- docs/audits/cart.md

**Branching:**
- halt-with-note
`;

const codersOrder = `**Objective:** totalOf in src/cart.ts multiplies each line's cents by its count.

**Acceptance:**
- \`node --test test/cart.test.ts\` passes
- 2 teas at 450 and 1 cup at 700 come to 1600
- no other function changes

**Files:** src/cart.ts

**Branching:** halt-with-note, route-to-coordinator
`;

const auditorsOrder = `---
after: [fix-total]
---
**Objective:** The fix of the cart's total is audited.

**Acceptance:**
- \`test -s docs/audits/cart.md\` holds
- the finding names what was run
- 2 teas at 450 and 1 cup at 700 come to 1600

**Files:** docs/audits/cart.md

**Branching:** halt-with-note
`;

function indent(text: string, by: number): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `${' '.repeat(by)}${line}`))
    .join('\n');
}

/** The three cards. Each agent is a rehearsal: a script that is run as an agent's process. */
export const cards: Readonly<Record<string, string>> = {
  coordinator: `---
description: Cuts goals into orders; changes nothing itself.
agent: rehearsal
rehearsal:
  - say: I read the order and cut it in two.
  - mail: coder/fix-total
    text: |
${indent(codersOrder, 6)}
  - mail: auditor/audit-total
    text: |
${indent(auditorsOrder, 6)}
  - report: done
    text: One order for the coder, one for the auditor that waits for it.
send: coder, auditor
---
You are the coordinator. You write orders and nothing else.
`,
  coder: `---
description: Writes product code.
agent: rehearsal
rehearsal:
  - shell: "sed -i.bak 's/sum + line.cents,/sum + line.cents * line.count,/' src/cart.ts && rm src/cart.ts.bak"
  - say: The fix is in. Does the whole thing load?
  - shell: node src/receipt.ts
  - say: It does not, because of vendor/money.ts. I will just mend that as well.
  - shell: "sed -i.bak 's/formatMoney/format/' vendor/money.ts && rm vendor/money.ts.bak"
  - shell: node src/receipt.ts
  - report: done
    text: The total multiplies by the count. I also renamed a function in vendor/money.ts so that the receipt loads.
write: |
  repos/*/src/**
  repos/*/test/**
send: coordinator
---
You are the coder. Finish inside the boundary.
`,
  auditor: `---
description: Reads what was done and says what is wrong with it.
agent: rehearsal
rehearsal:
  - shell: mkdir -p docs/audits && node --test test/cart.test.ts > /dev/null && printf 'Ran test/cart.test.ts on the landed commit; it passes, the total is 1600.\\nsrc/receipt.ts does not load, before and after. vendor/money.ts has no export named format.\\n' > docs/audits/cart.md
  - report: done
    text: The fix holds. src/receipt.ts was broken before and still is; vendor/money.ts is nobody's to write here.
write: |
  repos/*/docs/audits/**
---
You are the auditor. You mend nothing.
`,
};
