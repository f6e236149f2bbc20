// Plans side by side, and orders that name others before anybody gave them an id.
import { expect, test } from 'vitest';
import { inPostingOrder } from '../../src/delegation/siblings.ts';
import { card, letter, type Office, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const works = '- shell: echo new > src/$FOURLINE_ID.ts';

async function shop(cards: Readonly<Record<string, string>>, settings = ''): Promise<Office> {
  const office = await openOffice(cards);
  await office.repository('shop', { 'src/a.ts': '1\n' });
  if (settings !== '') await office.write('fourline.yaml', settings);
  return office;
}

async function claims(office: Office): Promise<string[]> {
  const lines = (await office.read('state/journal.jsonl')).trim().split('\n');
  return lines
    .map((line) => JSON.parse(line) as { step: string; order: string })
    .filter((one) => one.step === 'claimed')
    .map((one) => one.order.slice(5));
}

const sends = (plan: string, count: number): string =>
  card(
    Array.from({ length: count }, (_, at) => letter(`coder/${plan}${at}`, order([`src/${plan}${at}.ts`]))).join('\n'),
    'send: coder',
  );

test('with one run at a time, a small plan has its turns beside a big one', async () => {
  const office = await shop(
    {
      big: sends('big', 6),
      small: sends('small', 2),
      coder: card('- shell: sleep 0.01; echo new > "$(grep -o "src/[a-z0-9]*.ts" ../../order.md | head -1)"', writes),
    },
    'runs: 1\n',
  );
  await office.write('inbox/big/plan.md', order(['src/**']));
  await office.work();
  expect(await claims(office)).toHaveLength(7);
  await office.write('inbox/big/again.md', order(['src/**']));
  await office.write('inbox/small/plan.md', order(['src/**']));
  await office.work();
  const order_ = (await claims(office)).slice(7).filter((name) => name.startsWith('big') || name.startsWith('small'));
  expect(
    order_
      .slice(0, 4)
      .map((name) => name.replace(/\d/, ''))
      .sort(),
  ).toEqual(['big', 'big', 'small', 'small']);
});

test('an order can wait for one whose id was printed a moment ago, and nobody has seen yet', async () => {
  const office = await shop({ coder: card(works, writes) });
  const first = JSON.parse(
    (await office.fourline('order', 'coder', 'One.', '--accept', 'it is', '--file', 'src/**', '--json')).out,
  ) as { id: string };
  const second = await office.fourline(
    'order',
    'coder',
    'Two.',
    '--accept',
    'it is',
    '--file',
    'src/**',
    '--after',
    first.id,
    '--name',
    'aaa',
  );
  expect([second.code, second.err]).toEqual([0, expect.not.stringContaining('error')]);
  expect(
    (await office.fourline('order', 'coder', 'Three.', '--accept', 'it is', '--file', 'src/**', '--after', '0009-no'))
      .code,
  ).toBe(1);
  expect((await office.fourline('check')).out).not.toContain('there is no order');
  expect((await office.fourline('plan')).out).toMatch(/aaa +coder +waits +waits for 0001-one/);
  await office.work();
  expect(await claims(office)).toEqual(['one', 'aaa']);
  expect(await office.standing('aaa')).toMatchObject({ outcome: 'done', after: [first.id] });
});

test('files that are dropped together name each other by their names, in whatever inbox and order', async () => {
  const office = await shop({ coder: card(works, writes), auditor: card('- say: fine') });
  await office.write('inbox/auditor/a-last.md', order(['src/**'], { front: 'after: [middle]' }));
  await office.write('inbox/coder/middle.md', order(['src/**'], { front: 'after: [z-first, z-first]' }));
  await office.write('inbox/coder/z-first.md', order(['src/**']));
  expect((await office.fourline('plan')).out).toMatch(/middle +coder +waits +waits for z-first/);
  await office.work();
  expect(await claims(office)).toEqual(['z-first', 'middle', 'a-last']);
  expect(office.said.join('\n')).not.toContain('not taken');
  // The same name later on: the newest order of that name.
  await office.write('inbox/coder/later.md', order(['src/**'], { front: 'after: middle' }));
  await office.work();
  expect(await office.standing('later')).toMatchObject({
    outcome: 'done',
    after: [(await office.standing('middle')).id],
  });
});

test.each([
  ['wait for each other', { a: 'after: [b]', b: 'after: [a]' }, /after: they wait for each other: a → b → a/],
  [
    'wait for one that cannot be taken',
    { a: 'after: [b]', b: 'after: [nobody]' },
    /'b' lies in an inbox and is not taken/,
  ],
  ['wait for themselves', { a: 'after: [a]' }, /they wait for each other: a → a/],
])('files that %s are answered, and nothing runs', async (_, fronts, expected) => {
  const office = await shop({ coder: card(works, writes) });
  for (const [name, front] of Object.entries(fronts))
    await office.write(`inbox/coder/${name}.md`, order(['src/**'], { front }));
  await office.work();
  expect(await office.read('inbox/coder/a.md.problem.txt')).toMatch(expected);
  expect(await claims(office)).toEqual([]);
});

test('a name that lies in two inboxes means neither', async () => {
  const office = await shop({ coder: card(works, writes), auditor: card('- say: fine') });
  for (const role of ['coder', 'auditor']) await office.write(`inbox/${role}/fix.md`, order(['src/**']));
  await office.write('inbox/auditor/a.md', order(['src/**'], { front: 'after: [fix]' }));
  await office.work();
  expect(office.said.join('\n')).toContain("after: 'fix' may be inbox/auditor/fix.md or inbox/coder/fix.md");
});

test('a long chain of files is sorted, and each file once', () => {
  const files = Array.from({ length: 4000 }, (_, at) => ({
    stem: `f${at}`,
    role: 'coder',
    after: at === 3999 ? [] : [`f${at + 1}`],
  }));
  const { sorted, circles } = inPostingOrder(files);
  expect(sorted.map((one) => one.stem)).toEqual(files.map((one) => one.stem).reverse());
  expect(circles.size).toBe(0);
});
