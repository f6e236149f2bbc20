// A rejection binds the orders after it. An order that waits for an order that is not taken any more hears of it.
import { expect, test } from 'vitest';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const shell = (line: string): string => `- shell: ${JSON.stringify(line)}`;
const report = (head: string): string => `printf -- '---\\n${head}\\n---\\nso it is\\n' > "$FOURLINE_REPORT"`;
const untilSaid = (pattern: string): string =>
  `until grep -q '${pattern}' "$OUT"/work/state/journal.jsonl; do sleep 0.05; done`;

async function shop(cards: Readonly<Record<string, string>>, settings = 'sandbox: off\n'): Promise<Office> {
  const office = await openOffice(cards);
  process.env['OUT'] = `${office.root}/..`;
  await office.repository('shop', { 'src/a.ts': '1\n', 'docs/a.md': 'a\n' });
  await office.write('fourline.yaml', settings);
  return office;
}

// Sends what lies in ../letters, and ends.
const leads = (wake: string): string =>
  card(
    `${shell('if [ "$FOURLINE_ATTEMPT" = 1 ]; then cp -r "$OUT/letters"/. ../../inbox/coder/; fi')}\n- report: done\n  text: so it is`,
    `send: coder\nenv: OUT\n${wake}`,
  );
const writes = 'write: |\n  repos/*/src/**\n  repos/*/docs/**';

test('orders that were written before a rejection are worked, approved ones included, and their plan ends', async () => {
  const hold = `case $FOURLINE_ID in *-c3) ${untilSaid('"settled","order":"....-a1"')};; esac`;
  const office = await shop({
    lead: leads('wake: batch'),
    coder: card(
      shell(`${hold}; echo new > src/\${FOURLINE_ID#*-}.ts`),
      `${writes}\nreview: auditor\nenv: OUT\nlimits: { attempts: 1, runs: 1 }`,
    ),
    auditor: card(
      shell(
        `case $FOURLINE_ID in *-a1) ${untilSaid('"decided","order":"....-b2"')}; ${report('outcome: reject\\nnote: no test')};; *) ${report('outcome: approve')};; esac`,
      ),
      'env: OUT\nlimits: { runs: 4 }',
    ),
  });
  for (const name of ['a1', 'b2', 'c3', 'd4'])
    await office.write(`../letters/${name}.md`, order(['src/a.ts', `src/${name}.ts`]));
  await office.write('inbox/lead/plan.md', order(['src/**']));
  await office.work();
  expect(await office.standing('a1')).toMatchObject({ outcome: 'refused' });
  for (const name of ['b2', 'c3', 'd4']) expect(await office.standing(name)).toMatchObject({ outcome: 'done' });
  expect(await office.standing('plan')).toMatchObject({ outcome: 'done' });
  expect(JSON.parse((await office.fourline('signals', '--json')).out)).toMatchObject({ signals: [] });
  // An order from now on says which rejection it answers.
  await office.write('inbox/coder/five.md', order(['src/a.ts']));
  await office.work();
  expect(await office.read('inbox/coder/five.md.problem.txt')).toContain('does not name it');
});

test('who sent an order that is not taken any more is woken, and the operator is told what waits for it', async () => {
  const office = await shop({
    lead: leads('wake: batch'),
    coder: card(
      shell(
        `case $FOURLINE_ID in *-one) rm "$OUT"/work/roles/writer.md; sed -i 's/docs/other/' "$OUT"/work/inbox/coder/*-two.md;; esac; case $FOURLINE_ID in *-two) echo 2 > docs/a.md;; *) echo 2 > src/a.ts; echo 2 > src/b.ts;; esac`,
      ),
      `${writes}\nenv: OUT\nlimits: { runs: 1 }`,
    ),
    writer: card('- say: hello', writes),
  });
  await office.write('../letters/one.md', order(['src/a.ts']));
  await office.write('../letters/two.md', order(['docs/a.md'], { branching: 'route-to-writer' }));
  await office.write('../letters/three.md', order(['src/b.ts'], { front: 'after: [two]' }));
  await office.write('inbox/lead/plan.md', order(['src/**', 'docs/**']));
  await office.work();
  const two = await office.standing('two');
  expect(two).toMatchObject({ position: 'posted', untaken: expect.stringContaining("the role 'writer'") });
  // Woken once for what cannot go on, and not again.
  expect(await office.standing('plan')).toMatchObject({ position: 'parked', wakes: 1, attempt: 2 });
  const notice = await office.read(`inbox/operator/${two.id}.not-taken.notice.md`);
  expect(notice).toContain("Branching names the role 'writer'");
  expect(notice).toContain(`- ${(await office.standing('three')).id}`);
  expect((await office.fourline('show', '0001', '--brief')).out).toContain('not taken');
  // Mended, it goes on, and so does all that waited.
  await office.write('roles/writer.md', card('- say: hello', writes));
  await office.write(`inbox/coder/${two.id}.md`, order(['docs/a.md'], { branching: 'route-to-writer' }));
  await office.work();
  expect(await office.standing('three')).toMatchObject({ outcome: 'done' });
  expect(await office.standing('plan')).toMatchObject({ outcome: 'done' });
  expect(await office.list('inbox/operator')).not.toContain(`${two.id}.not-taken.notice.md`);
});

test('the operator is told of a review that nobody can take', async () => {
  const office = await shop({
    coder: card(shell('echo 2 > src/a.ts'), `${writes}\nreview: auditor`),
    auditor: card(shell('rm "$OUT"/work/roles/auditor.md'), 'env: OUT\nlimits: { attempts: 3 }'),
  });
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  const notice = await office.read('inbox/operator/0002-review-fix.not-taken.notice.md');
  expect(notice).toContain("there is no role 'auditor'");
  expect(notice).toContain('- 0001-fix\n');
});

test('an order behind one that had ended badly is told of when it comes', async () => {
  const office = await shop({ coder: card('- exit: 1', `${writes}\nlimits: { attempts: 1 }`) });
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await office.work();
  await office.write('inbox/coder/two.md', order(['src/a.ts'], { front: 'after: [0001-one]' }));
  await office.work();
  expect(await office.read('inbox/operator/0002-two.cannot-start.notice.md')).toContain('0001-one, which ended failed');
});
