// A large plan at full width: every lease is kept, what waits starts when it may, and all of it ends.
import { expect, test } from 'vitest';
import { startDaemon } from '../kit/daemon.ts';
import { entriesOf, leasesIn } from '../kit/leases.ts';
import { card, openOffice, order } from '../kit/office.ts';

/** A part of it runs with every test, all of it with `npm run test:heavy`. */
const [count, width] = process.env['FOURLINE_HEAVY'] === '1' ? [1000, 100] : [36, 9];

test(`a plan of ${count} orders, ${width} rehearsed runs at once, keeps every lease and finishes`, async () => {
  // Nobody goes on until as many stand at the gate as may.
  const gate = `touch "$GATE/$FOURLINE_ID"; until [ -e "$GATE/go" ] || [ $(ls "$GATE" | wc -l) -ge ${width} ]; do sleep 0.1; done; touch "$GATE/go"`;
  const work =
    'for file in $(sed -n "s/^- \\(src.*\\)/\\1/p" "$FOURLINE_ORDER"); do mkdir -p $(dirname $file); echo "$FOURLINE_ID" >> $file; done';
  const office = await openOffice({
    coder: card(
      `- shell: ${JSON.stringify(gate)}\n- shell: ${JSON.stringify(work)}`,
      `write: |\n  repos/*/src/**\nenv: GATE\nlimits: { runs: ${width} }`,
    ),
  });
  office.env['GATE'] = `${office.root}/../gate`;
  await office.write('../gate/.keep', '');
  await office.write('fourline.yaml', `runs: ${width}\nsandbox: off\n`);
  await office.repository('shop', { 'src/a.ts': '' });
  // A quarter as many places as orders; every fifth order also touches one that others do; every third of the later
  // ones waits for the one before it in its place.
  const places = count / 4;
  const idOf = (index: number): string => `${String(index + 1).padStart(4, '0')}-p`;
  for (let index = 0; index < count; index += 1) {
    const files = [`src/g${index % places}.txt`, ...(index % 5 === 0 ? [`src/shared${index % 20}.txt`] : [])];
    const front = index >= places && index % 3 === 0 ? `after: [${idOf(index - places)}]` : `priority: ${index % 2}`;
    await office.write(`inbox/coder/${idOf(index)}.md`, order(files, { front }));
  }
  const daemon = await startDaemon(office);
  await daemon.idle(count);
  await daemon.stop();
  const standings = [...(await office.standings()).values()];
  expect(standings).toHaveLength(count);
  expect(standings.filter((one) => one.outcome !== 'done' || one.attempt !== 1).map((one) => one.note)).toEqual([]);
  const entries = await entriesOf(office);
  expect(leasesIn(entries)).toEqual({ most: width, clashes: [] });
  const ended = new Map(entries.flatMap((one, at) => (one.step === 'settled' ? [[one.order, at]] : [])));
  const early = entries.flatMap((one, at) => {
    const index = one.step === 'claimed' ? Number(one.order.slice(0, 4)) - 1 : 0;
    const waits = index >= places && index % 3 === 0;
    return one.step === 'claimed' && waits && (ended.get(idOf(index - places)) ?? at) >= at ? [one.order] : [];
  });
  expect(early).toEqual([]);
  const lines = office.git('repos/shop', 'grep', '-h', '-e', '-p', 'HEAD', '--', 'src/g*').split('\n');
  expect([lines.length, new Set(lines).size]).toEqual([count, count]);
});
