// A flow that comes with fourline, from its first order to its last report, on a project with a dependency and tests.
import { expect, test } from 'vitest';
import { openOffice } from '../kit/office.ts';

const project = {
  'package.json': JSON.stringify({
    name: 'cart',
    version: '1.0.0',
    type: 'module',
    scripts: { test: 'node --test' },
    dependencies: { money: 'file:vendor/money' },
  }),
  'package-lock.json': JSON.stringify({
    name: 'cart',
    version: '1.0.0',
    lockfileVersion: 3,
    packages: {
      '': { name: 'cart', version: '1.0.0', dependencies: { money: 'file:vendor/money' } },
      'node_modules/money': { resolved: 'vendor/money', link: true },
      'vendor/money': { name: 'money', version: '1.0.0' },
    },
  }),
  '.gitignore': 'node_modules\n',
  'vendor/money/package.json': '{ "name": "money", "version": "1.0.0", "type": "module", "exports": "./index.js" }\n',
  'vendor/money/index.js': 'export const show = (cents) => (cents / 100).toFixed(2);\n',
  'src/cart.js':
    "import { show } from 'money';\nexport const mean = (items) => show(items.reduce((sum, one) => sum + one, 0) / items.length);\n",
  'test/cart.test.js':
    "import assert from 'node:assert';\nimport { test } from 'node:test';\nimport { mean } from '../src/cart.js';\ntest('two', () => assert.equal(mean([100, 300]), '2.00'));\n",
};

test('bug: a test that fails, the mend and the review, each with what the step before handed down', async () => {
  const agent = `agent: command\ncommand: [node, --no-warnings, '${import.meta.dirname}/bug-agent.ts']`;
  const office = await openOffice({ coder: `---\n${agent}\n---\nYou are the coder.\n` });
  await office.write('fourline.yaml', 'sandbox: required\nrepos: { shop: { setup: npm ci } }\n');
  await office.repository('shop', project);
  const begun = await office.fourline('flow', 'run', 'bug', '--roles', 'goal=An empty cart has a mean of NaN.');
  expect(begun).toMatchObject({ code: 0, err: '' });
  const worked = await office.fourline('start', '--once');
  const shown = await office.fourline('flow', 'show', 'bug-1');
  const ids = ['reproduce', 'mend', 'review'].map((step, at) => `000${at + 1}-bug-1-${step}`);
  for (const id of ids) expect(shown.out, `${worked.out}${worked.err}`).toMatch(new RegExp(` done +${id}\n`));
  expect(shown.out).toContain('bug-1 is done');
  const changed = (commit: string) =>
    office.git('repos/shop', 'show', '--format=%an', '--name-only', commit).split('\n');
  expect(changed('HEAD~1')).toEqual(['builder', '', 'test/cart.test.js']);
  expect(changed('HEAD')).toEqual(['builder', '', 'src/cart.js', 'test/cart.test.js']);
  expect(office.git('repos/shop', 'show', 'HEAD~1:test/cart.test.js')).toContain('todo: true');
  expect(office.git('repos/shop', 'show', 'HEAD:test/cart.test.js')).not.toContain('todo');
  for (const id of ids.slice(0, 2)) expect((await office.standing(id)).outcome).toBe('done');
  expect(await office.record('bug-1-reproduce', 'report.md')).toContain('- `npm test` status 0');
  expect(await office.record('bug-1-mend', 'report.md')).toContain('> Nowhere else.');
  const review = await office.record('bug-1-review', 'report.md');
  expect(review).toContain('> None.');
  expect(review).toMatch(/The mend taken back: AssertionError.*'NaN'/);
  expect(await office.list('roles')).toEqual(['coder.md']);
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
});
