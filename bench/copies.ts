// Why: a workspace with thousands of settled orders takes hours to work. One order is worked, and the others are copies
// of it.
// Promises: a copy has all that the order has: its lines in the journal, its record with fitting digests, its commit on
// the branch. `audit --verify` finds nothing wrong where fourline itself published them in its ledger. That takes some
// milliseconds a line; without it the ledger only says that it holds them.
// Never: copies in a workspace that a daemon works.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { openSession } from '../src/daemon/session.ts';
import { unheard } from '../src/event.ts';
import type { Step } from '../src/ledger/entry.ts';
import { openJournal, readJournal } from '../src/ledger/journal.ts';
import { nextNumber } from '../src/platform/files/lock.ts';
import { runGit } from '../src/platform/git/git.ts';
import { committerOf, identityOf } from '../src/platform/git/identity.ts';
import { streamCommit } from '../src/platform/git/stream.ts';
import { hostOf } from '../src/platform/process/host.ts';
import { systemClock } from '../src/platform/text/clock.ts';
import type { Office } from './kit.ts';

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Works one order in an office and copies it until `count` orders are settled. */
export async function settleMany(office: Office, count: number, ledger: 'published' | 'said'): Promise<void> {
  const daemon = await office.start();
  const { id } = await office.drop('edit');
  await daemon.settled({ id, at: 0 });
  await daemon.stop();
  const shop = `${office.root}/repos/shop`;
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', shop, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 }).trimEnd();
  const [tip = '', base = ''] = git('rev-parse', 'HEAD', 'HEAD~1').split('\n');
  const ids = Array.from({ length: count - 1 }, (_, at) => `${String(at + 2).padStart(4, '0')}${id.slice(4)}`);
  // Each commit as fourline's own, but for the order that it names.
  const message = git('log', '-1', '--format=%B');
  const seconds = Number(git('log', '-1', '--format=%ct'));
  const stream = ids.map((name, at) =>
    streamCommit({
      ref: 'refs/heads/main',
      mark: at + 1,
      author: identityOf('coder', 'fourline.local'),
      committer: committerOf('fourline.local'),
      seconds,
      message: `${message.replaceAll(id, name)}\n`,
      from: at === 0 ? tip : `:${at}`,
      files: [1, 2, 3].map((file) => ({
        path: `src/d0/file${file}.ts`,
        mode: '100644',
        content: Buffer.from(`export const value = ${file};\n${name}\n`),
      })),
    }),
  );
  await runGit(`${shop}/.git`, 'fast-import', ['--quiet', '--date-format=raw'], { input: Buffer.concat(stream) });
  git('reset', '-q', '--hard');
  const commits = git('rev-list', '--reverse', `${tip}..HEAD`).split('\n');
  await copyRecords(office, id, { tip, base }, ids, commits);
  nextNumber(office.places.session.numbers, count);
  if (ledger === 'said') await sayPublished(office);
  await (await openSession(office.root, unheard, hostOf(office.env)))?.close();
}

// A commit on top of the ledger that says how many lines of the journal it holds.
async function sayPublished({ places: { history } }: Office): Promise<void> {
  const { entries } = await readJournal(history.journal);
  const git = (...args: string[]): string =>
    execFileSync(
      'git',
      [`--git-dir=${history.ledger}`, '-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args],
      {
        encoding: 'utf8',
      },
    ).trim();
  const message = `Copies.\n\nFourline-Entry: ${entries.length}`;
  git('update-ref', 'refs/heads/main', git('commit-tree', 'main^{tree}', '-p', 'main', '-m', message));
}

async function copyRecords(
  office: Office,
  id: string,
  { tip, base }: { readonly tip: string; readonly base: string },
  ids: readonly string[],
  commits: readonly string[],
): Promise<void> {
  const { history, orders } = office.places;
  const months = await readdir(orders);
  const folder = `${orders}/${months[0] ?? ''}`;
  const names = (await readdir(`${folder}/${id}`)).filter((name) => name !== 'digests.txt').sort();
  const files = await Promise.all(names.map(async (name) => [name, await readFile(`${folder}/${id}/${name}`, 'utf8')]));
  const lines = (await office.journal()).filter((line) => line.order === id).map((line) => JSON.stringify(line));
  const { length } = await readJournal(history.journal);
  const journal = await openJournal(history.journal, length, systemClock);
  let steps: Step[] = [];
  for (const [at, name] of ids.entries()) {
    const [was, is] = [at === 0 ? tip : (commits[at - 1] ?? ''), commits[at] ?? ''];
    const renew = (text: string): string =>
      text
        .replaceAll(id, name)
        .replace(/\b[0-9a-f]{40}\b/g, (found) => (found === tip ? is : found === base ? was : found));
    const texts = files.map(([file = '', text = '']) => [file, renew(text)] as const);
    const digests = texts.map(([file, text]) => `${digestOf(text)}  ${file}\n`).join('');
    const place = `${folder}/${name}`;
    await mkdir(place);
    for (const [file, text] of [...texts, ['digests.txt', digests] as const]) await writeFile(`${place}/${file}`, text);
    const verdicts = digestOf(texts.find(([file]) => file === 'verdicts.json')?.[1] ?? '');
    for (const line of lines) {
      const { v: _v, at: _at, sum: _sum, ...step } = JSON.parse(renew(line)) as Record<string, unknown>;
      if (step['step'] === 'judged') step['digest'] = verdicts;
      if (step['step'] === 'settled') step['record'] = digestOf(digests);
      steps.push(step as Step);
    }
    if (steps.length < 5000 && at < ids.length - 1) continue;
    await journal.append(...steps);
    steps = [];
  }
  await journal.close();
}
