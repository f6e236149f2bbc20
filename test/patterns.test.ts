// Patterns as people write them everywhere, in cards, settings and orders: they mean what they say, or are refused;
// nothing is taken for a name without a word.
import { expect, test } from 'vitest';
import { card, openOffice, order } from './kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const steps = (...paths: readonly string[]): string => paths.map((path) => `- write: ${path}\n  text: "2"`).join('\n');

test('{a,b} and ? mean the same in write, deny, approve and Files', async () => {
  const paths = ['src/a.ts', 'src/b.ts', 'src/c.ts', 'src/x.css', 'src/keys/server.pem', 'src/keys/a.key', 'lib/d.ts'];
  const deny = 'deny: |\n  repos/*/**/*.{pem,key}';
  const office = await openOffice({
    coder: card(steps(...paths), `write: |\n  repos/*/{src,lib}/**\n${deny}\napprove: |\n  repos/*/src/?.css`),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/one.md', order(['src/{a,b}.ts', 'src/?.css', '{src/keys,lib}/**']));
  await office.work();
  const one = await office.standing('one');
  expect(one.refused.map((change) => change.path.slice(11)).sort()).toEqual([
    'src/c.ts',
    'src/keys/a.key',
    'src/keys/server.pem',
  ]);
  expect(one.waits?.what).toContain('src/x.css');
  const can = await office.fourline('can', 'coder', 'repos/shop/src/k.pem', 'repos/shop/lib/d.ts');
  expect(can.out).toMatch(/no +repos\/shop\/src\/k\.pem +the card denies it .*\{pem,key\}/);
  expect(can.out).toMatch(/yes +repos\/shop\/lib\/d\.ts .*\{src,lib\}/);
});

test('what an order can know of its repository is an error, or a doubt, before anything runs', async () => {
  const office = await openOffice({ coder: card(steps('src/app/[id]/page.tsx'), writes) });
  await office.repository('shop', { 'src/app/[id]/page.tsx': '1\n', 'src/a.ts': '1\n' });
  await office.write('inbox/coder/bad.md', order(['shop/src/f.ts', 'src/[ab].ts', 'src/a.ts:10']));
  await office.write('inbox/coder/worse.md', order(['shop/src/f.ts', 'src/[ab].ts']));
  await office.write('inbox/coder/good.md', order(['src/app/[id]/page.tsx', 'src/*.css', 'src/app/[id]/new.tsx']));
  await office.work();
  expect(await office.read('inbox/coder/bad.md.problem.txt')).toContain('help: write src/a.ts');
  const worse = await office.read('inbox/coder/worse.md.problem.txt');
  expect(worse).toContain('help: write src/f.ts; paths begin in the repository');
  expect(worse).toMatch(/order:?.*|\[ab\] is no choice here/);
  expect(worse).toContain('for a name with brackets: src/?ab?.ts');
  const good = await office.standing('good');
  expect([good.outcome, good.refused]).toEqual(['done', []]);
  const notice = await office.read(`inbox/operator/${good.id}-doubts.notice.md`);
  expect(notice).toContain("'src/*.css' matches no file of repos/shop so far");
  expect(office.said.join('\n')).toMatch(/good .*accepted[\s\S]*good .*doubtful .*src\/\*\.css/);
});

test('doubts about an order that was taken are told by show and by check', async () => {
  const office = await openOffice({ coder: card('- say: x', writes) });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/vague.md', order(['src/a.ts'], { accept: ['it works properly'] }));
  expect((await office.fourline('check')).out).toContain("nobody could check 'works properly'");
  await office.work();
  const { id } = await office.standing('vague');
  expect((await office.fourline('show', id)).out).toMatch(/doubtful, line 4: nobody could check 'works properly'/);
  expect(await office.read(`inbox/operator/${id}-doubts.notice.md`)).toContain("nobody could check 'works properly'");
});

test('a line of a card or of fourline.yaml that matches no file of any repository is named', async () => {
  const office = await openOffice({
    coder: card('- say: x', `${writes}\n  repos/*/test/**\ndeny: |\n  repos/*/scr/secret/**`),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('fourline.yaml', 'approve: { paths: [ "repos/shop/billing/**" ] }\n');
  const check = await office.fourline('check');
  expect(check.code).toBe(0);
  expect(check.out).toMatch(/write: 'repos\/\*\/test\/\*\*' matches no file/);
  expect(check.out).toMatch(/deny: 'repos\/\*\/scr\/secret\/\*\*' matches no file/);
  const start = await office.fourline('start', '--once');
  expect(start.err).toMatch(
    /roles\/coder\.md:\d+: deny: 'repos\/\*\/scr\/secret\/\*\*' matches no file of any repository/,
  );
  expect(start.err).toMatch(/fourline\.yaml:1: approve: 'repos\/shop\/billing\/\*\*' matches no file/);
  expect(start.err).not.toMatch(/test\/\*\*' matches/);
});

test('two orders of the worst patterns there are end like any others', async () => {
  const hard = (name: string): string[] =>
    Array.from({ length: 20 }, (_, at) => `src/**/${`*${name}*/`.repeat(55)}**/*${at}*`);
  const does = card(steps('src/a.ts'), writes);
  const office = await openOffice({ coder: does, tester: card(steps('src/b.ts'), writes) });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/one.md', order([...hard('a'), 'src/a.ts']));
  await office.write('inbox/tester/two.md', order(hard('b')));
  await office.work();
  expect([(await office.standing('one')).outcome, (await office.standing('two')).refused.length]).toEqual(['done', 1]);
});
