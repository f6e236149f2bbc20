// Why: an audit is tested by forging what it looks at, as somebody with the workspace in hand would.
// Promises: a forged journal line passes its checksum, a forged commit is one that git takes.
// Never: goes through fourline to forge.
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Office } from './office.ts';

/** A journal line as it is forged. */
export type Line = Record<string, unknown> & { step: string };

/** Rewrites the journal line by line; null takes a line away. */
export async function forgeJournal(office: Office, forge: (line: Line) => Line | null): Promise<void> {
  const path = `${office.root}/state/journal.jsonl`;
  const out: string[] = [];
  for (const text of (await readFile(path, 'utf8')).trimEnd().split('\n')) {
    const { sum: _, ...line } = JSON.parse(text) as Line & { sum: string };
    const forged = forge(line as Line);
    if (forged === null) continue;
    const body = JSON.stringify(forged).slice(0, -1);
    out.push(`${body},"sum":"${crc32(body).toString(16).padStart(8, '0')}"}\n`);
  }
  await writeFile(path, out.join(''));
}

/** Writes a forged version of the newest commit of repos/shop and moves main to it. Returns its id. */
export function forgeCommit(office: Office, forge: (text: string) => string): string {
  const text = execFileSync('git', ['-C', `${office.root}/repos/shop`, 'cat-file', 'commit', 'main'], {
    encoding: 'utf8',
  });
  const id = execFileSync('git', ['-C', `${office.root}/repos/shop`, 'hash-object', '-t', 'commit', '-w', '--stdin'], {
    input: forge(text),
    encoding: 'utf8',
  }).trim();
  office.git('repos/shop', 'update-ref', 'refs/heads/main', id);
  return id;
}

/** Forges the newest commit, and the journal's word about it. */
export async function forgeLanding(office: Office, forge: (text: string) => string): Promise<string> {
  const before = office.git('repos/shop', 'rev-parse', 'main');
  const id = forgeCommit(office, forge);
  await forgeJournal(office, (line) => (line['commit'] === before ? { ...line, commit: id } : line));
  return id;
}

/** Edits a file of the workspace. */
export async function forgeFile(office: Office, path: string, forge: (text: string) => string): Promise<void> {
  await office.write(path, forge(await office.read(path)));
}
