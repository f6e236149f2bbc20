// Why: proofs are tested by changing them, as somebody would who has the file and all of fourline's code.
// Promises: a forged proof has the right digest for each of its parts, so that only what binds them can tell.
// Never: leaves the workspace that made the proof.
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { openFourline } from '../../src/api.ts';
import { composeProof } from '../../src/audit/proof-form.ts';
import { readTar } from '../../src/platform/files/tar.ts';
import { card, cli, type Office, openOffice, order } from './office.ts';

/** The parts of a proof. */
export type ProofParts = Map<string, Buffer>;

/** An office with settled orders of one role: each landed one file, and each had one change refused. */
export type ProofOffice = {
  readonly office: Office;
  /** A PATH that has the command line as `fourline`. */
  readonly path: string;
  /** Makes the proof of these orders; by default of the first. */
  readonly proof: (...orders: string[]) => Promise<Buffer>;
};

/** Opens such an office. `front` is further front matter of the card. */
export async function openProofOffice(orders = 1, front = ''): Promise<ProofOffice> {
  const steps = '- shell: echo more >> src/a.ts; echo stray > README.md';
  const office = await openOffice({ coder: card(steps, `write: |\n  repos/*/src/**\n${front}`) });
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/deep/b.ts': '1\n', 'README.md': 'hello\n' });
  for (let count = 0; count < orders; count += 1) {
    await office.write(`inbox/coder/x${count}.md`, order(['src/a.ts'], { objective: `The value is ${count}.` }));
    await office.work();
  }
  const bin = `${office.root}/../bin`;
  await mkdir(bin);
  await writeFile(`${bin}/fourline`, `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
  await chmod(`${bin}/fourline`, 0o755);
  let count = 0;
  const proof = async (...ids: string[]): Promise<Buffer> => {
    count += 1;
    const out = `${office.root}/../${count}.tar`;
    const fourline = await openFourline(office.root, office);
    await fourline.proof({ orders: ids.length === 0 ? ['1'] : ids, out });
    return readFile(out);
  };
  return { office, proof, path: `${bin}:${office.env['PATH'] ?? ''}` };
}

/** The parts of a proof, without the two lists. */
export function partsOf(bytes: Buffer): ProofParts {
  const { parts } = readTar(bytes, () => '');
  return new Map(parts.slice(2).map(({ path, data }) => [path, Buffer.from(data)]));
}

/** A proof with other parts, and with the digests of those. */
export function forgeProof(bytes: Buffer, forge: (parts: ProofParts) => void): Buffer {
  const parts = partsOf(bytes);
  forge(parts);
  return composeProof(parts);
}

/** The only part whose path matches. */
export function pathLike(parts: ReadonlyMap<string, unknown>, pattern: RegExp): string {
  const [path, ...others] = [...parts.keys()].filter((one) => pattern.test(one));
  if (path === undefined || others.length > 0) throw new Error(`not one part like ${pattern}`);
  return path;
}

/** Edits the text of the one part whose path matches. Throws where that changes nothing. */
export function editPart(parts: ProofParts, pattern: RegExp, edit: (text: string) => string): void {
  const path = pathLike(parts, pattern);
  const before = parts.get(path)?.toString('latin1') ?? '';
  const after = edit(before);
  if (after === before) throw new Error(`${path} stays as it is`);
  parts.set(path, Buffer.from(after, 'latin1'));
}

/** Edits a file of the record together with its digest in the record's own list. */
export function editRecord(parts: ProofParts, name: string, edit: (text: string) => string): void {
  const pattern = new RegExp(`^state/orders/.*/${name.replaceAll('.', '\\.')}$`);
  editPart(parts, pattern, edit);
  const digest = createHash('sha256')
    .update(parts.get(pathLike(parts, pattern)) ?? '')
    .digest('hex');
  editPart(parts, /^state\/orders\/.*\/digests\.txt$/, (text) =>
    text.replace(new RegExp(`^[0-9a-f]{64}(?=  ${name.replaceAll('.', '\\.')}$)`, 'm'), digest),
  );
}

/** Edits the lines of the journal that match, each with its checksum and in both forms. */
export function editLines(parts: ProofParts, pattern: RegExp, edit: (text: string) => string): void {
  const rewrite = (text: string): string => {
    const body = edit(text.replace(/,"sum":"[0-9a-f]{8}"\}$/, ''));
    return `${body},"sum":"${crc32(body).toString(16).padStart(8, '0')}"}`;
  };
  const each = (text: string, change: (line: string) => string): string =>
    text
      .split('\n')
      .map((line) => (pattern.test(line) ? change(line) : line))
      .join('\n');
  editPart(parts, /^state\/journal\.jsonl$/, (text) => each(text, rewrite));
  editPart(parts, /^entries\.jsonl$/, (text) => each(text, edit));
}
