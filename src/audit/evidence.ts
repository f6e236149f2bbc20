// Why: finds the five signals of a whole history, with their evidence: journal, letters of routing roles, commits,
// state files.
// Promises: the search passes over what it can't read any more, and still finds the rest. An order that is under way
// now is no stray.
// Never: changes anything, or says what to do about it.

import { stat } from 'node:fs/promises';
import type { Entry } from '../ledger/entry.ts';
import { foldEntry } from '../ledger/fold.ts';
import type { History } from '../ledger/history.ts';
import type { Standing } from '../ledger/standing.ts';
import { waitKinds } from '../ledger/waits.ts';
import { digestOf } from '../order/scan.ts';
import type { Places } from '../places.ts';
import { listFolder, readPlain } from '../platform/files/files.ts';
import { readCommitText } from '../platform/git/commit.ts';
import { listRepos } from '../platform/git/repos.ts';
import type { Target, TargetFlaw } from '../platform/git/target.ts';
import { countOf } from '../platform/text/text.ts';
import { inboxFile, recordFile, recordFolder, runFolder } from '../record/path.ts';
import { isRouting, type Letter, reportName, type Signal, signalEntry, signalRun } from '../signals/signal.ts';
import { commitsSince } from './commits.ts';
import { type CardShelf, openShelf } from './record.ts';
import { countCommit, startTally } from './tally.ts';

/** The places and the repositories that the search reads. */
export type Files = {
  readonly places: Places;
  readonly target: (name: string) => Promise<Target | TargetFlaw>;
};

/** Lines of the journal, the history before them (which the search takes along to their end), and that of today. */
export type ToldLines = { readonly past: History; readonly entries: readonly Entry[]; readonly history: History };

/**
 * Gathers all signals since a time (ISO 8601; empty: from the beginning), newest first. `told` is the whole journal.
 */
export async function gatherSignals(files: Files, told: ToldLines, since: string): Promise<Signal[]> {
  const found = [
    ...(await signalsOfEntries(files.places, told, since)),
    ...(await gatherStrays(files, told.history, told.entries)).filter((one) => one.at >= since),
  ];
  return found.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}

/** Finds the signals that lines of the journal and the records show since a time, oldest first. */
export async function signalsOfEntries(
  places: Places,
  { past, entries, history }: ToldLines,
  since: string,
): Promise<Signal[]> {
  const shelf = openShelf(places);
  const recordOf = (id: string): string => recordFolder(places, history.orders.get(id) ?? { id, month: null });
  const lastRun = new Map<string, string>();
  const sent = new Map<string, readonly string[]>();
  for (const entry of entries) {
    if (entry.step === 'judged') lastRun.set(entry.order, entry.run);
    if (entry.step === 'intended')
      sent.set(
        entry.run,
        entry.mail.map((one) => one.id),
      );
  }
  const out: Signal[] = [];
  for (const entry of entries) {
    if (entry.at >= since) {
      out.push(...signalEntry(past, entry));
      if (entry.step === 'judged') {
        const routing = await wasRouting(shelf, entry.role, past.orders.get(entry.order)?.tries.card ?? null);
        const letters = !routing
          ? []
          : lastRun.get(entry.order) === entry.run
            ? await readLetters(recordOf(entry.order))
            : [
                ...(await readSent(places, history, sent.get(entry.run) ?? [])),
                ...(await readSaid(runFolder(recordOf(entry.order), attemptOf(entry)))),
              ];
        out.push(...signalRun(entry, routing, entry.refused, letters));
      }
      if (entry.step === 'posted' && entry.from === 'operator' && !past.orders.has(entry.order))
        out.push(...(await claimsSender(places, history.orders.get(entry.order), entry.at, history.roles)));
    }
    foldEntry(past, entry);
  }
  return out;
}

async function wasRouting(shelf: CardShelf, role: string, digest: string | null): Promise<boolean> {
  const recalled = digest === null ? null : await shelf(role, digest);
  return recalled?.kind === 'card' && isRouting(recalled.card.role);
}

function attemptOf({ order, run }: { readonly order: string; readonly run: string }): number {
  return Number(run.slice(order.length + 1));
}

// Reads what a run said at its end, word for word.
async function readSaid(folder: string): Promise<Letter[]> {
  const file = await readPlain(recordFile(folder, 'said.md'));
  return file.kind === 'text' ? [{ name: reportName, text: file.text }] : [];
}

/**
 * Reads from an order's record what its last judged run wrote: its report, the letters that the gate allowed, and the
 * letters that it refused and the record kept.
 */
export async function readLetters(folder: string): Promise<Letter[]> {
  const out = await readSaid(folder);
  const read = async (path: string, name: string): Promise<void> => {
    const file = await readPlain(path);
    if (file.kind === 'text') out.push({ name, text: file.text });
  };
  for (const name of await listFolder(recordFile(folder, 'outbox')))
    await read(`${recordFile(folder, 'outbox')}/${name}`, name);
  const index = await readPlain(`${recordFile(folder, 'refused')}/INDEX.txt`);
  for (const line of index.kind === 'text' ? index.text.split('\n') : []) {
    const [kept = '', , path = ''] = line.split('\t');
    if (path.startsWith('inbox/') && !kept.startsWith('('))
      await read(`${recordFile(folder, 'refused')}/${kept}`, path);
  }
  return out;
}

async function readOrder(places: Places, standing: Standing): Promise<string | null> {
  for (const path of [
    recordFile(recordFolder(places, standing), 'order.md'),
    inboxFile(places, standing.role, standing.id),
  ]) {
    const file = await readPlain(path);
    if (file.kind === 'text') return file.text;
  }
  return null;
}

// Reads the orders that an earlier run sent, from the records of those orders.
async function readSent(places: Places, history: History, ids: readonly string[]): Promise<Letter[]> {
  const out: Letter[] = [];
  for (const id of ids) {
    const standing = history.orders.get(id);
    const text = standing === undefined ? null : await readOrder(places, standing);
    if (text !== null) out.push({ name: `${id}.md`, text });
  }
  return out;
}

// A file that was put into an inbox by hand and says that a role wrote it.
async function claimsSender(
  places: Places,
  standing: Standing | undefined,
  at: string,
  roles: ReadonlySet<string>,
): Promise<Signal[]> {
  const text = standing === undefined ? null : await readOrder(places, standing);
  const from = /^---\n(?:(?!---\n)[^\n]*\n)*?from: *["']?([\w-]+)["']? *\n/.exec(text ?? '')?.[1];
  if (standing === undefined || from === undefined || !roles.has(from)) return [];
  const { id: order, role } = standing;
  const sentence = `an order to ${role} that says it is from ${from}, and no run sent it`;
  const evidence = [`inbox/${role}/${order}.md: from: ${from}`];
  return [{ signal: 'silent', role: from, order, run: null, at, sentence, evidence, about: order, key: order }];
}

/** Work that came by no run: commits, and state files that are not as the last run left them. */
export async function gatherStrays(files: Files, history: History, entries: readonly Entry[]): Promise<Signal[]> {
  return [...(await strayCommits(files, history, entries)), ...(await strayState(files.places, history, entries))];
}

// Finds the commits that the audit counts as strays.
async function strayCommits({ places, target }: Files, history: History, entries: readonly Entry[]): Promise<Signal[]> {
  const tally = startTally([], history, null);
  const times = new Map<string, string>();
  for (const repo of await listRepos(places.repos)) {
    const found = await target(repo);
    if ('kind' in found) continue;
    const { commits, on } = await commitsSince(found, entries, null, false);
    for (const commit of commits) {
      times.set(commit.id, committedAt(commit.content));
      const branch = [...on].find(([, ids]) => ids.has(commit.id))?.[0] ?? '';
      countCommit(tally, history, repo, branch, commit);
    }
  }
  return tally.strays
    .filter((one) => one.order === null || !history.open.has(one.order))
    .map(({ repo, branch, commit, author, subject, reason, files, as }) => ({
      signal: 'silent',
      role: as ?? 'nobody',
      order: null,
      run: null,
      at: times.get(commit) ?? '',
      sentence: `${repo} ${commit.slice(0, 7)} has no order`,
      evidence: [
        `${commit.slice(0, 12)} on ${branch}, ${countOf(files, 'file')}, by ${author}: ${subject} (${reason})`,
      ],
      about: `repos/${repo}`,
      key: `repos/${repo} ${commit}`,
    }));
}

function committedAt(content: Buffer): string {
  const time = new Date(readCommitText(content.toString()).committer.seconds * 1000);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
}

// A state file is as the last run that landed it left it, or somebody else changed it.
async function strayState(places: Places, history: History, entries: readonly Entry[]): Promise<Signal[]> {
  type Left = { readonly digest: string | null; readonly order: string; readonly at: string };
  const last = new Map<string, Left>();
  const intents = new Map<string, Extract<Entry, { step: 'intended' }>>();
  for (const entry of entries) {
    if (entry.step === 'intended') intents.set(entry.order, entry);
    if (entry.step === 'returned') intents.delete(entry.order);
    const over =
      (entry.step === 'settled' && entry.outcome === 'done') || (entry.step === 'parked' && waitKinds[entry.on].rests);
    if (over)
      for (const { path, digest } of intents.get(entry.order)?.state ?? [])
        last.set(path, { digest, order: entry.order, at: entry.at });
  }
  const out: Signal[] = [];
  for (const [path, left] of last) {
    if ([...history.open].some((id) => intents.get(id)?.state?.some((one) => one.path === path))) continue;
    const file = await readPlain(`${places.root}/${path}`, 16 * 1024 * 1024);
    const digest = file.kind === 'text' ? digestOf(file.text) : null;
    if (digest === left.digest) continue;
    const changed = await stat(`${places.root}/${path}`).catch(() => null);
    const evidence = [
      digest === null
        ? `${path} is gone; ${left.order} had left it (${left.at})`
        : `${path} is not as ${left.order} left it (${left.at})`,
    ];
    out.push({
      signal: 'silent',
      role: 'nobody',
      order: null,
      run: null,
      at: changed?.mtime.toISOString() ?? left.at,
      sentence: `${path} was changed by no run`,
      evidence,
      about: path,
      key: `${path} ${digest ?? 'gone'}`,
    });
  }
  return out;
}
