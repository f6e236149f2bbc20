import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { editLines, editPart, editRecord, forgeProof, openProofOffice, type ProofParts } from '../kit/proof.ts';
import { blocksOf, textOf } from './document.ts';

const [byCommand = '', ...byHand] = blocksOf(textOf('docs/proof.md'))
  .filter(({ info }) => info === 'sh')
  .map(({ lines }) => lines.join('\n'));

// In a plain shell: by default with the system's programs alone.
function shell(cwd: string, script: string, env = {}): Promise<{ code: number; out: string }> {
  return new Promise((done) => {
    const options = { cwd, env: { PATH: '/usr/bin:/bin', HOME: cwd, ...env } };
    execFile('sh', ['-c', `exec 2>&1\n${script}`], options, (error, out) =>
      done({ code: error === null ? 0 : Number(error.code ?? -1), out }),
    );
  });
}

test('the commands of docs/proof.md check a proof in a plain shell, and find what was changed with its digests', async () => {
  const { office, proof } = await openProofOffice();
  const folder = `${office.root}/../elsewhere`;
  const check = async (bytes: Uint8Array): Promise<string> => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await writeFile(`${folder}/x.proof.tar`, bytes);
    return (await shell(folder, byHand.join('\n'))).out;
  };
  expect(byHand.length).toBeGreaterThan(4);
  const bytes = await proof();
  const whole = await check(bytes);
  expect(whole).not.toMatch(/differs|FAILED|fatal|error|WARNING|not found/);
  expect(whole).toMatch(
    /^0001-x0: done[\s\S]*^0001-x0: landed[\s\S]*^0001-x0: ordered coder[\s\S]*^Fourline-Order: 0001-x0$/m,
  );
  const lost = (text: string): string => text.replace('done', 'lost');
  const forgeries: [(parts: ProofParts) => void, RegExp][] = [
    [(parts) => editPart(parts, /report\.md$/, lost), /^report.md: FAILED$/m],
    [(parts) => editRecord(parts, 'report.md', lost), /^differs: state\/orders\/.*digests.txt$/m],
    [(parts) => editPart(parts, /^state\/cards/, (text) => `${text}\n`), /^differs: state\/cards\//m],
    [(parts) => editLines(parts, /"settled"/, lost), /^differs: \{.*"outcome":"lost"/m],
    [
      (parts) => editPart(parts, /verdicts\.json$/, (text) => text.replaceAll('src/a.ts', 'src/b.ts')),
      /^differs: src\/a.ts/m,
    ],
    [(parts) => void parts.delete('objects.pack'), /^differs: \{/m],
  ];
  for (const [forge, found] of forgeries) expect(await check(forgeProof(bytes, forge))).toMatch(found);
  const changed = Buffer.from(bytes);
  changed[changed.indexOf('hello')] = 0x48;
  changed[changed.indexOf('**Objective:**') + 3] = 0x6f;
  expect(await check(changed)).toMatch(/order.md: FAILED/);
});

test('the first commands of docs/proof.md write and check proofs', async () => {
  const { office, path } = await openProofOffice(4);
  for (const line of byCommand.split('\n'))
    expect({ line, ...(await shell(office.root, line, { ...office.env, PATH: path })) }).toMatchObject({ code: 0 });
  expect((await readFile(`${office.root}/both.tar`)).length).toBeGreaterThan(1000);
});
