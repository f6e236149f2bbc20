// A run that orders what it needs first, and names that order as its blocker, waits for it and for nobody else.
import { expect, test } from 'vitest';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const shell = (line: string): string => `- shell: ${JSON.stringify(line)}`;
const writes = 'write: |\n  repos/*/src/**\n  repos/*/docs/**';

// The first run leaves half its work and a letter; the second goes on from both.
function asks(blocker: string, front = ''): string {
  const first = [
    'echo half > src/a.ts',
    'cp "$OUT/letter.md" ../../inbox/writer/words.md',
    `printf -- '---\\noutcome: requeue-with-blocker\\nblocker: ${blocker}\\n---\\nI need its words first\\n' > "$FOURLINE_REPORT"`,
  ].join('; ');
  const second = 'cat docs/a.md >> src/a.ts; ls ../../inbox/writer | wc -l > src/left.ts';
  return card(
    `${shell(`if [ "$FOURLINE_ATTEMPT" = 1 ]; then ${first}; else ${second}; fi`)}\n- say: so it is`,
    `${writes}\nsend: writer\nenv: OUT\n${front}`,
  );
}

async function shop(coder: string, letter = order(['docs/a.md'])): Promise<Office> {
  const office = await openOffice({ coder, writer: card('- write: docs/a.md\n  text: words', writes) });
  process.env['OUT'] = `${office.root}/..`;
  await office.write('../letter.md', letter);
  await office.repository('shop', { 'src/a.ts': '1\n', 'docs/a.md': 'a\n' });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.write('inbox/coder/fix.md', order(['src/**', 'docs/**'], { branching: 'requeue-with-blocker' }));
  return office;
}

test.each(['words', 'inbox/writer/words.md', 'writer/words'])('named as %s', async (blocker) => {
  const office = await shop(asks(blocker));
  await office.work();
  expect(await office.standing('words')).toMatchObject({ outcome: 'done', parent: '0001-fix', from: 'coder' });
  expect(await office.standing('fix')).toMatchObject({ outcome: 'done', attempt: 2, spent: 0 });
  expect(await office.read('repos/shop/src/a.ts')).toBe('half\nwords');
  // It isn't sent a second time.
  expect((await office.read('repos/shop/src/left.ts')).trim()).toBe('0');
  expect([...(await office.standings()).keys()]).toHaveLength(2);
  expect((await office.list('inbox/operator')).filter((name) => name.includes('question'))).toEqual([]);
  expect(await office.record('fix', 'brief.md')).toContain('You ordered 0002-words and waited for it');
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
});

test('with approve: plan the operator is asked first, and it waits for the helper after that', async () => {
  const office = await shop(asks('words', 'approve: { plan: true }'));
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ position: 'parked', waits: { on: 'approval' } });
  await office.fourline('approve', '0001');
  await office.work();
  expect(await office.standing('words')).toMatchObject({ outcome: 'done' });
  expect(await office.standing('fix')).toMatchObject({ outcome: 'done', attempt: 2 });
  expect(await office.read('repos/shop/src/a.ts')).toBe('half\nwords');
});

test('a helper that would wait for its sender is a blocker for a person', async () => {
  const office = await shop(asks('words'), order(['docs/a.md'], { front: 'after: [0001-fix]' }));
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ position: 'parked', waits: { on: 'blocker' } });
});
