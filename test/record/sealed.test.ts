// Nothing in a settled record can be edited unnoticed, and git shows the audit what landed, whatever it shows people.
import { execFileSync } from 'node:child_process';
import { appendFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { runAudit } from '../../src/cli/commands/audit.ts';
import { openInvocation } from '../../src/cli/invocation.ts';
import { digestFolder, digestOfList, printDigests, readDigests, sealFolder } from '../../src/platform/files/digests.ts';
import { lineEnders } from '../kit/characters.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';
import { temporaryFolder, writeFiles } from '../kit/repository.ts';

vi.setConfig({ testTimeout: 300_000 });

type Answer = {
  readonly findings: readonly { code: string; message: string; where: string }[];
  readonly unbound: number;
};

// Gives the result of verifying: the exit code, and each finding with its place below the workspace.
async function verify(office: Office): Promise<{ code: number; found: string[]; unbound: number }> {
  let answer: Answer | null = null;
  const invocation = {
    ...openInvocation({ directory: office.root, json: true, quiet: true, color: false, env: office.env }),
    answer: (data: unknown) => {
      answer = data as Answer;
    },
  };
  const code = await runAudit(invocation, undefined, { verify: true });
  const { findings, unbound } = answer as unknown as Answer;
  return { code, unbound, found: findings.map(({ code, where }) => `${code} ${where.replace(`${office.root}/`, '')}`) };
}

async function worked(): Promise<{ office: Office; folder: string }> {
  const office = await openOffice({
    coder: card('- shell: "echo 2 > src/a.ts; echo 2 > b.txt; echo said"', 'write: |\n  repos/*/src/**'),
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.write('inbox/coder/y.md', order(['src/nothing.ts']));
  await office.work();
  const { month, id, outcome } = await office.standing('x');
  expect(outcome).toBe('done');
  return { office, folder: `state/orders/${month ?? ''}/${id}` };
}

test('each file of a settled record that is edited, added or removed is named, and what is put back is not', async () => {
  const { office, folder } = await worked();
  const place = `${office.root}/${folder}`;
  expect(await verify(office)).toEqual({ code: 0, found: [], unbound: 0 });
  for (const name of ['refused.patch', 'report.md', 'transcript.jsonl', 'brief.md']) {
    const before = await readFile(`${place}/${name}`);
    await appendFile(`${place}/${name}`, 'x');
    expect((await verify(office)).found, name).toEqual([`record-altered ${folder}/${name}`]);
    await rm(`${place}/${name}`);
    expect((await verify(office)).found, name).toEqual([`record-missing ${folder}/${name}`]);
    await writeFile(`${place}/${name}`, before);
  }
  await writeFile(`${place}/more.txt`, '');
  expect((await verify(office)).found).toEqual([`record-altered ${folder}/more.txt`]);
  await rm(`${place}/more.txt`);
  // Verifying says what the edit means for the landing, and doesn't say a second time that the file was edited.
  const text = await readFile(`${place}/order.md`);
  await appendFile(`${place}/order.md`, '\n');
  expect((await verify(office)).found).toEqual([`order-altered ${folder}/order.md`]);
  await writeFile(`${place}/order.md`, text);
  // Whoever edits a file and the list as well is found by the journal.
  const list = await readFile(`${place}/digests.txt`);
  await appendFile(`${place}/report.md`, 'x');
  await sealFolder(place);
  expect((await verify(office)).found).toEqual([`record-altered ${folder}/digests.txt`]);
  await writeFile(`${place}/report.md`, (await readFile(`${place}/report.md`)).subarray(0, -1));
  expect((await verify(office)).found).toEqual([`record-altered ${folder}/digests.txt`]);
  await writeFile(`${place}/digests.txt`, list);
  expect(await verify(office)).toMatchObject({ code: 0, found: [] });
  // A record of an order that landed nothing is bound as well.
  const other = folder.replace(/[^/]*$/, '0002-y');
  await rename(`${office.root}/${other}`, `${office.root}/away`);
  expect((await verify(office)).found).toEqual([`record-missing ${other}`]);
});

test('records of an earlier fourline are taken as they are, and that is said once', async () => {
  const { office, folder } = await worked();
  const journal = `${office.root}/state/journal.jsonl`;
  const lines = (await readFile(journal, 'utf8')).split('\n').map((line) => {
    if (!line.includes('"step":"settled"')) return line;
    const body = line.replace(/,"sum":"\w+"\}$/, '').replace(/,"record":"\w+"/, '');
    return `${body},"sum":"${crc32(body).toString(16).padStart(8, '0')}"}`;
  });
  await writeFile(journal, lines.join('\n'));
  await rm(`${office.root}/state/ledger.git`, { recursive: true });
  for (const id of ['0001-x', '0002-y']) await rm(`${office.root}/${folder.replace(/[^/]*$/, id)}/digests.txt`);
  await office.work();
  await appendFile(`${office.root}/${folder}/report.md`, 'x');
  expect(await verify(office)).toEqual({ code: 0, found: [], unbound: 2 });
  const { out } = await office.fourline('audit', '--verify');
  expect(out.match(/2 records of an earlier fourline without digests/g)).toHaveLength(1);
});

test('what is shown in the place of what landed is named; of older history it is a person’s own', async () => {
  const { office } = await worked();
  const git = (...args: string[]): string => office.git('repos/shop', ...args);
  const [landed, base] = [git('rev-parse', 'HEAD'), git('rev-parse', 'HEAD^')];
  const other = git('commit-tree', '-m', 'another', `${base}^{tree}`);
  git('replace', base, other);
  expect(await verify(office)).toMatchObject({ code: 0, found: [] });
  git('replace', landed, other);
  expect((await verify(office)).found).toEqual([`target-replaced repos/shop refs/replace/${landed}`]);
  git('replace', '-d', landed);
  const blob = git('rev-parse', 'HEAD:src/a.ts');
  git('replace', blob, git('rev-parse', `${base}:src/a.ts`));
  expect((await verify(office)).found).toEqual([`target-replaced repos/shop refs/replace/${blob}`]);
  git('replace', '-d', blob);
  // A graft would take a stray commit out of the history that is looked through.
  git('commit', '-q', '--allow-empty', '-m', 'stray');
  git('commit', '-q', '--allow-empty', '-m', 'stray, too');
  const tip = git('rev-parse', 'HEAD');
  await writeFile(`${office.root}/repos/shop/.git/info/grafts`, `${tip} ${landed}\n`);
  const { found } = await verify(office);
  expect(found.filter((one) => one.startsWith('target-replaced'))).toEqual(['target-replaced repos/shop info/grafts']);
  expect(found.filter((one) => one.startsWith('commit-no-order'))).toHaveLength(2);
});

test('a list of digests reads back as it was written, for names of any kind', async () => {
  const folder = temporaryFolder();
  const names = lineEnders.map((text, index) =>
    `${index % 7}/${index}${text.replaceAll('\0', '').replaceAll('/', '')}`.toWellFormed(),
  );
  writeFiles(folder, Object.fromEntries(names.map((name) => [name, name])));
  const seal = await sealFolder(folder);
  const digests = await digestFolder(folder);
  expect([...digests.keys()].sort()).toEqual([...new Set(names)].sort());
  expect(readDigests(printDigests(digests))).toEqual(digests);
  expect(digestOfList(digests)).toBe(seal);
  expect(await sealFolder(folder)).toBe(seal);
  expect(execFileSync('sha256sum', ['-c', '--quiet', 'digests.txt'], { cwd: folder, encoding: 'utf8' })).toBe('');
});
