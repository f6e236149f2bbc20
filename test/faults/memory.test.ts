// Faults of the memory: a torn or damaged journal, a ledger that is gone, a clock that went back, another version of
// fourline.
import { rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { startDaemon } from '../kit/daemon.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const coder = card('- shell: "echo $FOURLINE_ID >> src/a.ts"', writes);
const journal = 'state/journal.jsonl';

async function officeWith(text = coder): Promise<Office> {
  const office = await openOffice({ coder: text });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  return office;
}

// An office in which a daemon was killed in the run of 0001-x, and in which the agent is well-behaved from now on.
async function killed(): Promise<Office> {
  const office = await officeWith(card('- shell: kill -9 $(ps -o ppid= -p $PPID)', writes));
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.fourline('start', '--once');
  expect(await office.list('state/active/0001-x')).toContain('order.md');
  await office.write('roles/coder.md', coder);
  return office;
}

async function editJournal(office: Office, edit: (line: string, index: number) => string): Promise<void> {
  const lines = (await office.read(journal)).split('\n').slice(0, -1);
  await office.write(journal, lines.map((line, index) => `${edit(line, index)}\n`).join(''));
}

// A line as fourline would have written it with another content.
function sealed(line: string, change: (entry: Record<string, unknown>) => object): string {
  const { sum: _, ...entry } = JSON.parse(line) as Record<string, unknown>;
  const body = JSON.stringify(change(entry)).slice(0, -1);
  return `${body},"sum":"${crc32(body).toString(16).padStart(8, '0')}"}`;
}

function landings(office: Office): number {
  return Number(office.git('repos/shop', 'rev-list', '--count', '--author=coder', 'HEAD'));
}

test('a journal whose last line is torn is cut, said, and the order ends once', async () => {
  const office = await killed();
  const text = await office.read(journal);
  await office.write(journal, text.slice(0, -20));
  expect((await office.fourline('start', '--once')).err).toMatch(/the journal ended in a torn line .*; it was cut/);
  expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
  expect(landings(office)).toBe(1);
});

test.each(['posted', 'claimed', 'opened', 'started'])(
  'with a damaged line in the middle, which told that something was %s, the order ends once all the same, and the line is named',
  async (step) => {
    const office = await killed();
    let number = 0;
    await editJournal(office, (line, index) => {
      if (!line.includes(`"step":"${step}"`)) return line;
      number = index + 1;
      return line.replace('"step"', '"stop"');
    });
    const ended = await office.fourline('start', '--once');
    expect(ended.err).toContain(`the journal's line ${number} cannot be read (the checksum does not fit)`);
    expect((await office.fourline('status')).out).toContain(`the journal's line ${number} cannot be read`);
    expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
    expect(landings(office)).toBe(1);
    expect(await office.list('state/active')).toEqual([]);
    expect(await office.list('inbox/coder')).toEqual([]);
  },
);

test('with the line damaged that told of an end, the order is not run again', async () => {
  const office = await officeWith();
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  await editJournal(office, (line) => (line.includes('"step":"settled"') ? line.replace('done', 'dine') : line));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
  expect(landings(office)).toBe(1);
});

test('a ledger that is deleted is built again from the journal: at the next start, and while fourline works', async () => {
  const office = await officeWith();
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await office.work();
  const told = (): string => office.git('state/ledger.git', 'log', '--format=%an %s');
  const before = told();
  await rm(`${office.root}/state/ledger.git`, { recursive: true });
  await office.work();
  expect(told()).toBe(before);
  const daemon = await startDaemon(office);
  await rm(`${office.root}/state/ledger.git`, { recursive: true });
  await office.write('inbox/coder/two.md', order(['src/a.ts']));
  await daemon.settled('two');
  await daemon.stop();
  const lines = (await office.read(journal)).trim().split('\n').length;
  expect(told().split('\n')).toHaveLength(lines);
  expect(told().endsWith(before)).toBe(true);
});

test('when the clock was set back orders run and end as ever, and the ledger goes on', async () => {
  const office = await officeWith();
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await office.write('inbox/coder/0007-waits.md', order(['src/a.ts'], { front: 'after: [0008-late]' }));
  await office.write('inbox/coder/0008-late.md', order(['src/a.ts'], { front: 'after: [0007-waits]' }));
  await office.work();
  await editJournal(office, (line) => sealed(line, (entry) => ({ ...entry, at: '2099-01-01T00:00:00.000Z' })));
  await office.write('inbox/coder/two.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('two')).toMatchObject({ outcome: 'done' });
  const status = (await office.fourline('status')).out;
  expect(status).toMatch(/-one +coder +done/);
  expect(status).toMatch(/-two +coder +done/);
  expect((await office.fourline('log')).code).toBe(0);
  expect((await office.fourline('audit')).code).toBe(0);
  expect(landings(office)).toBe(2);
});

test('what an older fourline left after a crash is finished by this one', async () => {
  const office = await killed();
  // The first version's lines knew fewer fields.
  const later = ['walls', 'network', 'unreached', 'limit', 'title', 'files'];
  await editJournal(office, (line) =>
    sealed(line, (entry) => {
      const keep = entry['step'] === 'posted' ? later.slice(0, 4) : later;
      return Object.fromEntries(
        Object.entries(entry).filter(
          ([key]) => !keep.includes(key) || (entry['step'] === 'started' && key === 'walls'),
        ),
      );
    }),
  );
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
  expect(landings(office)).toBe(1);
});

test.each([
  ['a newer version', (entry: object) => ({ ...entry, v: 2 })],
  ['a step that is not known here', (entry: object) => ({ ...entry, step: 'mended' })],
])('with lines of %s nothing is touched: it names the newer fourline instead', async (_, change) => {
  const office = await killed();
  await editJournal(office, (line) => (line.includes('"step":"claimed"') ? sealed(line, change) : line));
  const before = await office.read(journal);
  for (const command of ['start', 'status']) {
    const ended = await office.fourline(command);
    expect(ended.code).toBe(3);
    expect(ended.err).toMatch(/error\[journal-newer\]: [\s\S]*help: a newer fourline worked this workspace/);
  }
  expect(await office.read(journal)).toBe(before);
  expect(await office.list('state/active/0001-x')).toContain('order.md');
});
