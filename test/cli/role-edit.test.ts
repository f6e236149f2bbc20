import { readFile, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const steps = '- write: src/a.ts\n  text: "2\\n"\n- report: done\n  text: It is 2.';
const writes = (glob: string): string => card(steps, `write: |\n  ${glob}`);

async function workOnce(): Promise<Office> {
  const office = await openOffice({ coder: writes('repos/*/src/**'), lead: card(steps, 'send: coder') });
  await office.repository('shop', { 'src/a.ts': '1\n', 'test/a.ts': '1\n' });
  await office.write('inbox/coder/set-value.md', order(['src/a.ts']));
  await office.work();
  return office;
}

test('role diff shows the lines of an edit, and the files that the role gains and loses', async () => {
  const office = await workOnce();
  expect((await office.fourline('role', 'diff', 'coder')).out).toContain('has no edit');
  await office.write('roles/coder.md', writes('repos/*/test/**'));
  const { code, out } = await office.fourline('role', 'diff', 'coder');
  expect(code).toBe(0);
  expect(out.split('\n').slice(0, 8)).toEqual([
    '-   repos/*/src/**',
    '+   repos/*/test/**',
    '',
    'gains 1 file',
    '  repos/shop/test/a.ts',
    'loses 1 file',
    '  repos/shop/src/a.ts',
    'next: fourline role test coder',
  ]);
  await office.write('roles/coder.md', '---\nagnt: claude\n---\nWork.\n');
  const broken = await office.fourline('role', 'diff', 'coder');
  expect([broken.code, broken.out.includes("unknown key 'agnt'")]).toEqual([1, true]);
});

test('role diff names the state files that the role gains, loses and shares', async () => {
  const office = await workOnce();
  await office.write('roles/lead.md', card(steps, 'write: |\n  state/plan.json'));
  await office.write('roles/coder.md', writes('repos/*/src/**\n  state/plan.json'));
  const { out } = await office.fourline('role', 'diff', 'coder');
  expect(out).toContain('gains 1 file\n  state/plan.json\nloses no file\nshares 1 file with lead\n  state/plan.json\n');
});

test('role test names the verdicts that the edited card would change', async () => {
  const office = await workOnce();
  const same = await office.fourline('role', 'test', 'coder');
  expect([same.code, same.out.trim()]).toEqual([0, '1 order, 1 change: none would be judged otherwise']);
  await office.write('roles/coder.md', writes('repos/*/test/**'));
  const { code, out } = await office.fourline('role', 'test', 'coder');
  expect([code, out]).toEqual([
    1,
    expect.stringMatching(/^0001-set-value +repos\/shop\/src\/a\.ts +allowed → refused/),
  ]);
  expect((await office.fourline('role', 'test', 'coder', '--last', '0')).code).toBe(2);
});

test('role remove asks, says what rests on the card, and its undo brings the card back', async () => {
  const office = await workOnce();
  await office.fourline(
    'order',
    'coder',
    'Set it',
    '--accept',
    'a',
    '--accept',
    'b',
    '--accept',
    'c',
    '--file',
    'src/a.ts',
  );
  const asked = await office.fourline('role', 'remove', 'coder');
  expect([asked.code, asked.err.includes('add --yes')]).toEqual([2, true]);
  expect(await office.list('roles')).toContain('coder.md');
  const { code, out, err } = await office.fourline('role', 'remove', 'coder', '--yes');
  expect(code).toBe(0);
  expect(err).toMatch(/1 order of coder would wait: \S/);
  expect(err).toContain('names coder in the cards of lead');
  expect(await office.list('roles')).not.toContain('coder.md');
  const kept = /undo: cp (\S+) /.exec(out)?.[1] ?? '';
  expect(kept).not.toBe('');
  expect(await readFile(kept, 'utf8')).toBe(writes('repos/*/src/**'));
  await rm(`${office.root}/roles/lead.md`);
  expect((await office.fourline('role', 'remove', 'lead', '--yes')).err).toContain('no card roles/lead.md');
});

test('role test --against holds the card against that of a commit, of the ledger or of the workspace', async () => {
  const office = await workOnce();
  const ledger = (...args: string[]): string => office.git('.', '--git-dir=state/ledger.git', ...args);
  const first = ledger('log', '-1', '--format=%H', '--', 'roles/coder.md');
  expect(first).toMatch(/^[0-9a-f]{40}$/);
  await office.write('roles/coder.md', writes('repos/*/test/**'));
  const changed = await office.fourline('role', 'test', 'coder', '--against', first);
  expect([changed.code, changed.out]).toEqual([1, expect.stringMatching(/repos\/shop\/src\/a\.ts +allowed → refused/)]);
  office.git('.', 'init', '-q');
  office.git('.', 'add', '-f', 'roles/coder.md');
  office.git('.', 'commit', '-qm', 'the card');
  const same = await office.fourline('role', 'test', 'coder', '--against', 'HEAD');
  expect([same.code, same.out.trim()]).toEqual([0, '1 order, 1 change: none would be judged otherwise']);
  await office.write('roles/coder.md', writes('repos/*/src/**'));
  expect((await office.fourline('role', 'test', 'coder', '--against', 'HEAD')).out).toContain('refused → allowed');
  for (const wrong of ['HEAD~9', '--all', 'HEAD:roles', '']) {
    const { code, err } = await office.fourline('role', 'test', 'coder', `--against=${wrong}`);
    expect([wrong, code, err.includes('role-revision')]).toEqual([wrong, 2, true]);
  }
});

test('role test takes the orders that were judged last, each once', async () => {
  const office = await workOnce();
  for (const name of ['second', 'third']) {
    await office.write(`inbox/coder/${name}.md`, order(['src/a.ts']));
    await office.work();
  }
  const { out } = await office.fourline('--json', 'role', 'test', 'coder', '--last', '2');
  expect((JSON.parse(out) as { orders: string[] }).orders).toEqual(['0003-third', '0002-second']);
});
