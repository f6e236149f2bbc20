import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Finding } from '../../src/audit/finding.ts';
import { runAudit } from '../../src/cli/commands/audit.ts';
import { openInvocation } from '../../src/cli/invocation.ts';
import { forgeCommit, forgeFile, forgeJournal, forgeLanding } from '../kit/forgery.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const coder = card('- shell: echo more >> src/a.ts; echo stray >> README.md', writes);
const files = { 'src/a.ts': '1\n', 'README.md': 'hello\n' };
const recordOf = (office: Office, id = '0001-x'): string => {
  const [month = ''] = readdirSync(`${office.root}/state/orders`);
  return `state/orders/${month}/${id}`;
};

async function landed(): Promise<Office> {
  const office = await openOffice({ coder });
  await office.repository('shop', files);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  return office;
}

type Verified = {
  readonly code: number;
  readonly codes: string[];
  readonly findings: Finding[];
  readonly landings: number;
};

// In this process: a second one for each look would take minutes.
async function verify(office: Office, since?: string): Promise<Verified> {
  let answer: unknown;
  const asked = openInvocation({ directory: office.root, json: true, quiet: true, color: false, env: office.env });
  const code = await runAudit({ ...asked, answer: (data) => (answer = data) }, undefined, { verify: true, since });
  const { findings, landings } = answer as Verified;
  return { code, findings, landings, codes: [...new Set(findings.map((one) => one.code))].sort() };
}

// Gives the codes that are found after a landing was forged; the printed form shows each of them again.
async function found(office: Office): Promise<string[]> {
  const { code, codes, findings } = await verify(office);
  expect(code).toBe(findings.length === 0 ? 0 : 1);
  for (const one of findings)
    expect([one.message, one.where, one.hint].map((text) => text.length > 5)).not.toContain(false);
  return codes;
}

test('a true history verifies: merges, links, modes, deletions, mail, state, a second attempt, an edited card', async () => {
  const steps = [
    '- shell: echo "export const a = 2;" > src/a.ts; ln -s a.ts src/link; printf "#!/bin/sh" > src/run; chmod +x src/run; rm src/old.ts',
    '- shell: cd "$SHOP" && echo more >> README.md && git -c user.name=dana -c user.email=d@e commit -qam moved',
  ].join('\n');
  const body = order(['src/b.ts'])
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
  const office = await openOffice({
    coder: card(steps, `${writes}\nenv: SHOP`),
    writer: card('- shell: echo 1 >> src/b.ts', writes),
    planner: card(
      `- mail: writer/b\n  text: |\n${body}\n- shell: mkdir -p ../../state; echo 2 > ../../state/plan.json; echo no > ../../state/other.json`,
      'write: |\n  state/plan.json\nsend: writer',
    ),
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { ...files, 'src/old.ts': 'old\n' });
  process.env['SHOP'] = `${office.root}/repos/shop`;
  await office.write('inbox/coder/x.md', order(['src/**'], { accept: ['`test -f src/link` passes', 'one', 'two'] }));
  await office.work();
  await office.write('inbox/planner/p.md', order(['state/plan.json', 'src/b.ts']));
  await office.work();
  await office.write(
    'roles/writer.md',
    card(
      '- shell: test "$FOURLINE_ATTEMPT" = 1 || echo 2 >> src/b.ts; echo 2 >> src/c.ts',
      `${writes}\n  repos/*/doc/**`,
    ),
  );
  await office.write(
    'inbox/writer/c.md',
    order(['src/*', 'doc/**'], { accept: ['`grep 2 src/b.ts` passes', 'one', 'two'] }),
  );
  await office.work();
  const { code, findings, landings } = await verify(office);
  // dana's commit on the branch has no order, and verifying finds nothing else.
  expect(findings.map((one) => `${one.code} ${one.role ?? ''}`)).toEqual(['commit-no-order ']);
  expect([code, landings]).toEqual([1, 3]);
  const { out } = await office.fourline('audit', '--verify');
  expect(out).toMatch(/^ROLE +COMMITS +FILES +ORDERS +REFUSED +OUTSIDE$/m);
  expect(out).toMatch(/^coder +1 +4 +1 +0 +0$/m);
  expect(out).toMatch(/^planner +0 +0 +1 +1 +0$/m);
  expect(out).toMatch(/^writer +2 +3 +2 +0 +0$/m);
  expect(out).toMatch(/^nobody +1 +1 +0 +1 +[0-9a-f]{7} without an order \(author: dana\)$/m);
  expect(out).toMatch(/^1 commit on main without an order$/m);
  expect(out).toMatch(/^3 landings recomputed, 1 finding$/m);
  expect((await office.fourline('audit', 'coder', '--verify')).code).toBe(0);
  delete process.env['SHOP'];
});

test("a person's commit with copied trailers is not the role's", async () => {
  const office = await landed();
  const message = office.git('repos/shop', 'log', '-1', '--format=%B');
  await office.write('repos/shop/src/a.ts', 'forged\n');
  office.git('repos/shop', 'commit', '-qam', message, '--author=coder <coder@fourline.local>');
  const { code, findings } = await verify(office);
  expect([code, ...findings.map((one) => one.code)]).toEqual([1, 'commit-rewritten']);
  expect(findings[0]?.message).toMatch(
    /without an order: it claims order 0001-x, and the journal does not know it; its run landed as [0-9a-f]{7} \(author: coder\)/,
  );
  // It passes itself off as coder's work: who asks for coder hears of it.
  expect((await office.fourline('audit', 'coder', '--verify')).code).toBe(1);
  office.git('repos/shop', 'commit', '-q', '--amend', '-m', message.replaceAll('0001-x', '0009-y'));
  expect(await found(office)).toEqual(['commit-not-landed']);
});

test('a commit that was amended after it landed is named, and so is the one that is gone', async () => {
  const office = await landed();
  office.git('repos/shop', 'commit', '-q', '--amend', '--no-edit', '--date=2020-01-01T00:00:00Z');
  expect(await found(office)).toEqual(['commit-left', 'commit-rewritten']);
  office.git('repos/shop', 'reset', '-q', '--hard', 'HEAD~1');
  expect(await found(office)).toEqual(['commit-left']);
});

test('author, committer, trailers and parent are held against the journal, even where it was made to know the commit', async () => {
  const cases: [(text: string) => string, string][] = [
    [(text) => text.replace('author coder <coder@', 'author coder <dana@'), 'commit-author'],
    [
      (text) => text.replace('author coder <coder@fourline.local', 'author coder <coder@elsewhere.example'),
      'commit-author',
    ],
    [(text) => text.replace('committer fourline', 'committer dana'), 'commit-committer'],
    [(text) => text.replace('Fourline-Role: coder', 'Fourline-Role: auditor'), 'commit-trailer'],
    [(text) => text.replace(/Fourline-Card: .*/, `Fourline-Card: sha256:${'0'.repeat(64)}`), 'commit-trailer'],
    [(text) => text.replace('Fourline-Run: 0001-x.1', 'Fourline-Run: 0001-x.2'), 'commit-trailer'],
  ];
  const office = await landed();
  const real = office.git('repos/shop', 'rev-parse', 'main');
  const journal = await office.read('state/journal.jsonl');
  for (const [forge, code] of cases) {
    await forgeLanding(office, forge);
    expect(await found(office)).toEqual([code, 'commit-unequal', 'journal-differs']);
    office.git('repos/shop', 'update-ref', 'refs/heads/main', real);
    await office.write('state/journal.jsonl', journal);
  }
  const [parent = ''] = [office.git('repos/shop', 'rev-parse', 'main~1')];
  const other = office.git('repos/shop', 'commit-tree', `${parent}^{tree}`, '-p', parent, '-m', 'between');
  await forgeLanding(office, (text) => text.replace(`parent ${parent}`, `parent ${other}`));
  const { codes } = await verify(office);
  expect(codes).toEqual(['commit-no-order', 'commit-parent', 'commit-unequal', 'journal-differs']);
});

test('an author changed to another name is nobody’s, and no role’s', async () => {
  const office = await landed();
  await forgeLanding(office, (text) => text.replace('author coder <coder@', 'author auditor <auditor@'));
  expect(await found(office)).toEqual(['commit-author', 'commit-not-landed', 'commit-unequal', 'journal-differs']);
});

test('one file more than was allowed is found, although the journal was made to know the commit', async () => {
  const office = await landed();
  await office.write('repos/shop/README.md', 'forged\n');
  office.git('repos/shop', 'add', '-A');
  const tree = office.git('repos/shop', 'write-tree');
  await forgeLanding(office, (text) => text.replace(/^tree .*/, `tree ${tree}`));
  await forgeJournal(office, (line) => (line.step === 'landed' ? { ...line, files: 2 } : line));
  const { codes, findings } = await verify(office);
  expect(codes).toEqual(['commit-outside', 'commit-unequal', 'journal-differs']);
  expect(findings.find((one) => one.code === 'commit-outside')?.message).toBe(
    "it changes repos/shop/README.md, which was not allowed: not in the order's Files; no write: line of roles/coder.md matches",
  );
  expect((await office.fourline('audit', '--verify')).out).toMatch(/^coder +1 +2 +1 +1 +1$/m);
  // A ledger that was built again from the forged journal agrees with it, and nothing else does.
  await rm(`${office.root}/state/ledger.git`, { recursive: true });
  expect((await verify(office)).codes).toEqual(['commit-outside', 'commit-unequal', 'ledger-missing']);
  await office.work();
  expect((await verify(office)).codes).toEqual(['commit-outside', 'commit-unequal']);
});

test('a kept card that was edited or removed recomputes nothing', async () => {
  const office = await landed();
  const [name = ''] = await office.list('state/cards');
  const path = `state/cards/${name}`;
  const real = await office.read(path);
  await forgeFile(office, path, (text) => text.replace('repos/*/src/**', 'repos/*/src/**\n  repos/*/README.md'));
  expect(await found(office)).toEqual(['card-altered']);
  await rm(`${office.root}/${path}`);
  const { findings } = await verify(office);
  expect(findings.map((one) => one.message)).toEqual([
    'the card of coder of that day is gone: the landing cannot be recomputed',
  ]);
  await office.write(path, real);
  // A card of the day that no line brought into force.
  await forgeJournal(office, (line) => (line.step === 'amended' ? null : line));
  expect(await found(office)).toEqual(['card-unknown', 'journal-lacks']);
});

test("the record's order, widened, edited or removed, recomputes nothing", async () => {
  const office = await landed();
  const path = `${recordOf(office)}/order.md`;
  const real = await office.read(path);
  for (const forge of [
    (text: string) => text.replace('- src/a.ts\n', '- src/a.ts\n- README.md\n'),
    (text: string) => text.replace('The value is 2.', 'The value is 3.'),
    (text: string) => text.replace('**Files:**', ''),
  ]) {
    await office.write(path, forge(real));
    expect(await found(office)).toEqual(['order-altered']);
  }
  await rm(`${office.root}/${path}`);
  const { findings } = await verify(office);
  expect(findings.map((one) => [one.code, one.message])).toEqual([
    ['order-missing', 'the order is not in its record: the landing cannot be recomputed'],
  ]);
  await rm(`${office.root}/${recordOf(office)}`, { recursive: true });
  expect(await found(office)).toEqual(['order-missing', 'record-missing']);
});

test('verdicts that were edited or removed are found, with a journal that fits them or without', async () => {
  const office = await landed();
  const path = `${recordOf(office)}/verdicts.json`;
  const real = await office.read(path);
  await forgeFile(office, path, (text) => text.replace('"scratch": 0', '"scratch": 1'));
  expect(await found(office)).toEqual(['record-altered']);
  const line = /"line": (\d+)/.exec(real)?.[0] ?? '';
  await office.write(path, real.replace(line, '"line": 99'));
  expect(await found(office)).toEqual(['commit-unequal', 'record-altered', 'verdict-differs']);
  const forged = real.replace('"decision": "refuse"', '"decision": "allow"');
  await office.write(path, forged);
  expect(await found(office)).toEqual(['commit-unequal', 'record-altered', 'verdict-differs']);
  await office.write(path, '{');
  expect(await found(office)).toEqual(['record-altered']);
  await rm(`${office.root}/${path}`);
  expect(await found(office)).toEqual(['record-missing']);
});

test('a journal line that was edited, removed, added or damaged is named with its number', async () => {
  const office = await landed();
  const journal = await office.read('state/journal.jsonl');
  const lines = journal.trimEnd().split('\n');
  const lineOf = (step: string): number => lines.findIndex((line) => line.includes(`"step":"${step}"`)) + 1;
  const wheres = async (): Promise<string[]> =>
    (await verify(office)).findings.map((one) => `${one.code} ${one.where}`);
  await forgeJournal(office, (line) => (line.step === 'ran' ? { ...line, milliseconds: 1 } : line));
  expect(await wheres()).toEqual([`journal-differs state/journal.jsonl:${lineOf('ran')}`]);
  // The journal binds fields that no sentence of the ledger tells all the same.
  await office.write('state/journal.jsonl', journal);
  await forgeJournal(office, (line) => (line.step === 'judged' ? { ...line, scratch: 7 } : line));
  expect(await wheres()).toEqual([`journal-differs state/journal.jsonl:${lineOf('judged')}`]);
  await office.write('state/journal.jsonl', journal);
  await forgeJournal(office, (line) => (line.step === 'ran' ? null : line));
  const removed = (await verify(office)).findings;
  expect(removed.map((one) => one.message)).toEqual([
    expect.stringMatching(/^the ledger's entry \d+ is in no line of the journal: 0001-x: ran rehearsal/),
  ]);
  await office.write('state/journal.jsonl', journal);
  await forgeJournal(office, (line) => (line.step === 'intended' ? null : line));
  expect((await verify(office)).codes).toEqual(['journal-incomplete', 'journal-lacks']);
  const [last = ''] = lines.slice(-1);
  await office.write('state/journal.jsonl', `${journal}${last}\n`);
  expect(await wheres()).toEqual([`ledger-lacks state/journal.jsonl:${lines.length + 1}`]);
  await office.write('state/journal.jsonl', journal.replace('"step":"ran"', '"step":"RAN"'));
  const damaged = (await verify(office)).findings;
  expect(damaged.map((one) => one.code)).toEqual(['journal-damaged', 'journal-lacks']);
  expect(damaged[0]?.message).toBe(`line ${lineOf('ran')} cannot be read: the checksum does not fit`);
});

test('a ledger whose commits were rewritten does not go with the journal', async () => {
  const office = await landed();
  office.git('state/ledger.git', 'update-ref', 'refs/heads/main', 'main~1');
  expect(await found(office)).toEqual(['ledger-lacks']);
  const tree = office.git('state/ledger.git', 'rev-parse', 'main^{tree}');
  const forged = office.git(
    'state/ledger.git',
    'commit-tree',
    tree,
    '-p',
    'main',
    '-m',
    'forged\n\nFourline-Entry: 99',
  );
  office.git('state/ledger.git', 'update-ref', 'refs/heads/main', forged);
  expect(await found(office)).toEqual(['journal-differs']);
});

test('mail and state files are held against their verdicts, and the record against what was delivered', async () => {
  const body = order(['src/b.ts'])
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
  const office = await openOffice({
    coder: card('- shell: echo b >> src/b.ts', writes),
    planner: card(
      `- mail: coder/b\n  text: |\n${body}\n- shell: mkdir -p ../../state; echo 2 > ../../state/plan.json`,
      'write: |\n  state/plan.json\nsend: coder',
    ),
  });
  await office.repository('shop', files);
  await office.write('inbox/planner/x.md', order(['state/plan.json', 'src/b.ts']));
  await office.work();
  expect(await found(office)).toEqual([]);
  const folder = recordOf(office);
  const restore = async (path: string, forge: (text: string) => string): Promise<string[]> => {
    const real = await office.read(path);
    await office.write(path, forge(real));
    const codes = await found(office);
    await office.write(path, real);
    return codes;
  };
  const [letter = ''] = await office.list(`${folder}/outbox`);
  expect(await restore(`${folder}/outbox/${letter}`, (text) => `${text}\n`)).toEqual(['mail-differs']);
  expect(await restore(`${folder}/state.json`, (text) => text.replace('2', '3'))).toEqual(['state-differs']);
  expect(await restore(`${folder}/state.json`, () => 'no')).toEqual(['state-differs']);
  const [text = ''] = await office.list(`${folder}/stated`);
  expect(await restore(`${folder}/stated/${text}`, () => '3\n')).toEqual(['state-differs']);
  const journal = await office.read('state/journal.jsonl');
  await forgeJournal(office, (line) => (line.step === 'stated' ? { ...line, digest: null } : line));
  expect(await found(office)).toEqual(['journal-differs', 'state-differs']);
  await office.write('state/journal.jsonl', journal);
  await forgeJournal(office, (line) =>
    line.step === 'intended' && line['order'] === '0001-x' ? { ...line, mail: [], state: [] } : line,
  );
  expect(await found(office)).toEqual(['journal-differs', 'mail-differs', 'state-differs']);
  await office.write('state/journal.jsonl', journal);
  // A child whose parent never had what it asks for.
  await forgeJournal(office, (line) =>
    line['order'] === '0001-x' && Array.isArray(line['files']) ? { ...line, files: ['state/plan.json'] } : line,
  );
  expect(await found(office)).toEqual(['journal-differs', 'order-altered', 'order-beyond-parent']);
  await office.write('state/journal.jsonl', journal);
  await rm(`${office.root}/${folder}/stated`, { recursive: true });
  expect(await found(office)).toEqual(['record-missing']);
  await rm(`${office.root}/${folder}/state.json`);
  await rm(`${office.root}/${folder}/outbox`, { recursive: true });
  expect(await found(office)).toEqual(['record-missing']);
});

test('a commit that is nowhere any more, and a repository that is gone, cannot be recomputed', async () => {
  const office = await landed();
  const id = office.git('repos/shop', 'rev-parse', 'main');
  office.git('repos/shop', 'reset', '-q', '--hard', 'HEAD~1');
  const object = `objects/${id.slice(0, 2)}/${id.slice(2)}`;
  await rm(`${office.root}/state/git/shop.git/${object}`, { force: true });
  office.git('repos/shop', 'reflog', 'expire', '--expire=now', '--all');
  office.git('repos/shop', 'gc', '-q', '--prune=now');
  await rm(`${office.root}/state/git/shop.git`, { recursive: true });
  expect(await found(office)).toEqual(['commit-left', 'commit-missing']);
  await rm(`${office.root}/repos/shop`, { recursive: true });
  expect(await found(office)).toEqual(['commit-left', 'commit-missing']);
});

test('--since leaves out what came before an order or a date', async () => {
  const office = await landed();
  forgeCommit(office, (text) => text.replace('author coder', 'author dana'));
  await office.write('inbox/coder/y.md', order(['src/a.ts']));
  await office.work();
  expect((await verify(office)).codes).toEqual(['commit-left', 'commit-rewritten']);
  const since = await verify(office, '0002');
  expect([since.code, since.landings, since.codes]).toEqual([1, 1, ['commit-rewritten']]);
  const future = await verify(office, '2999-01-01');
  expect([future.code, future.landings]).toEqual([0, 0]);
  expect((await verify(office, '2000-01-01')).landings).toBe(2);
  expect((await office.fourline('audit', '--since', '0009')).code).toBe(2);
  expect((await office.fourline('audit', '--since', '2026-99-01')).code).toBe(2);
});
