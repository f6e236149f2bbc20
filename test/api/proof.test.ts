import { execFileSync, spawnSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { checkProof, openFourline, type ProofCheck } from '../../src/api.ts';
import { sealFolder } from '../../src/platform/files/digests.ts';
import { writeTar } from '../../src/platform/files/tar.ts';
import { openDice, seed } from '../kit/dice.ts';
import { forgeFile, forgeJournal } from '../kit/forgery.ts';
import { card, letter, type Office, openOffice, order } from '../kit/office.ts';
import {
  editLines,
  editPart,
  editRecord,
  forgeProof,
  openProofOffice,
  type ProofParts,
  partsOf,
  pathLike,
} from '../kit/proof.ts';

const writes = 'write: |\n  repos/*/src/**';

async function check(office: Office, bytes: Uint8Array, question = {}): Promise<ProofCheck> {
  const file = `${office.root}/../given.tar`;
  await writeFile(file, bytes);
  return checkProof(file, question);
}

const told = ({ findings }: ProofCheck): string[] => findings.map(({ code, where }) => `${code} ${where}`);

// Which part each byte of a proof belongs to, as tar has it: a header, the bytes, and what fills the last block.
function partAt(bytes: Buffer, place: number): string {
  let at = 0;
  while (at < bytes.length - 1024) {
    const name = bytes.toString('latin1', at, at + 100).replace(/\0.*/s, '');
    const prefix = bytes.toString('latin1', at + 345, at + 500).replace(/\0.*/s, '');
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    at += 512 + Math.ceil(size / 512) * 512;
    if (place < at) return prefix === '' ? name : `${prefix}/${name}`;
  }
  return 'the end of the archive';
}

test(`1,000 one-byte changes of a proof are found, each in its part, and whole proofs raise no alarm (seed ${seed})`, async () => {
  const { office, proof } = await openProofOffice(2);
  const dice = openDice(`proof ${seed}`);
  const files = [await proof('1'), await proof('1', '2')];
  for (const bytes of files) expect((await check(office, bytes)).findings).toEqual([]);
  const parts = new Set<string>();
  for (let count = 0; count < 1000; count += 1) {
    const changed = Buffer.from(files[count % 2] ?? '');
    const at = dice.roll(changed.length) - 1;
    changed[at] = (changed[at] ?? 0) ^ dice.roll(255);
    const part = partAt(files[count % 2] ?? Buffer.alloc(0), at);
    parts.add(part);
    const { findings } = await check(office, changed);
    expect({ at, where: findings.map(({ where }) => where) }).toEqual({ at, where: [part] });
  }
  expect(parts.size).toBeGreaterThan(12);
});

test('a file that was cut off is found, wherever it ends', async () => {
  const { office, proof } = await openProofOffice();
  const bytes = await proof();
  for (let length = 0; length < bytes.length; length += 701) {
    const { findings } = await check(office, bytes.subarray(0, length));
    expect({ length, where: findings[0]?.where }).toEqual({ length, where: partAt(bytes, length) });
  }
});

test('parts that are missing, added, exchanged or edited are named, whoever corrects the digests of the proof', async () => {
  const { office, proof } = await openProofOffice(2);
  const [one, two] = [await proof('1'), await proof('2')];
  const swap = (pattern: RegExp) => (parts: ProofParts) => {
    const other = partsOf(two);
    parts.set(pathLike(parts, pattern), other.get(pathLike(other, pattern)) ?? Buffer.alloc(0));
  };
  const record = pathLike(partsOf(one), /report\.md$/).replace('/report.md', '');
  const lost = (text: string): string => text.replace('done', 'lost');
  const halted = (text: string): string => text.replace('"outcome":"done"', '"outcome":"halted"');
  const line = 'state/journal.jsonl:';
  const cases: [string, (parts: ProofParts) => void, RegExp][] = [
    [
      'a dropped report',
      (parts) => void parts.delete(`${record}/report.md`),
      /^record-missing state\/orders\/.*\/report.md$/m,
    ],
    ['a dropped patch', (parts) => void parts.delete(`${record}/refused.patch`), /^record-missing .*\/refused.patch$/m],
    ['a dropped list', (parts) => void parts.delete(`${record}/digests.txt`), /^record-altered .*\/digests.txt$/m],
    ['a dropped card', (parts) => void parts.delete(pathLike(parts, /cards/)), /^card-missing state\/cards\//m],
    ['a dropped pack', (parts) => void parts.delete('objects.pack'), /^proof-lacks objects.pack$/m],
    [
      'a dropped line',
      (parts) => editPart(parts, /^state\/journal.jsonl$/, (text) => text.replace(/\n.*"step":"ran".*/, '')),
      /^proof-damaged ledger.txt$/m,
    ],
    [
      'an added file',
      (parts) => void parts.set(`${record}/more.md`, Buffer.from('x')),
      /^record-altered .*\/more.md$/m,
    ],
    [
      'a stranger',
      (parts) => void parts.set('state/orders/../../x', Buffer.from('x')),
      /^proof-extra state\/orders\/..\/..\/x$/m,
    ],
    [
      'another order',
      (parts) => void parts.set('state/orders/2026-01/0009-y/x', Buffer.from('x')),
      /^proof-extra state\/orders\/2026-01/m,
    ],
    ['the report of another', swap(/report\.md$/), /^record-altered .*\/report.md$/m],
    ['the order of another', swap(/\/order\.md$/), /^order-altered .*\/order.md$/m],
    ['the verdicts of another', swap(/verdicts\.json$/), /^record-altered .*\/verdicts.json$/m],
    ['the journal of another', swap(/^state\/journal\.jsonl$/), /^journal-differs state\/journal.jsonl:\d+$/m],
    ['the lines of another', swap(/^entries\.jsonl$/), /^proof-damaged entries.jsonl:\d+$/m],
    ['the carriers of another', swap(/^ledger\.txt$/), /^ledger-lacks state\/journal.jsonl:\d+$/m],
    ['the pack of another', swap(/^objects\.pack$/), /^ledger-lacks state\/journal.jsonl:\d+$/m],
    [
      'a broken pack',
      (parts) => editPart(parts, /^objects\.pack$/, (text) => text.slice(0, -9)),
      /^proof-damaged objects.pack$/m,
    ],
    [
      'a report with its digest',
      (parts) => editRecord(parts, 'report.md', lost),
      /^record-altered .*\/digests.txt$|^record-altered .*/m,
    ],
    ['a card', (parts) => editPart(parts, /cards/, (text) => `${text} `), /^card-altered state\/cards\//m],
    [
      'a line with its checksum',
      (parts) => editLines(parts, /"settled"/, halted),
      new RegExp(`^journal-differs ${line}\\d+$`, 'm'),
    ],
    [
      'a line without',
      (parts) => editPart(parts, /^state\/journal\.jsonl$/, halted),
      new RegExp(`^journal-damaged ${line}\\d+$`, 'm'),
    ],
    [
      'a line twice',
      (parts) => editPart(parts, /^state\/journal\.jsonl$/, (text) => text.replace(/.*\n$/, '$&$&')),
      /^proof-damaged ledger.txt$/m,
    ],
    [
      'another name',
      (parts) => editPart(parts, /^proof\.json$/, (text) => text.replace('0001-x0', '0003-z')),
      /^proof-extra state\/orders\//m,
    ],
  ];
  for (const [what, forge, found] of cases) {
    const { findings } = await check(office, forgeProof(one, forge));
    expect(`${what}\n${findings.map(({ code, where }) => `${code} ${where}`).join('\n')}`).toMatch(found);
    expect(findings.length).toBeGreaterThan(0);
    for (const { where, hint } of findings) expect(`${where} ${hint}`).not.toMatch(/fourline-proof-|\/tmp\//);
  }
});

test('a step that was taken out of all its parts leaves a gap in the chain', async () => {
  const { office, proof } = await openProofOffice();
  const bytes = forgeProof(await proof(), (parts) => {
    const at = (parts.get('entries.jsonl')?.toString() ?? '')
      .split('\n')
      .findIndex((line) => line.includes('"step":"ran"'));
    for (const path of ['entries.jsonl', 'ledger.txt', 'state/journal.jsonl'])
      editPart(parts, new RegExp(`^${path}$`), (text) => text.split('\n').toSpliced(at, 1).join('\n'));
  });
  expect(told(await check(office, bytes))).toEqual(['journal-lacks state/journal.jsonl']);
});

test('a proof under another name is found by the order that was asked for', async () => {
  const { office, proof } = await openProofOffice(2);
  const bytes = await proof('1');
  expect(told(await check(office, bytes, { orders: ['0001'] }))).toEqual([]);
  const other = await check(office, bytes, { orders: ['0002-x1'] });
  expect(other.findings.map(({ code }) => code)).toEqual(['proof-other', 'proof-other']);
  await writeFile(`${office.root}/0002-x1.proof.tar`, bytes);
  const { code, out } = await office.fourline('proof', '2', '--check', '0002-x1.proof.tar');
  expect(code).toBe(1);
  expect(out).toMatch(/finding\[proof-other\]: it is not about 2, but about 1 order: 0001-x0/);
  for (const options of [['--check', '0002-x1.proof.tar', '--since', 'today'], ['1', '--signers', 'x'], []])
    expect((await office.fourline('proof', ...options)).code).toBe(2);
});

test('a proof of a later form, and what is no proof, are told apart', async () => {
  const { office, proof } = await openProofOffice();
  const later = forgeProof(await proof(), (parts) => {
    editPart(parts, /^proof\.json$/, (text) => text.replace('"proof": 1', '"proof": 2'));
    parts.set('something/new', Buffer.from('x'));
  });
  await expect(check(office, later)).rejects.toMatchObject({ code: 'proof-newer' });
  const { code, err } = await office.fourline('proof', '--check', '../given.tar');
  expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('error[proof-newer]') });
  for (const bytes of [
    Buffer.from(''),
    Buffer.from('hello'),
    Buffer.alloc(4096),
    writeTar([]),
    writeTar([{ path: 'x', data: later }]),
  ])
    expect((await check(office, bytes)).findings.length).toBeGreaterThan(0);
  await expect(checkProof(`${office.root}/none.tar`)).rejects.toMatchObject({ code: 'proof-unreadable' });
});

test('a rich history is whole in one proof: plans, mail, state, retries, refusals, failures; the same bytes each time', async () => {
  const office = await openOffice({
    coder: card(
      '- shell: test "$FOURLINE_ATTEMPT" = 1 || echo 2 > src/b.ts; ln -sf b.ts src/link; rm -f src/old.ts; echo 2 >> src/c.ts',
      writes,
    ),
    planner: card(
      `${letter('coder/b', order(['src/b.ts', 'src/link', 'src/old.ts'], { accept: ['`grep 2 src/b.ts` passes', 'one', 'two'] }))}\n- shell: mkdir -p ../../state; echo 2 > ../../state/plan.json; echo no > ../../state/other.json`,
      'write: |\n  state/plan.json\nsend: coder',
    ),
    idler: card('- shell: exit 3', writes),
  });
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/old.ts': 'old\n', 'src/b.ts': '1\n' });
  await office.write('inbox/planner/p.md', order(['state/plan.json', 'src/**']));
  await office.work();
  await office.write('inbox/idler/i.md', order(['src/a.ts']));
  await office.work();
  const fourline = await openFourline(office.root, office);
  const made = await fourline.proof({ since: 'yesterday', out: `${office.root}/../all.tar` });
  expect(made.findings).toEqual([]);
  expect(made.orders.map(({ outcome }) => outcome)).toContain('failed');
  expect(made.landings).toBeGreaterThan(0);
  expect(made.leftOut.every((path) => path.endsWith('transcript.jsonl'))).toBe(true);
  const again = await fourline.proof({ orders: ['3', '2', '1'], out: `${office.root}/../again.tar` });
  expect(again.sha256).toBe(made.sha256);
  for (const { order: id } of made.orders) {
    const { findings } = await fourline.proof({ orders: [id], out: `${office.root}/../${id}.tar` });
    expect({ id, findings }).toEqual({ id, findings: [] });
  }
});

test('a repository with names of SHA-256 has its own pack', async () => {
  const office = await openOffice({ coder: card('- shell: echo 2 > src/a.ts', writes) });
  await office.write('repos/shop/src/a.ts', '1\n');
  office.git('repos/shop', 'init', '-q', '--object-format=sha256');
  office.git('repos/shop', 'add', '.');
  office.git('repos/shop', 'commit', '-qm', 'begin');
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  const { out, code } = await office.fourline('proof', '1', '--json');
  expect({ code, ...(JSON.parse(out) as ProofCheck) }).toMatchObject({ code: 0, landings: 1, findings: [] });
  const bytes = await readFile(`${office.root}/0001-x.proof.tar`);
  expect([...partsOf(bytes).keys()]).toContain('objects-sha256.pack');
  const without = forgeProof(bytes, (parts) => void parts.delete('objects-sha256.pack'));
  expect((await check(office, without)).findings.map(({ code: one }) => one)).toEqual(['commit-missing']);
});

test('signatures are held against keys from elsewhere', async () => {
  const { office, proof } = await openProofOffice();
  const unsigned = await proof();
  expect(await office.fourline('init', '--sign')).toMatchObject({ code: 0 });
  await office.write('inbox/coder/y.md', order(['src/a.ts']));
  await office.work();
  const signed = await proof('2');
  const own = `${office.root}/roles/allowed_signers`;
  const check2 = await check(office, signed, { signers: own });
  expect(check2.findings).toEqual([]);
  expect(check2.orders[0]?.landed).toMatchObject([{ signed: true }]);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${office.root}/../key`]);
  const [type = '', key = ''] = (await readFile(`${office.root}/../key.pub`, 'utf8')).split(' ');
  const other = `${office.root}/../signers`;
  await writeFile(other, `coder@fourline.local namespaces="git" ${type} ${key}\n`);
  expect((await check(office, signed, { signers: other })).findings.map(({ code }) => code)).toEqual(['signature-bad']);
  expect((await check(office, unsigned, { signers: other })).findings.map(({ code }) => code)).toEqual([
    'signature-missing',
  ]);
  expect((await check(office, signed)).findings).toEqual([]);
});

test('a workspace that was rewritten as a whole makes whole proofs; a ledger that was published before tells', async () => {
  const { office, proof } = await openProofOffice();
  const published = resolve(office.root, '../published.git');
  execFileSync('git', ['clone', '-q', '--bare', `${office.root}/state/ledger.git`, published]);
  const inPublished = (commit: string): boolean => {
    const asked = ['-C', published, 'merge-base', '--is-ancestor', commit, 'HEAD'];
    return spawnSync('git', asked).status === 0;
  };
  const before = await check(office, await proof());
  expect(inPublished(before.orders[0]?.ledger ?? '')).toBe(true);
  const report = pathLike(partsOf(await proof()), /report\.md$/);
  await forgeFile(office, report, (text) => `${text}All of it was tested.\n`);
  const record = await sealFolder(`${office.root}/${report.replace('/report.md', '')}`);
  await forgeJournal(office, (line) => (line.step === 'settled' ? { ...line, record } : line));
  expect((await office.fourline('proof', '1', '--out', '../halfway.tar')).err).toContain('error[proof-ledger]');
  await rm(`${office.root}/state/ledger.git`, { recursive: true });
  await office.work();
  const after = await check(office, await proof());
  expect(after.findings).toEqual([]);
  expect(inPublished(after.orders[0]?.ledger ?? '')).toBe(false);
});

test('what is not settled, not published or not there is said', async () => {
  const { office, proof } = await openProofOffice();
  const bytes = await proof();
  const fourline = await openFourline(office.root, office);
  const out = resolve(office.root, '../out.tar');
  await office.write('inbox/coder/y.md', order(['src/a.ts'], { front: 'after: 0001-x0\npriority: 1' }));
  await expect(fourline.proof({ orders: ['9'], out })).rejects.toMatchObject({ code: 'order-unknown' });
  await expect(fourline.proof({ out })).rejects.toMatchObject({ code: 'usage' });
  await expect(fourline.proof({ orders: ['1'], since: 'today', out })).rejects.toMatchObject({ code: 'usage' });
  await writeFile(out, 'mine');
  await expect(fourline.proof({ orders: ['1'], out })).rejects.toMatchObject({ code: 'usage', where: out });
  expect(await readFile(out, 'utf8')).toBe('mine');
  const record = pathLike(partsOf(bytes), /report\.md$/);
  const report = await office.read(record);
  await forgeFile(office, record, (text) => `${text}more\n`);
  const edited = await office.fourline('proof', '1', '--out', '../edited.tar');
  expect(edited.code).toBe(1);
  expect(edited.out).toMatch(/finding\[record-altered\]: report.md was edited since its order was settled/);
  await office.write(record, report);
  await rm(`${office.root}/${record}`.replace('/report.md', ''), { recursive: true });
  const pruned = await office.fourline('proof', '1', '--out', '../pruned.tar');
  expect(pruned.code).toBe(1);
  expect(pruned.out).toMatch(/finding\[record-missing\]/);
  await rm(`${office.root}/state/ledger.git`, { recursive: true });
  const { code, err } = await office.fourline('proof', '1', '--out', '../lost.tar');
  expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('error[proof-ledger]') });
});

test('an order that waits is refused by name, and told of by --since', async () => {
  const office = await openOffice({ coder: card('- shell: echo 2 >> src/a.ts', `${writes}\napprove: repos/*/src/**`) });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  const { code, err } = await office.fourline('proof', '1');
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('error[order-unsettled]') });
  expect((await office.fourline('approve', '1', 'good')).code).toBe(0);
  await office.work();
  await office.write('inbox/coder/y.md', order(['src/a.ts']));
  await office.work();
  const { out } = await office.fourline('proof', '--since', 'today', '--json');
  expect(JSON.parse(out)).toMatchObject({
    findings: [],
    open: ['0002-y'],
    orders: [{ order: '0001-x', outcome: 'done' }],
  });
});
