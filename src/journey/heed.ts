// Why: a sign that a role leaves its job helps most while somebody can still act on it. So fourline tells it at once,
// and takes the order away if the settings ask for that.
// Promises: the operator is told once of each order and signal. An order that is taken away lands nothing, keeps what
// it did, and ends as refused.
// Never: finds anything by itself (audit/), or does anything while every rule is `note`.

import { gatherStrays, readLetters, signalsOfEntries } from '../audit/evidence.ts';
import type { History } from '../ledger/history.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { readHistory } from '../ledger/read-history.ts';
import { signalNames } from '../ledger/signal-names.ts';
import { ownWords } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';
import { claimOrder } from '../record/inbox.ts';
import { postNotice } from '../record/post.ts';
import { type Judged, refusedOf } from '../record/work.ts';
import { isRouting, type Signal, signalEntry, signalRun } from '../signals/signal.ts';
import { settleWaiting } from '../waiting/settle.ts';
import type { Session } from '../workspace/workspace.ts';
import { decide } from './decide.ts';

/** Tells of what came since the last daemon began, and hands back the session with an ear for what comes now. */
export async function hearSignals(session: Session): Promise<Session> {
  const { workspace, ledger } = session;
  if (Object.values(workspace.settings.signals).every((rule) => rule === 'note')) return session;
  await sweepNotices(session).catch((error: unknown) =>
    workspace.tell({ kind: 'trouble', detail: `signals could not be looked for: ${ownWords(error)}`, weight: 'bad' }),
  );
  const record: Ledger['record'] = (...steps) =>
    ledger.whole(async () => {
      const at = workspace.clock.now().toISOString();
      const found = steps.flatMap((step) => signalEntry(ledger.history, { ...step, v: 1, at }));
      await ledger.record(...steps);
      for (const one of found) await raise(session, [one]);
    });
  return { workspace, ledger: { ...ledger, record } };
}

// Work without an order has no time of an order to go by. So this looks at all of it, and tells it once.
async function sweepNotices(session: Session): Promise<void> {
  const { workspace } = session;
  const { places, settings } = workspace;
  const { history, steps, late, close } = await readHistory(places);
  const since = late.entries.filter((one) => one.step === 'started').at(-2)?.at ?? '';
  const found = await signalsOfEntries(places, { past: late.past(), entries: late.entries, history }, since);
  if (settings.signals.silent !== 'note') found.push(...(await gatherStrays(workspace, history, await steps.all())));
  close();
  const groups = Map.groupBy(found, (one) => `${one.signal} ${one.about}`);
  for (const group of groups.values()) await raise(session, group);
}

/** Looks at a judged run. Answers why its order is taken away, null when it is not. */
export async function heedSignals(session: Session, judged: Judged): Promise<string | null> {
  const { workspace, ledger } = session;
  const { artefact, scope, silent, 'missed-rejection': missed } = workspace.settings.signals;
  if (artefact === 'note' && scope === 'note' && missed === 'note' && silent !== 'fire') return null;
  const at = workspace.clock.now().toISOString();
  const routing = isRouting(judged.card.role);
  const letters = routing ? await readLetters(judged.folder) : [];
  const { id: order, run, role, verdicts } = judged;
  for (const one of signalRun({ order, run, role, at }, routing, refusedOf(verdicts), letters))
    await raise(session, [one]);
  // A signal that is told after the landing comes too late to take anything away.
  if (silent === 'fire' && ledger.history.orders.get(order)?.tries.quiet === true && landsSomething(judged)) {
    const sentence = 'it would land changes, left no report and said nothing';
    const evidence = [...judged.allowedFiles, ...judged.stateOut.map((one) => one.path)];
    await raise(session, [{ signal: 'silent', role, order, run, at, sentence, evidence, about: order, key: order }]);
  }
  // A run that was stopped goes back first; its order is taken away where it waits.
  return judged.stopped ? null : firedBy(ledger.history, order);
}

function landsSomething(judged: Judged): boolean {
  return decide(judged).kind === 'land' && (judged.commit !== null || judged.stateOut.length > 0);
}

/** Settles a posted order that a signal takes away, as refused. Gives false when no signal does. */
export async function takeAway(session: Session, id: string): Promise<boolean> {
  const { workspace, ledger } = session;
  const standing = ledger.history.orders.get(id);
  const why = firedBy(ledger.history, id);
  if (standing === undefined || why === null) return false;
  await claimOrder(workspace.places, standing.role, id);
  await settleWaiting(session, standing, why, 'refused');
  return true;
}

/** Why an order is taken away, as the journal has it, so that it still is after a crash; null when it is not. */
export function firedBy(history: History, id: string): string | null {
  for (const signal of signalNames) {
    const told = history.signalled.get(`${signal} ${id}`);
    if (told?.rule === 'fire') return `taken away, signal ${signal}: ${told.sentence}`;
  }
  return null;
}

// Raises all findings of one signal about one thing. A signal that was told already is told again only if it takes the
// order away now.
async function raise(session: Session, signals: readonly Signal[]): Promise<void> {
  const { workspace, ledger } = session;
  const [first] = signals;
  if (first === undefined) return;
  const { signal, role, order, about } = first;
  const rule = workspace.settings.signals[signal];
  const standing = ledger.history.orders.get(order ?? '');
  const fire = rule === 'fire' && standing !== undefined && standing.position !== 'settled';
  const fresh = signals.filter((one) => !ledger.history.signalled.has(`${signal} ${one.key}`));
  const fired = order !== null && firedBy(ledger.history, order) !== null;
  if (rule === 'note' || (fresh.length === 0 && (!fire || fired))) return;
  const told = fresh.length > 0 ? fresh : signals;
  const name = `${about.replace(/[^\w.-]+/g, '-')}.${signal}`;
  try {
    await postNotice(workspace.places, name, composeNotice(told, fire));
  } catch (error) {
    workspace.tell({
      kind: 'fault',
      role,
      ...(order === null ? {} : { order }),
      detail: `the operator could not be told: ${ownWords(error)}`,
      weight: 'bad',
    });
    if (!fire) return;
  }
  const more = told.length > 1 ? ` (and ${told.length - 1} more)` : '';
  await ledger.record({
    step: 'signalled',
    signal,
    rule: fire ? 'fire' : 'tell',
    role,
    ...(order === null ? {} : { order }),
    about: told.map((one) => one.key),
    sentence: `${told[0]?.sentence ?? ''}${more}`,
  });
  const words = `${signal}: ${escapeText(first.sentence)}${more}  → inbox/operator/${name}.notice.md`;
  workspace.tell({ kind: 'signal', role, ...(order === null ? { about } : { order }), detail: words, weight: 'bad' });
}

/** How many lines of evidence a notice quotes; the command has all. */
const quotedLimit = 40;

function composeNotice(told: readonly Signal[], fire: boolean): string {
  const [{ signal, about, role, order }] = told as readonly [Signal];
  const lines = told.flatMap((one) => one.evidence);
  return [
    `# ${escapeText(about)}: signal ${signal}`,
    '',
    ...told
      .slice(0, quotedLimit)
      .map((one) =>
        escapeText(`${one.role}: ${one.sentence}${one.run === null ? '' : `, run ${one.run}`} (${one.at})`),
      ),
    '',
    ...lines.slice(0, quotedLimit).map((line) => `> ${escapeText(line)}`),
    ...(lines.length > quotedLimit ? [`> and ${lines.length - quotedLimit} more`] : []),
    '',
    ...(fire ? ['The order is taken away: nothing of this lands, what was done is kept in its record.'] : []),
    `More: fourline signals ${role === 'nobody' ? '' : role}${order === null ? '' : `, fourline show ${order}`}`.replace(
      ' ,',
      ',',
    ),
    '',
  ].join('\n');
}
