import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { needs } from '../kit/needs.ts';
import { card, openOffice, order } from '../kit/office.ts';

const source = {
  'src/a.ts': 'export const a = 1;\n',
  'README.md': 'hello\n',
  'package.json': '{}\n',
  'logo.bin': '\u0000\u0001',
};
const writes = 'write: |\n  repos/*/src/**';

test('an order in an inbox becomes a commit by its role, the stray is kept as a patch, and every step is on record', async () => {
  const office = await openOffice({
    coder: card(
      '- shell: echo "export const a = 2;" > src/a.ts\n- shell: echo stray >> README.md; rm package.json; printf "\\0\\2" > logo.bin\n- report: done\n  text: All done.',
      writes,
    ),
  });
  await office.repository('shop', source);
  await office.write('inbox/coder/set-a.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('set-a')).toMatchObject({ outcome: 'done', from: 'operator', attempt: 1 });
  expect(
    office.git(
      'repos/shop',
      'log',
      '-1',
      '--format=%an %cn%n%(trailers:key=Fourline-Order,valueonly)%(trailers:key=Fourline-Role,valueonly)',
    ),
  ).toBe('coder fourline\n0001-set-a\ncoder');
  expect(office.git('repos/shop', 'show', '--format=', '--name-only', 'HEAD')).toBe('src/a.ts');
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
  expect(await office.read('repos/shop/src/a.ts')).toBe('export const a = 2;\n');
  const patch = await office.record('set-a', 'refused.patch');
  expect(patch).toContain('+stray');
  writeFileSync(`${office.root}/refused.patch`, patch);
  office.git('repos/shop', 'apply', `${office.root}/refused.patch`);
  expect(
    office
      .git('repos/shop', 'status', '--porcelain')
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual(['M README.md', 'M logo.bin', 'D package.json']);
  const report = await office.read('inbox/operator/0001-set-a.report.md');
  expect(report).toContain('> All done.');
  expect(report).toContain("- README.md: edited; not in the order's Files");
  const story = office.git('state/ledger.git', 'log', '--reverse', '--format=%an: %s');
  expect(story).toMatch(
    /operator: 0001-set-a: ordered coder: The value is 2\.[\s\S]*coder: 0001-set-a: took the order[\s\S]*coder: 0001-set-a: landed 1 file on shop main[\s\S]*coder: 0001-set-a: done/,
  );
  expect(office.git('state/ledger.git', 'show', 'main:orders/00xx/0001-set-a/refused.patch').trimEnd()).toBe(
    patch.trimEnd(),
  );
  expect(await office.list('inbox/coder')).toEqual([]);
  expect(await office.list('state/active')).toEqual([]);
});

test('on-refusal: reject lands nothing and keeps all', async () => {
  const office = await openOffice({
    coder: card('- write: src/a.ts\n  text: good\n- write: README.md\n  text: stray', `${writes}\non-refusal: reject`),
  });
  await office.repository('shop', source);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'refused' });
  expect(office.git('repos/shop', 'log', '--format=%s')).toBe('begin');
  const patch = await office.record('x', 'refused.patch');
  expect(patch).toContain('+good');
  expect(patch).toContain('+stray');
});

const endings: [string, string, string, { outcome: string; note: RegExp }][] = [
  [
    'a halt that Branching offers',
    '- write: src/a.ts\n  text: half\n- report: raw\n  text: "---\\noutcome: halt-with-note\\nnote: the schema is missing\\n---\\n"',
    'halt-with-note',
    { outcome: 'halted', note: /the schema is missing/ },
  ],
  [
    'a route that Branching does not offer',
    '- report: route-to-auditor\n  text: not mine',
    'halt-with-note',
    { outcome: 'halted', note: /which the order's Branching does not offer/ },
  ],
  [
    'an exit status',
    '- write: src/a.ts\n  text: half\n- exit: 3',
    'halt-with-note',
    { outcome: 'failed', note: /exit status 3/ },
  ],
  [
    'a report nobody can read',
    '- write: src/a.ts\n  text: half\n- report: maybe',
    'halt-with-note',
    { outcome: 'failed', note: /outcome 'maybe' is not known/ },
  ],
  ['nothing at all', '- say: I am done!', 'halt-with-note', { outcome: 'failed', note: /nothing produced/ }],
  [
    'only strays',
    '- write: README.md\n  text: stray',
    'halt-with-note',
    { outcome: 'refused', note: /no change of it is allowed/ },
  ],
];

test.each(endings)(
  '%s ends as such and lands nothing; what was allowed is kept',
  async (_, steps, branching, expected) => {
    const office = await openOffice({ coder: card(steps, writes) });
    await office.repository('shop', source);
    await office.write('inbox/coder/x.md', order(['src/a.ts'], { branching }));
    await office.work();
    const standing = await office.standing('x');
    expect(standing.outcome).toBe(expected.outcome);
    expect(standing.note).toMatch(expected.note);
    expect(office.git('repos/shop', 'log', '--format=%s')).toBe('begin');
    if (steps.includes('text: half')) expect(await office.record('x', 'unlanded.patch')).toContain('+half');
    expect(await office.read('inbox/operator/0001-x.report.md')).toContain(`outcome: ${expected.outcome}`);
  },
);

test('a run over its minutes is ended with its descendants, those that left its session too, and its work is kept', async () => {
  needs('ps');
  // The limit races the work: where the machine is slow it is tried again with a longer one.
  let kept = '';
  for (let minutes = 0.02; !kept.includes('+half'); minutes *= 4) {
    const office = await openOffice({
      coder: card(
        '- write: src/a.ts\n  text: half\n- shell: setsid sleep 971 & sleep 972',
        `${writes}\nlimits: { minutes: ${minutes} }`,
      ),
    });
    await office.repository('shop', source);
    await office.write('inbox/coder/x.md', order(['src/a.ts']));
    await office.work();
    expect((await office.standing('x')).note).toContain(`limit of minutes: ${minutes} minutes are over`);
    kept = await office.record('x', 'unlanded.patch').catch(() => '');
  }
  expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toMatch(/^sleep 97[12]$/m);
});

test('checks run on exactly what will land: a stray they need is not there, the failure goes back with its output, and earlier work goes on', async () => {
  const steps =
    '- shell: test "$FOURLINE_ATTEMPT" = 1 && { echo "export const a = 2;" > src/a.ts; echo ok > helper.txt; } || { cat src/a.ts; echo "export const b = 3;" > src/b.ts; }';
  const office = await openOffice({ coder: card(steps, writes) });
  await office.repository('shop', source);
  await office.write(
    'inbox/coder/x.md',
    order(['src/a.ts', 'src/b.ts'], {
      accept: [
        '`grep -q 2 src/a.ts` holds',
        '`test -f helper.txt || test -f src/b.ts || { echo no helper here; exit 7; }`',
        'good',
      ],
    }),
  );
  await office.work();
  const standing = await office.standing('x');
  expect(standing).toMatchObject({ outcome: 'done', attempt: 2 });
  const brief = await office.record('x', 'brief.md');
  expect(brief).toContain('> no helper here');
  expect(brief).toContain('helper.txt: not in the order');
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('export const a = 2;');
  expect(office.git('repos/shop', 'show', 'HEAD:src/b.ts')).toBe('export const b = 3;');
  const checks = JSON.parse(await office.record('x', 'checks.json')) as {
    results: { status: number; milliseconds: number }[];
  };
  expect(checks.results.map((one) => one.status)).toEqual([0, 0]);
});

test('checks that keep failing end the order as failed after its attempts, with the output in the report and the work kept', async () => {
  const office = await openOffice({
    coder: card('- write: src/a.ts\n  text: bad', `${writes}\nlimits: { attempts: 2 }`),
  });
  await office.repository('shop', source);
  await office.write('inbox/coder/x.md', order(['src/a.ts'], { accept: ['`! grep bad src/a.ts` passes'] }));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'failed', attempt: 2 });
  expect(await office.read('inbox/operator/0001-x.report.md')).toContain('bad');
  expect(await office.record('x', 'unlanded.patch')).toContain('+bad');
  expect(office.git('repos/shop', 'log', '--format=%s')).toBe('begin');
});

test('a branch that moved is merged and checked again; one that conflicts gives the order back, and the worker resolves it', async () => {
  const commit = (text: string): string =>
    `printf '${text}' > ../../../../outside && cd "$SHOP" && printf '${text}' > src/a.ts && git -c user.name=dana -c user.email=d@e commit -qam moved`;
  const steps = `- shell: test "$FOURLINE_ATTEMPT" = 1 && { echo "export const a = 2;" > src/a.ts; echo new > src/n.ts; ( ${commit('export const a = 9;\\n')} ); } || { cat src/n.ts; sed -i 's/9/9 + 2/' src/a.ts; }`;
  const office = await openOffice({ coder: card(steps, `${writes}\nenv: SHOP`) });
  // The agent plays the person beside it: no sandbox between them.
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', source);
  process.env['SHOP'] = `${office.root}/repos/shop`;
  await office.write('inbox/coder/x.md', order(['src/a.ts', 'src/n.ts']));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 2 });
  expect(await office.record('x', 'brief.md')).toContain('do not merge with it: src/a.ts');
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('export const a = 9 + 2;');
  expect(office.git('repos/shop', 'show', 'HEAD:src/n.ts')).toBe('new');
  expect(office.git('repos/shop', 'log', '--format=%an')).toBe('coder\ndana\ndana');
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
});

test('a branch that moved elsewhere is merged without a word', async () => {
  const steps = `- shell: echo "export const a = 2;" > src/a.ts; cd "$SHOP" && echo more >> README.md && git -c user.name=dana -c user.email=d@e commit -qam moved`;
  const office = await openOffice({ coder: card(steps, `${writes}\nenv: SHOP`) });
  // The agent plays the person beside it: no sandbox between them.
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', source);
  process.env['SHOP'] = `${office.root}/repos/shop`;
  await office.write('inbox/coder/x.md', order(['src/a.ts'], { accept: ['`grep -q more README.md` on what lands'] }));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 1 });
  expect(office.git('repos/shop', 'log', '--format=%an %s')).toBe('coder The value is 2.\ndana moved\ndana begin');
  expect(office.git('repos/shop', 'show', '--format=', '--name-only', 'HEAD')).toBe('src/a.ts');
});

test('a local edit in the way is left as it is and named in the report', async () => {
  const office = await openOffice({ coder: card('- write: src/a.ts\n  text: landed', writes) });
  await office.repository('shop', source);
  await office.write('repos/shop/src/a.ts', 'my own edit\n');
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  expect((await office.standing('x')).outcome).toBe('done');
  expect(await office.read('repos/shop/src/a.ts')).toBe('my own edit\n');
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('landed');
  expect(await office.read('inbox/operator/0001-x.report.md')).toContain('src/a.ts (it has local edits)');
});

test('state files that a role owns are in its room and land in the workspace; others are refused', async () => {
  const office = await openOffice({
    planner: card(
      '- shell: cat ../../state/plan.json; echo "{\\"n\\":2}" > ../../state/plan.json; echo x > ../../state/other.json; echo x > ../../state/journal.jsonl',
      'write: |\n  state/plan.json',
    ),
  });
  await office.repository('shop', source);
  await office.write('state/plan.json', '{"n":1}\n');
  await office.write('inbox/planner/x.md', order(['state/plan.json']));
  await office.work();
  expect((await office.standing('x')).refused.map((one) => one.path)).toEqual([
    'state/journal.jsonl',
    'state/other.json',
  ]);
  expect(await office.read('state/plan.json')).toBe('{"n":2}\n');
  expect(await office.record('x', 'transcript.jsonl')).toContain('{\\"n\\":1}');
});

test('an agent that is any program works by the contract: brief on standard input, its own environment, the report where it was told', async () => {
  const program = `
import { readFileSync, writeFileSync } from 'node:fs';
const brief = readFileSync(0, 'utf8');
writeFileSync('src/a.ts', brief.split('\\n')[2]);
writeFileSync(process.env.FOURLINE_REPORT, ['---', 'outcome: done', '---', process.env.FOURLINE_ROLE, process.env.FOURLINE_ID, String(process.env.SECRET_OF_THE_HOUSE), process.env.HOME === '${process.env['HOME'] ?? ''}', readFileSync(process.env.FOURLINE_ORDER, 'utf8').slice(0, 13)].join('\\n'));
`;
  const office = await openOffice();
  process.env['SECRET_OF_THE_HOUSE'] = 'x';
  await office.write('agent.mjs', program);
  await office.write(
    'roles/coder.md',
    `---\nagent: command\ncommand: [node, ${office.root}/agent.mjs]\n${writes}\n---\nHello.\n`,
  );
  await office.repository('shop', source);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  expect((await office.standing('x')).outcome).toBe('done');
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toMatch(/^Boundary: you may change exactly these paths/);
  expect(await office.record('x', 'report.md')).toContain('> coder\n> 0001-x\n> undefined\n> false\n> **Objective:');
});
