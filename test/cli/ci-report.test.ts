// The forms for CI servers: each says what the plain answer says, in the shape that its readers take.
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type CiReport, writeReport } from '../../src/cli/ci-report.ts';
import { blocksOf, textOf } from '../docs/document.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const whole = { type: 'integer', minimum: 1 };
const words = { type: 'string', minLength: 1 };
const object = (properties: object): object => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const list = (items: object, more: object = {}): object => ({ type: 'array', items, ...more });
// In our own words, stricter than SARIF 2.1.0 (§3.13 to §3.30): the parts that fourline writes, and no others.
const region = object({ startLine: whole, startColumn: whole });
const place = object({ artifactLocation: object({ uri: { type: 'string', pattern: '^[^\\s\\\\]+$' } }), region });
const result = object({
  ruleId: words,
  ruleIndex: { type: 'integer', minimum: 0 },
  level: { enum: ['error', 'warning'] },
  message: object({ text: words }),
  locations: list(object({ physicalLocation: place }), { minItems: 1 }),
});
const driver = object({ name: { const: 'fourline' }, version: words, rules: list(object({ id: words })) });
const run = object({ tool: object({ driver }), results: list(result) });
const sarif = object({ $schema: words, version: { const: '2.1.0' }, runs: list(run, { minItems: 1, maxItems: 1 }) });
const isSarif = new Ajv({ allErrors: true, strict: true }).compile(sarif);

type Sarif = {
  runs: { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number }[] }[];
};

function readSarif(text: string): Sarif['runs'][number] {
  const read: Sarif = JSON.parse(text);
  expect(isSarif(read) ? [] : isSarif.errors).toEqual([]);
  const [only] = read.runs;
  if (only === undefined) throw new Error('no run');
  for (const one of only.results) expect(only.tool.driver.rules[one.ruleIndex]?.id).toBe(one.ruleId);
  return only;
}

// The names of the elements in order of their opening; throws where one is closed that is not open.
function elementsOf(xml: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  const body = xml.replace(/^<\?xml[^>]*\?>/, '');
  for (const [, close, name = ''] of body.matchAll(/<(\/?)([a-z-]+)(?: [a-z]+="[^"<&]*(?:&[a-z]+;[^"<&]*)*")*>/g))
    if (close === '/') expect(open.pop()).toBe(name);
    else names.push(name) && open.push(name);
  expect(open).toEqual([]);
  expect(body.replace(/<\/?[a-z-]+(?: [a-z]+="[^"]*")*>/g, '')).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot);)/);
  return names;
}

const nasty: CiReport = {
  command: 'check',
  looked: ['roles/a&b.md', 'fourline.yaml'],
  remarks: [
    {
      ...{ code: 'order-key', level: 'error', message: 'a <b> "c" & 100%\n::error::x\u001b[2J', hint: 'do, this: so' },
      ...{ file: 'inbox/a, b:c#d?.md', line: 3, column: 7 },
    },
    { code: 'role-text', level: 'warning', message: 'm', hint: null, file: 'roles/a&b.md', line: 1, column: 1 },
  ],
};

test('SARIF has a rule for each code, and every place is an address', () => {
  const { results, tool } = readSarif(writeReport(nasty, 'sarif', '1.2.3'));
  expect(tool.driver.rules.map((one) => one.id)).toEqual(['order-key', 'role-text']);
  expect(JSON.stringify(results)).toContain('"uri":"inbox/a,%20b:c%23d%3F.md"');
  expect(JSON.stringify(results)).not.toContain('\\u001b');
});

test('an annotation is one line, whatever its words and its file are', () => {
  const lines = writeReport(nasty, 'github', '1.2.3').split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(
    /^::error file=inbox\/a%2C b%3Ac#d\?\.md,line=3,col=7,title=fourline order-key::a <b> "c" & 100%25/,
  );
  expect(lines[1]).toBe('::warning file=roles/a&b.md,line=1,col=1,title=fourline role-text::m');
});

test('JUnit has a case for each thing looked at; an error fails it, a warning does not', () => {
  const text = writeReport(nasty, 'junit', '1.2.3');
  expect(elementsOf(text)).toEqual([
    ...['testsuites', 'testsuite', 'testcase', 'system-out'],
    ...['testcase', 'testcase', 'failure'],
  ]);
  expect(text).toContain('<testsuites tests="3" failures="1">');
  expect(text).toContain('a &lt;b&gt; &quot;c&quot; &amp; 100%');
});

async function flawed(): Promise<Office> {
  const office = await openOffice({ coder: card('- exit: 0', 'write: |\n  repos/*/src/**') });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']).replace('**Objective:**', '**Objectiv:**'));
  return office;
}

test('check answers in each form with the codes and the exit code of the plain answer', async () => {
  const office = await flawed();
  const plain = await office.fourline('check');
  expect(plain.code).toBe(1);
  const sarifAnswer = await office.fourline('check', '--format', 'sarif');
  const codes = readSarif(sarifAnswer.out).results.map((one) => one.ruleId);
  expect(codes).toEqual([...plain.out.matchAll(/^(?:error|warning)\[(.*?)\]/gm)].map(([, code]) => code));
  expect(codes).toContain('order-no-objective');
  const github = await office.fourline('check', '--format', 'github');
  expect(github.out).toMatch(/^::error file=inbox\/coder\/x\.md,line=\d+,col=\d+,title=fourline order-no-objective::/m);
  const junit = await office.fourline('check', '--format', 'junit');
  expect(elementsOf(junit.out)).toContain('failure');
  expect([sarifAnswer.code, github.code, junit.code]).toEqual([1, 1, 1]);
});

test('a verified audit answers in each form, a plain one in none', async () => {
  const office = await openOffice({ coder: card('- shell: echo more >> src/a.ts', 'write: |\n  repos/*/src/**') });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  const good = await office.fourline('audit', '--verify', '--format', 'sarif');
  expect([good.code, readSarif(good.out).results]).toEqual([0, []]);
  office.git('repos/shop', 'commit', '--allow-empty', '-m', 'by hand');
  const stray = await office.fourline('audit', '--verify', '--format', 'github');
  expect(stray.code).toBe(1);
  expect(stray.out).toMatch(/^::error file=repos\/shop,line=1,col=1,title=fourline commit-no-order::/m);
  // The branch lost what landed: its line of the journal tells of that commit.
  office.git('repos/shop', 'reset', '-q', '--hard', 'HEAD~2');
  const lost = readSarif((await office.fourline('audit', '--verify', '--format', 'sarif')).out);
  const { commit } = (await office.standing('x')).landed[0] ?? { commit: '' };
  const told =
    (await office.read('state/journal.jsonl')).split('\n').findLastIndex((line) => line.includes(commit)) + 1;
  expect(told).toBeGreaterThan(1);
  expect(JSON.stringify(lost.results.find((one) => one.ruleId === 'commit-left'))).toContain(
    `"uri":"state/journal.jsonl"},"region":{"startLine":${told},`,
  );
  expect((await office.fourline('audit', '--format', 'junit')).code).toBe(2);
  const other = await office.fourline('check', '--format', 'html');
  expect([other.code, other.err.includes('sarif, github, junit')]).toEqual([2, true]);
});

test('the commands of docs/ci.md run, in the workflow and out of it', async () => {
  const blocks = blocksOf(textOf('docs/ci.md'));
  const workflow = blocks.find((one) => one.info === 'yaml example=workflow')?.lines.join('\n') ?? '';
  const { jobs } = parse(workflow) as { jobs: { fourline: { steps: { run?: string; uses?: string }[] } } };
  const runs = jobs.fourline.steps.flatMap((one) => one.run ?? []);
  const console = blocks.find((one) => one.info === 'console')?.lines.map((line) => line.replace(/^\$ /, '')) ?? [];
  const ours = [...runs, ...console].filter((line) => line.startsWith('fourline '));
  expect(ours).toHaveLength(3);
  const office = await openOffice({ coder: card('- exit: 0') });
  for (const line of ours) {
    const [command = ''] = line.split(' > ');
    expect(`${line} ${(await office.fourline(...command.split(' ').slice(1))).code}`).toBe(`${line} 0`);
  }
});
