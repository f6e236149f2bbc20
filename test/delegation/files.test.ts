import { expect, test } from 'vitest';
import { repoNamedBy, repositoryFlaw } from '../../src/delegation/files.ts';
import { parseOrder } from '../../src/order/order.ts';
import { order } from '../kit/office.ts';

function ordering(files: readonly string[]) {
  const reading = parseOrder(order([...files]));
  if (!reading.ok) throw new Error(reading.problems[0]?.message);
  return reading.order;
}

test.each<[files: string[], repo: string | null, code: string | undefined, named: RegExp]>([
  [['src/a.ts'], 'shop', undefined, /^$/],
  [['src/a.ts', 'repos/shop/b.ts', 'state/c.json'], 'shop', undefined, /^$/],
  [['state/c.json'], null, undefined, /^$/],
  [['src/a.ts'], null, 'order-no-repo', /which repository 'src\/a\.ts' is in/],
  [['state/c.json', 'src/a.ts'], null, 'order-no-repo', /'src\/a\.ts'/],
  [['src/a.ts', 'repos/desk/b.ts'], 'shop', 'order-other-repo', /'repos\/desk\/b\.ts' is not in repos\/shop/],
  [['repos/shop/a.ts', 'repos/desk/b.ts'], null, 'order-other-repo', /'repos\/shop\/a\.ts' is not in one repository/],
  [['src/a.ts', 'repos/desk/b.ts'], null, 'order-no-repo', /'src\/a\.ts'/],
])('Files %j in the repository %s', (files, repo, code, named) => {
  const flaw = repositoryFlaw(ordering(files), repo);
  expect(flaw?.code).toBe(code);
  expect(flaw?.message ?? '').toMatch(named);
});

test.each<[files: string[], repo: string | undefined]>([
  [['src/a.ts'], undefined],
  [['repos/shop/a.ts', 'repos/shop/b.ts', 'state/c.json'], 'shop'],
  [['repos/shop/a.ts', 'repos/desk/b.ts'], undefined],
  [['repos/shop/a.ts', 'src/b.ts'], undefined],
  [['repos/*/a.ts'], undefined],
])('Files %j name the repository %s', (files, repo) => {
  expect(repoNamedBy(ordering(files))).toBe(repo);
});
