// A whole build, rehearsed: three levels, forty orders, four runs at a time, and everything that goes wrong in an
// office. It ends unattended but for one answer.
import { access } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startDaemon } from './kit/daemon.ts';
import { appears } from './kit/gate.ts';
import { entriesOf, leasesIn } from './kit/leases.ts';
import { type Office, openOffice, order } from './kit/office.ts';

type Audit = { readonly landings: number; readonly findings: readonly { readonly code: string }[] };

const says = (head: string): string => `printf -- '---\\n${head}\\n---\\nso it is\\n' > "$FOURLINE_REPORT"`;

// Each lead sends its letters once; with reports in its room it looks at them and ends.
const lead = `
if ls "$FOURLINE_ROOM/mail" 2>/dev/null | grep -q report; then
  # What has died is ordered again; anything else that is not done ends it.
  left=$(grep -L '^outcome: done' "$FOURLINE_ROOM"/mail/*.report.md)
  case "$left" in
    *-s07.report.md) cp "$LETTERS/south/coder/s07.md" "$FOURLINE_ROOM/inbox/coder/"; exit 0 ;;
  esac
  [ -z "$left" ] || { ${says('outcome: halt-with-note\\nnote: not all is done')}; exit 0; }
  ${says('outcome: done')}; exit 0
fi
for role in "$LETTERS/$FOURLINE_ROLE"/*; do cp "$role"/*.md "$FOURLINE_ROOM/inbox/$(basename "$role")/"; done
`;

const coder = `
n=\${FOURLINE_ID#*-}
case "$n.$FOURLINE_ATTEMPT" in
  n07.1) if [ $FOURLINE_ROLE = coder ]; then ${says('outcome: route-to-writer\\nnote: these are texts')}; exit 0; fi ;;
  n09.1) echo "Which colour?" > "$FOURLINE_ROOM/inbox/operator/colour.md"; exit 0 ;;
  s03.1) ${says('outcome: requeue-with-blocker\\nblocker: s18')}; exit 0 ;;
  s05.1) touch "$GATE/begun"; while [ ! -e "$GATE/go" ]; do sleep 0.05; done ;;
  s07.1) if [ ! -e "$GATE/died" ]; then touch "$GATE/died"; echo half > src/$n.txt; kill -9 $$; fi ;;
esac
if [ $n = n09 ]; then grep -o "> green" "$FOURLINE_ROOM/brief.md" | head -1 > src/$n.txt
elif [ $n = n07 ]; then echo $n > docs/$n.md
else echo "$n by $FOURLINE_ROLE" > src/$n.txt; fi
if [ $n = n05 ] && grep -q "no test" "$FOURLINE_ROOM/brief.md"; then echo tested >> src/$n.txt; fi
`;

const auditor = `
if grep -q n05 "$FOURLINE_ROOM/mail/order.md" && ! grep -q tested src/n05.txt; then ${says('outcome: reject\\nnote: there is no test')}
else ${says('outcome: approve')}; fi
`;

function cardOf(script: string, front: string): string {
  return `---\nagent: command\ncommand: [sh, ${script}]\nenv: LETTERS, GATE\n${front}\n---\nA role.\n`;
}

async function openBuild(): Promise<{ office: Office; letters: string; gate: string }> {
  const office = await openOffice();
  const place = office.root.replace(/\/work$/, '');
  const [letters, gate] = [`${place}/letters`, `${place}/gate`];
  Object.assign(office.env, { LETTERS: letters, GATE: gate });
  await office.write('../gate/.keep', '');
  for (const [name, text] of Object.entries({ lead, coder, auditor }))
    await office.write(`../scripts/${name}.sh`, text);
  // The gate is written from within a room: no sandbox between it and this test.
  await office.write('fourline.yaml', 'runs: 4\nsandbox: off\n');
  const card = (name: string, front: string): Promise<void> =>
    office.write(
      `roles/${name}.md`,
      cardOf(
        `${place}/scripts/${name === 'auditor' ? 'auditor' : /^(?:coordinator|north|south)$/.test(name) ? 'lead' : 'coder'}.sh`,
        front,
      ),
    );
  const write = 'write: |\n  repos/*/src/**\nsend: operator';
  await card('coordinator', 'send: north, south\nwake: batch');
  for (const name of ['north', 'south']) await card(name, 'send: coder, core\nwake: batch');
  // A run that dies is tried again, unless the card says otherwise: here its sender hears of it and orders it once
  // more.
  await card('coder', `${write}\ntry-again: none\nlimits: { runs: 4 }`);
  await card('core', `${write}\nreview: auditor\nlimits: { runs: 2 }`);
  await card('writer', 'write: |\n  repos/*/docs/**');
  await card('auditor', 'limits: { runs: 1 }');
  for (const name of ['coordinator', 'north', 'south', 'coder', 'core', 'writer', 'auditor'])
    await office.write(`inbox/${name}/.keep`, '');
  await office.repository('shop', { 'src/s05.txt': 'first\n', 'docs/a.md': 'a\n' });
  for (const name of ['north', 'south'])
    await office.write(
      `../letters/coordinator/${name}/${name}.md`,
      order(['src/**', 'docs/**'], { objective: `The ${name} half is built.` }),
    );
  for (let index = 1; index <= 18; index += 1) {
    const k = String(index).padStart(2, '0');
    for (const [half, name] of [
      ['north', `n${k}`],
      ['south', `s${k}`],
    ] as const) {
      const after = index % 6 === 0 ? `after: [${name[0] ?? ''}${String(index - 1).padStart(2, '0')}]` : 'priority: 0';
      const role = index % 5 === 0 && half === 'north' ? 'core' : 'coder';
      const files = name === 'n07' ? [`src/${name}.txt`, `docs/${name}.md`] : [`src/${name}.txt`];
      const text = order(files, {
        objective: `Part ${name} stands.`,
        front: after,
        branching: 'halt-with-note, route-to-writer, requeue-with-blocker',
      });
      await office.write(`../letters/${half}/${role}/${name}.md`, text);
    }
  }
  return { office, letters, gate };
}

// As a person does: once more, where a landing came in between.
function commitByHand(office: Office): void {
  for (;;) {
    try {
      office.git('repos/shop', 'commit', '-qam', 'by hand');
      return;
    } catch (error) {
      if (!/cannot lock ref|index\.lock/.test(String(error))) throw error;
    }
  }
}

test('a build of three levels and forty orders runs to its end, unattended but for one answer, and the ledger tells it', async () => {
  const { office, gate } = await openBuild();
  await office.write(
    'inbox/coordinator/build.md',
    order(['src/**', 'docs/**'], { objective: 'Both halves are built.' }),
  );
  const daemon = await startDaemon(office);
  // Somebody changes a file that a run is just changing.
  await appears(gate, 'begun');
  await office.write('repos/shop/src/s05.txt', 'by hand\n');
  commitByHand(office);
  await office.write('../gate/go', '');
  const asked = (await daemon.said(/ waits +for an answer/)).split(/ +/)[2] ?? '';
  expect(await office.fourline('answer', asked, 'green')).toMatchObject({ code: 0 });
  await daemon.said(/0001-build +done/);
  await daemon.stop();

  const standings = await office.standings();
  const others = [...standings.values()].filter((one) => one.outcome !== 'done');
  expect(others.map((one) => `${one.outcome ?? one.position}: ${one.note}`)).toEqual(['failed: ended by SIGKILL']);
  expect(standings.size).toBeGreaterThanOrEqual(40);
  const build = await office.standing('build');
  expect(build.attempt).toBeLessThanOrEqual(5);
  expect(await office.standing('n05')).toMatchObject({ attempt: 2, role: 'core' });
  expect(await office.standing('n07')).toMatchObject({ role: 'writer', hops: ['coder'] });
  expect(await office.standing('s05')).toMatchObject({ attempt: 2 });
  const twice = [...standings.values()].filter((one) => one.id.endsWith('-s07'));
  expect(twice.map((one) => one.outcome)).toEqual(['failed', 'done']);
  expect(await office.read('repos/shop/src/s07.txt')).toBe('s07 by coder\n');
  expect(await office.read('repos/shop/src/n09.txt')).toBe('> green\n');
  expect(await office.read('repos/shop/src/n05.txt')).toBe('n05 by core\ntested\n');
  expect(await office.read('repos/shop/src/s05.txt')).toBe('s05 by coder\n');
  const entries = await entriesOf(office);
  const { most, clashes } = leasesIn(entries);
  expect(clashes).toEqual([]);
  expect(most).toBe(4);
  const released = entries.find((one) => one.step === 'released' && one.order.endsWith('-s03'));
  expect(released).toMatchObject({ why: expect.stringContaining('-s18 is done') });
  expect(Number(office.git('state/ledger.git', 'rev-list', '--count', 'HEAD'))).toBe(entries.length);
  const audit = JSON.parse((await office.fourline('audit', '--verify', '--json')).out) as Audit;
  expect(audit.findings.map((one) => one.code)).toEqual(['commit-no-order']);
  expect(audit.landings).toBe(36);
  await expect(access(`${office.root}/state/active/${build.id}`)).rejects.toThrow();
});
