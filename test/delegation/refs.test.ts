// Files that are handed down: the same text in every room, however many levels below and whatever the file becomes.
import { symlink } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { card, letter, type Office, openOffice, order } from '../kit/office.ts';

const spec = '# Weapons\n\n80 weapons with stats.\n';
const files = { 'src/a.ts': 'export const a = 1;\n', 'docs/spec.md': spec };
const writes = 'write: |\n  repos/*/src/**';

async function withShop(cards: Record<string, string>): Promise<Office> {
  const office = await openOffice(cards);
  await office.repository('shop', files);
  return office;
}

test('what an order hands down is word for word in every room below it, whatever the file becomes meanwhile', async () => {
  const change =
    'cd "$SHOP" && echo "8 weapons" > docs/spec.md && git -c user.name=dana -c user.email=d@e commit -qam less';
  const office = await withShop({
    director: card(letter('coordinator/split', order(['src/**', 'state/brief.json'])), 'send: coordinator'),
    coordinator: card(
      `- shell: ${change}\n${letter('coder/fix', order(['src/a.ts'], { front: 'refs: [state/brief.json, docs/spec.md]' }))}`,
      'send: coder\nwrite: |\n  state/brief.json\nenv: SHOP',
    ),
    coder: card(
      '- shell: cat ../../refs/repos/shop/docs/spec.md ../../refs/state/brief.json > src/a.ts; echo mine > ../../refs/repos/shop/docs/spec.md',
      writes,
    ),
  });
  process.env['SHOP'] = `${office.root}/repos/shop`;
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.write('state/brief.json', '{ "weapons": 80 }\n');
  await office.write('inbox/director/plan.md', order(['src/**', 'state/brief.json'], { front: 'refs: docs/spec.md' }));
  await office.work();
  expect(await office.standing('fix')).toMatchObject({
    outcome: 'done',
    refused: [],
    refs: ['repos/shop/docs/spec.md', 'state/brief.json'],
  });
  expect(await office.read('repos/shop/src/a.ts')).toBe(`${spec}{ "weapons": 80 }\n`);
  expect(await office.read('repos/shop/docs/spec.md')).toBe('8 weapons\n');
  expect(await office.record('fix', 'order.md')).toContain('refs: [repos/shop/docs/spec.md, state/brief.json]');
  expect(await office.record('split', 'refs/repos/shop/docs/spec.md')).toBe(spec);
  expect(await office.record('fix', 'brief.md')).toMatch(
    /^Handed down with the order, .*\$FOURLINE_ROOM\/refs\/repos\/shop\/docs\/spec.md, \$FOURLINE_ROOM\/refs\/state\/brief.json\.$/m,
  );
  expect((await office.fourline('show', '3')).out).toContain('handed down: repos/shop/docs/spec.md');
  expect((await office.fourline('audit', '--verify')).out).toContain('1 landing recomputed, 1 finding\n');
});

const bad: [string, string, RegExp][] = [
  ['that is not there', 'docs/none.md', /refs: repos\/shop\/docs\/none.md: there is no such file on main/],
  ['that is a folder', 'docs', /it is a folder; name its files/],
  ['that is a link', 'docs/link.md', /it is a symbolic link/],
  ['that is no text', 'docs/odd.md', /it is not UTF-8 text/],
  ['that is too long', 'docs/long.md', /it is 1048577 bytes long; at most 1048576 are read/],
  ['above the workspace', '../secret.md', /'..\/secret.md' cannot be taken: it has a . or .. segment/],
  ['that is a pattern', 'docs/*.md', /it is a pattern; name each file/],
  ["of git's own", '.git/config', /\.git is git's own/],
  ["of fourline's own state", 'state/journal.jsonl', /it is fourline's own state/],
  ['in a repository there is none of', 'repos/forge/README.md', /there is no repository repos\/forge/],
  ['behind a link', 'state/out/passwd', /it is behind a symbolic link/],
];

test.each(bad)('a file %s cannot be handed down, and the answer says which and why', async (_, path, reason) => {
  const office = await openOffice({ coder: card('- write: src/a.ts\n  text: done', writes) });
  await office.repository('shop', { ...files, 'docs/odd.md': 'x', 'docs/long.md': 'x'.repeat(1024 * 1024 + 1) });
  await office.write('repos/shop/docs/odd.md', new Uint8Array([0xff, 0xfe]));
  await symlink('spec.md', `${office.root}/repos/shop/docs/link.md`);
  await symlink('/etc', `${office.root}/state/out`);
  office.git('repos/shop', 'add', '-A');
  office.git('repos/shop', 'commit', '-qm', 'odd');
  await office.write('inbox/coder/x.md', order(['src/a.ts'], { front: `refs: ['${path}']` }));
  await office.work();
  expect(await office.read('inbox/coder/x.md.problem.txt')).toMatch(reason);
  const checked = await office.fourline('check', 'inbox/coder/x.md');
  expect([checked.code, checked.out]).toEqual([1, expect.stringMatching(reason)]);
});

test('a role hands down what it can read and what lands with its order, nothing else', async () => {
  const office = await openOffice({
    planner: card(
      [
        '- write: docs/new.md\n  text: 12 levels',
        letter('coder/good', order(['src/a.ts'], { front: 'refs: docs/new.md' })),
        letter('coder/sly', order(['src/a.ts'], { front: 'refs: state/salaries.json' })),
        letter('coder/other', order(['src/a.ts'], { front: 'refs: repos/forge/secret.md' })),
      ].join('\n'),
      'send: coder\nwrite: repos/shop/docs/**',
    ),
    coder: card('- shell: cat ../../refs/repos/shop/docs/new.md > src/a.ts', writes),
  });
  await office.repository('shop', files);
  await office.repository('forge', { 'secret.md': 'x' });
  await office.write('state/salaries.json', '{}');
  await office.write('inbox/planner/plan.md', order(['docs/**', 'src/**'], { front: 'repo: shop' }));
  await office.work();
  expect((await office.standing('plan')).refused.map((one) => one.sentence)).toEqual([
    expect.stringContaining('refs: repos/forge/secret.md: its sender cannot read it'),
    expect.stringContaining('refs: state/salaries.json: its sender cannot read it'),
  ]);
  expect(await office.standing('good')).toMatchObject({ outcome: 'done', refs: ['repos/shop/docs/new.md'] });
  expect(await office.read('repos/shop/src/a.ts')).toBe('12 levels');
});

test('an order that is written at the command line names files to hand down and to pin', async () => {
  const office = await withShop({ coder: card('- say: hello', writes) });
  const asked = ['--accept', 'it is there', '--file', 'src/a.ts', '--ref', 'docs/spec.md'];
  const given = await office.fourline('order', 'coder', 'Do it', ...asked, '--contract', 'src/a.ts=coder');
  expect(given.code).toBe(0);
  expect(await office.read(given.out.trim())).toContain('refs: [docs/spec.md]\ncontract: {"src/a.ts":"coder"}\n');
  const odd = await office.fourline('order', 'coder', 'Do it', ...asked, '--contract', 'src/a.ts=nobody');
  expect([odd.code, odd.err]).toEqual([1, expect.stringContaining("owned by 'nobody', which is no role")]);
});
