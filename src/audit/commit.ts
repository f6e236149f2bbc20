// Why: a landed commit is judged again as if it were a room: its differences from its parent, by the gate itself.
// Promises: author, committer, trailers, parent and every path are held against the journal, the card and the order of
// that day.
// Never: takes the commit's own word for anything.
import { type BaseEntry, type Change, compareEntries, type RoomEntry } from '../changes/change.ts';
import { readTrailers } from '../commit/message.ts';
import { judge } from '../gate/gate.ts';
import { committerOf, type Identity, identityOf } from '../platform/git/identity.ts';
import type { JudgedRun } from '../record/format.ts';
import type { Commit } from './commits.ts';
import { type LawOfThatDay, type Name, sameVerdict } from './record.ts';
import type { Delivery } from './trail.ts';

/** How many paths of one commit are named one by one. */
const namedPaths = 10;

/**
 * Holds author, committer, trailers and parent against the journal. `domains` are the mail domains that were fourline's
 * then. Returns the domain found.
 */
export function verifyHead(delivery: Delivery, commit: Commit, domains: readonly string[], name: Name): string | null {
  const { role, order, landed, claimed, intended, undoes } = delivery;
  const fitting = domains.find((domain) => isIdentity(commit.committer, committerOf(domain)));
  if (fitting === undefined)
    name('commit-committer', `its committer is ${showIdentity(commit.committer)}, not fourline`);
  const domain = domains.find((one) => isIdentity(commit.author, identityOf(role, one)));
  if (domain === undefined || (fitting !== undefined && fitting !== domain))
    name('commit-author', `its author is ${showIdentity(commit.author)}, not ${role}, who landed it`);
  const trailers = readTrailers(commit.message);
  const expected = {
    'Fourline-Order': order,
    'Fourline-Run': landed?.run ?? '',
    'Fourline-Role': role,
    ...(undoes === null ? { 'Fourline-Card': `sha256:${claimed?.card ?? ''}` } : { 'Fourline-Undoes': undoes }),
  };
  for (const [key, value] of Object.entries(expected))
    if (trailers.get(key) !== value)
      name('commit-trailer', `its trailer says ${key}: ${trailers.get(key) ?? '(nothing)'}, the journal says ${value}`);
  const parents = commit.parents.join(', ');
  if (intended !== null && parents !== intended.from)
    name('commit-parent', `its parent is ${parents || 'none'}, the branch stood at ${intended.from ?? 'nothing'}`);
  return domain ?? null;
}

function isIdentity(found: Identity, expected: Identity): boolean {
  return found.name === expected.name && found.email === expected.email;
}

function showIdentity({ name, email }: Identity): string {
  return `${name} <${email}>`;
}

/**
 * The differences of a commit as the changes a room would have had. `links` are the targets of its symbolic links, by
 * blob.
 */
export function changesOf(repo: string, commit: Commit, links: ReadonlyMap<string, string>): Change[] {
  const base = new Map<string, BaseEntry>();
  const room = new Map<string, RoomEntry>();
  for (const one of commit.differences ?? []) {
    const path = `repos/${repo}/${one.path}`;
    if (one.old !== null) base.set(path, one.old as BaseEntry);
    if (one.new !== null) room.set(path, entryOf(one.new as BaseEntry, links));
  }
  return compareEntries(base, room);
}

function entryOf({ mode, id }: BaseEntry, links: ReadonlyMap<string, string>): RoomEntry {
  if (mode === '160000') return { kind: 'odd', flaw: { code: 'kind-submodule', message: 'it is a submodule' } };
  if (mode !== '120000') return { kind: 'blob', mode, id, size: 0 };
  return { kind: 'blob', mode, id, size: 0, target: links.get(id) ?? '' };
}

/**
 * Judges a commit's changes by the law of that day, and checks them against the recorded verdicts (null: no record).
 */
export function verifyChanges(
  delivery: Delivery,
  changes: readonly Change[],
  law: LawOfThatDay,
  record: JudgedRun | null,
  name: Name,
): void {
  const { landed, intended } = delivery;
  if (landed === null) return;
  const old = changes.filter((one) => one.before !== null).map((one) => one.path);
  // If the floor of version 0.1 allowed a landing, and the record says so, the landing was right then.
  const then = new Set(record?.verdicts.flatMap((one) => (one.decision === 'allow' ? one.path : [])));
  const byFirst = new Map(judge(changes, { ...law, firstFloor: true }, old).map((one) => [one.path, one]));
  const verdicts = judge(changes, law, old).map((one) =>
    one.decision === 'refuse' && then.has(one.path) ? (byFirst.get(one.path) ?? one) : one,
  );
  const outside = verdicts.filter((one) => one.decision === 'refuse');
  for (const one of outside.slice(0, namedPaths))
    name(
      'commit-outside',
      `it changes ${one.path}, which was not allowed: ${one.decision === 'refuse' ? one.sentence : ''}`,
    );
  if (outside.length > namedPaths)
    name('commit-outside', `it changes ${outside.length - namedPaths} more paths that were not allowed`);
  if (landed.files !== changes.length)
    name('commit-unequal', `it changes ${changes.length} paths, the journal says ${landed.files}`);
  if (record === null) return;
  const recorded = new Map(record.verdicts.map((one) => [one.path, one]));
  const odd: string[] = [];
  for (const verdict of verdicts) {
    const then = recorded.get(verdict.path);
    if (then === undefined) odd.push(`${verdict.path} is in no verdict of the run`);
    else if (verdict.decision === 'allow' && !sameVerdict(verdict, then))
      odd.push(`${verdict.path} was decided otherwise then`);
  }
  // If a commit went onto a newer tip, a change that already stood there is no change any more.
  if (record.base === intended?.from) {
    const prefix = `repos/${landed.repo}/`;
    const held = new Set(changes.map((one) => one.path));
    for (const one of record.verdicts)
      if (one.decision === 'allow' && one.path.startsWith(prefix) && !held.has(one.path))
        odd.push(`${one.path} was allowed and is not in it`);
    if (record.commit !== landed.commit) odd.push(`the run's commit was ${record.commit ?? 'none'}`);
  }
  if (odd.length > 0)
    name('commit-unequal', `it is not what the run's verdicts say: ${odd.slice(0, namedPaths).join('; ')}`);
}
