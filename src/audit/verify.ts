// Why: only fourline can make a commit that an audit accepts as a role's. So the audit computes everything fourline did
// again, from what it rested on.
// Promises: recomputes every landing and every delivery since from the card and the order of that day, or names it if
// it cannot. It takes nothing on trust from the commit itself.
// Never: changes anything; mends what it finds.

import { stat } from 'node:fs/promises';
import type { Entry } from '../ledger/entry.ts';
import type { Orders } from '../ledger/orders.ts';
import type { Standing } from '../ledger/standing.ts';
import type { Places } from '../places.ts';
import { listFolder } from '../platform/files/files.ts';
import { readMany } from '../platform/git/git-reader.ts';
import type { Target } from '../platform/git/target.ts';
import { archiveFolder, recordFolder, runFolder } from '../record/path.ts';
import type { Look } from '../workspace/look.ts';
import { changesOf, verifyChanges, verifyHead } from './commit.ts';
import { type Commit, readCommits, type Since } from './commits.ts';
import { type Told, verifyDelivered } from './delivered.ts';
import type { Finding } from './finding.ts';
import { verifyJournal } from './journal.ts';
import { judgeAgain, type Name, openFindings, openShelf, recallLaw, recallVerdicts } from './record.ts';
import { findReplaced } from './replaced.ts';
import { verifyRecords } from './sealed.ts';
import { type Asked, verifySignatures } from './signature.ts';
import { type Delivery, followTrail } from './trail.ts';
import { deliveredIn, type UndoEvidence, verifyUndone } from './undone.ts';

/** A target with what it holds. */
export type Held = { readonly target: Pick<Target, 'name' | 'commonDir' | 'mirror'>; readonly since: Since };

/** The result of verifying: how much was recomputed, and the findings, with the journal's first. */
export type Verification = {
  readonly landings: number;
  readonly deliveries: number;
  readonly findings: readonly Finding[];
  /** Records of an earlier fourline: the journal binds their orders and verdicts, and no other file. */
  readonly unbound: number;
};

/** Recomputes what was delivered since a time (ISO 8601; null: ever). `held` are the targets by name. */
export async function verifyHistory(
  { workspace, history, steps }: Look,
  held: ReadonlyMap<string, Held>,
  since: string | null,
): Promise<Verification> {
  const { places, settings } = workspace;
  const entries = await steps.all();
  const journal = await verifyJournal(places);
  const deliveries = followTrail(entries).filter((one) => since === null || one.at >= since);
  const ground = { places, entries, orders: history.orders, held, domain: settings.domain, domains: journal.domains };
  const recomputed = await verifyDeliveries(ground, deliveries);
  const records = await verifyRecords(places, entries, since);
  const replaced: Finding[] = [];
  for (const { target, since: there } of held.values()) replaced.push(...(await findReplaced(target, there)));
  const late = journal.findings.filter((one) => since === null || one.at === '' || one.at >= since);
  return {
    landings: deliveries.filter((one) => one.landed !== null).length,
    deliveries: deliveries.length,
    findings: [...late, ...replaced, ...withRecords(recomputed, records.findings)],
    unbound: records.unbound,
  };
}

/** The files and lines from which deliveries are recomputed. `held` are the targets by name. */
export type DeliveryGround = {
  readonly places: Places;
  readonly entries: readonly Entry[];
  readonly orders: Pick<Orders, 'get'>;
  readonly held: ReadonlyMap<string, Held>;
  /** The domain of the settings, and those that the ledger names, by line. */
  readonly domain: string;
  readonly domains: ReadonlyMap<number, string>;
};

/** Recomputes deliveries, and checks the signatures of their commits. Throws what the disk and git throw. */
export async function verifyDeliveries(ground: DeliveryGround, deliveries: readonly Delivery[]): Promise<Finding[]> {
  const { places, entries, orders, held } = ground;
  const commits = await collectCommits(deliveries, held);
  const links = await readLinks(deliveries, commits, held);
  const evidence = {
    ...ground,
    shelf: openShelf(places),
    commits,
    links,
    delivered: deliveredIn(entries),
    ...toldIn(entries),
  };
  const proofs: Proof[] = [];
  for (const delivery of deliveries) {
    const folder = await findRecord(places, orders.get(delivery.order), delivery.order);
    const proof = await proveDelivery(evidence, delivery, folder);
    // A running fourline may have settled the order meanwhile, and its record with it.
    const now = await findRecord(places, undefined, delivery.order, folder);
    proofs.push(now === folder ? proof : await proveDelivery(evidence, delivery, now));
  }
  await verifySignatures(
    places,
    proofs.flatMap((one) => one.asked),
  );
  return proofs.flatMap((one) => one.findings);
}

// Everything that deliveries are checked against.
type Evidence = DeliveryGround &
  Told &
  UndoEvidence & {
    readonly shelf: ReturnType<typeof openShelf>;
    readonly links: ReadonlyMap<string, string>;
  };

// The lines that posted orders, by order, and those that wrote state files, by run.
function toldIn(entries: readonly Entry[]): Told {
  const posted = new Map(entries.flatMap((entry) => (entry.step === 'posted' ? [[entry.order, entry] as const] : [])));
  const stated = Map.groupBy(
    entries.filter((entry) => entry.step === 'stated'),
    (entry) => entry.run,
  );
  return { posted, stated };
}

// Recomputes one delivery from its record, which lies in `whole`.
async function proveDelivery(evidence: Evidence, delivery: Delivery, whole: string): Promise<Proof> {
  const { shelf, held, commits, links, domain } = evidence;
  const { findings, name } = openFindings(delivery);
  const folder = await placeOfRun(whole, delivery);
  verifyLines(delivery, name);
  const law = delivery.undoes === null ? await recallLaw(shelf, delivery, folder, name) : null;
  const record = await recallVerdicts(delivery, folder, name);
  if (law !== null && record !== null) judgeAgain(law, record, name);
  await verifyDelivered(delivery, record, evidence, folder, name);
  const commit = placeCommit(delivery, commits, held, name);
  const { undoes } = delivery;
  if (undoes !== null) verifyUndone({ ...delivery, undoes }, commit, { ...evidence, record }, name);
  if (delivery.landed === null || commit === null) return { findings, asked: [] };
  const then = [delivery.intendedIndex, delivery.index].flatMap((index) => evidence.domains.get(index) ?? []);
  const signed = verifyHead(delivery, commit, [...new Set([domain, ...then])], name);
  if (law !== null) verifyChanges(delivery, changesOf(delivery.landed.repo, commit, links), law, record, name);
  const principal = `${delivery.role}@${signed ?? domain}`;
  return { findings, asked: [{ commit, principal, at: delivery.at, name }] };
}

/**
 * Findings of landings and of records. If a landing's finding names an edited file, the finding that somebody edited
 * the file is left out: it says less.
 */
export function withRecords(landings: readonly Finding[], records: readonly Finding[]): Finding[] {
  const named = landings.map((one) => one.where);
  return [...landings, ...records.filter(({ where }) => !named.some((one) => `${one}/`.startsWith(`${where}/`)))];
}

type Proof = { readonly findings: readonly Finding[]; readonly asked: readonly Asked[] };

// Finds the folder of an order's record: the folder that the journal gives, else the folder on disk. If both are
// missing, gives the first guess.
async function findRecord(
  places: Places,
  standing: Standing | undefined,
  order: string,
  guess = recordFolder(places, { id: order, month: standing?.month ?? null }),
): Promise<string> {
  if (await isThere(guess)) return guess;
  for (const month of (await listFolder(places.orders)).reverse())
    if (await isThere(archiveFolder(places, order, month))) return archiveFolder(places, order, month);
  return guess;
}

// An order that was run again for reports has a folder for each of its earlier runs.
async function placeOfRun(folder: string, { claimed }: Delivery): Promise<string> {
  const own = runFolder(folder, claimed?.attempt ?? 0);
  return (await isThere(own)) ? own : folder;
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

// The journal's own lines about one delivery must be there, and tell one story.
function verifyLines(delivery: Delivery, name: Name): void {
  const { claimed, opened, judged, intended, landed, role, order } = delivery;
  const steps: Record<string, Entry | null> = { claimed, opened, judged, intended };
  if (landed !== null || intended?.commit != null) steps['landed'] = landed;
  const missing = Object.keys(steps).filter((step) => steps[step] === null);
  if (missing.length > 0) name('journal-incomplete', `the journal has no line of it that says ${missing.join(', ')}`);
  const odd: string[] = [];
  const run = claimed === null ? undefined : `${order}.${claimed.attempt}`;
  for (const entry of [claimed, opened, judged, intended, landed]) {
    if (entry !== null && entry.role !== role) odd.push(`${entry.step} by ${entry.role}`);
    if (entry !== null && run !== undefined && 'run' in entry && entry.run !== run)
      odd.push(`${entry.step} in the run ${entry.run}`);
  }
  if (landed !== null && intended !== null) {
    if (intended.commit !== landed.commit) odd.push(`intended ${intended.commit ?? 'no commit'}`);
    if (intended.repo !== landed.repo || intended.branch !== landed.branch)
      odd.push(`intended for ${intended.repo ?? ''} ${intended.branch ?? ''}`);
  }
  if (landed !== null && opened !== null && (opened.repo !== landed.repo || opened.branch !== landed.branch))
    odd.push(`opened on ${opened.repo ?? ''} ${opened.branch ?? ''}`);
  if (odd.length > 0) name('journal-incomplete', `the journal's lines about it do not fit: ${odd.join(', ')}`);
}

// Landed commits by id: those on branches are read already, the others are looked for in the target and in its mirror.
async function collectCommits(
  deliveries: readonly Delivery[],
  held: ReadonlyMap<string, Held>,
): Promise<Map<string, Commit>> {
  const out = new Map<string, Commit>();
  for (const [repo, { target, since }] of held) {
    for (const commit of since.commits) out.set(commit.id, commit);
    for (const gitDir of [target.commonDir, target.mirror]) {
      const wanted = deliveries.flatMap(({ landed }) =>
        landed?.repo === repo && out.get(landed.commit)?.differences == null ? landed.commit : [],
      );
      if (wanted.length === 0) break;
      for (const [id, commit] of await readCommits(gitDir, wanted, false)) out.set(id, commit);
    }
  }
  return out;
}

// Reads where the symbolic links of landed commits lead, by blob.
async function readLinks(
  deliveries: readonly Delivery[],
  commits: ReadonlyMap<string, Commit>,
  held: ReadonlyMap<string, Held>,
): Promise<Map<string, string>> {
  const out = new Map<string, string>();
  for (const [repo, { target }] of held) {
    const ids = deliveries
      .filter(({ landed }) => landed?.repo === repo)
      .flatMap(({ landed }) => commits.get(landed?.commit ?? '')?.differences ?? [])
      .flatMap((one) => (one.new?.mode === '120000' ? one.new.id : []));
    for (const gitDir of [target.commonDir, target.mirror]) {
      const wanted = [...new Set(ids)].filter((id) => !out.has(id));
      for (const object of wanted.length === 0 ? [] : await readMany(gitDir, wanted))
        if (object !== null) out.set(object.id, object.content.toString());
    }
  }
  return out;
}

// The commit of a landing, when it is there; that its branch no longer holds it is named.
function placeCommit(
  { landed }: Delivery,
  commits: ReadonlyMap<string, Commit>,
  held: ReadonlyMap<string, Held>,
  name: Name,
): Commit | null {
  if (landed === null) return null;
  const commit = commits.get(landed.commit);
  const place = held.get(landed.repo);
  const gone = place?.since.missing.includes(landed.branch) === true;
  if (!gone && place?.since.on.get(landed.branch)?.has(landed.commit) !== true)
    name('commit-left', `it landed on ${landed.branch}, which does not hold it`);
  if (commit !== undefined && commit.differences !== null) return commit;
  name('commit-missing', `the commit, or a part of it, is not in repos/${landed.repo}: it cannot be recomputed`);
  return null;
}
