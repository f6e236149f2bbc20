// Why: `fourline signals` shows who leaves the job: the five signs, counted per role and over time, each with what it rests on.
// Promises: every count is made of the signs that are listed below it; nothing is believed that journal, records and commits do not show.
// Never: changes anything.
import { gatherSignals } from '../../audit/evidence.ts';
import { type Entry, type SignalName, signalNames } from '../../ledger/entry.ts';
import { Fault } from '../../platform/text/fault.ts';
import { countOf, escapeText } from '../../platform/text/text.ts';
import { type Signal, signalWords } from '../../signals/signal.ts';
import { lookAt } from '../../workspace/look.ts';
import type { Rule } from '../../workspace/settings.ts';
import { findWorkspace, type Workspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';
import { timeOf } from '../since.ts';

/** How long ago a signal counts as of late, in milliseconds. */
const lately = 7 * 24 * 3_600_000;
/** How many signals are printed, and how many lines of what each rests on; --json has all. */
const shownSignals = 40;
const shownEvidence = 6;

type Count = {
  readonly signal: SignalName;
  readonly role: string;
  readonly recent: number;
  readonly before: number;
  readonly last: string;
};

/** Shows the signals of all roles, or one. `since` is what `timeOf` reads. Exit 1 when there is one. Throws Fault `role-unknown`, `order-unknown`, `usage`. */
export async function runSignals(
  invocation: Invocation,
  name: string | undefined,
  options: { readonly since?: string | undefined } = {},
): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history, entries } = await lookAt(root, invocation.log);
  try {
    if (name !== undefined) requireRole(workspace, entries, name);
    const since = options.since === undefined ? '' : timeOf(history, options.since, workspace.clock.now());
    const all = await gatherSignals(workspace, history, entries, since);
    const found = all.filter((one) => name === undefined || one.role === name);
    const counts = countSignals(found, new Date(workspace.clock.now().getTime() - lately).toISOString());
    const rules = workspace.settings.signals;
    invocation.answer({ since: since || null, rules, counts, signals: found }, [
      ...tableOf([['SIGNAL', 'ROLE', '7 DAYS', 'BEFORE', 'LAST', 'RULE', ''], ...rowsOf(counts, rules)], [2, 3]),
      ...found.slice(0, shownSignals).flatMap(showSignal),
      ...(found.length > 0 ? [''] : []),
      ...(found.length > shownSignals ? [`and ${found.length - shownSignals} more: --json has all`] : []),
      ...lastLines(found, name),
    ]);
    return found.length > 0 ? exitCodes.no : exitCodes.ok;
  } finally {
    await workspace.close();
  }
}

// Roles that were one, and those that signals are of besides.
function requireRole(workspace: Workspace, entries: readonly Entry[], name: string): void {
  const known = ['operator', 'nobody', ...workspace.cards.keys()];
  if (known.includes(name) || entries.some((one) => one.step === 'amended' && one.role === name)) return;
  throw new Fault('role-unknown', `there is no role '${name}'`, { hint: `signals are of ${known.join(', ')}` });
}

function countSignals(found: readonly Signal[], edge: string): Count[] {
  const groups = Map.groupBy(found, (one) => `${signalNames.indexOf(one.signal)} ${one.role}`);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, [first, ...others]]) => {
      if (first === undefined) return [];
      const recent = [first, ...others].filter((one) => one.at >= edge).length;
      const { signal, role, at } = first;
      return [{ signal, role, recent, before: others.length + 1 - recent, last: at }];
    });
}

// Each signal has a line, also the one that there is none of.
function rowsOf(counts: readonly Count[], rules: Readonly<Record<SignalName, Rule>>): string[][] {
  return signalNames.flatMap((signal) => {
    const own = counts.filter((one) => one.signal === signal);
    if (own.length === 0) return [[signal, '-', '0', '0', '', rules[signal], signalWords[signal]]];
    return own.map((one, index) => [
      index === 0 ? signal : '',
      one.role,
      `${one.recent}`,
      `${one.before}`,
      one.last.slice(0, 10),
      index === 0 ? rules[signal] : '',
      index === 0 ? signalWords[signal] : '',
    ]);
  });
}

function showSignal({ signal, role, order, run, at, sentence, evidence }: Signal): string[] {
  const more = evidence.length - shownEvidence;
  const when = `${at.slice(0, 10)} ${at.slice(11, 16)}`;
  return [
    '',
    `${signal}  ${escapeText([role, run ?? order ?? '', when].filter(Boolean).join('  '))}  ${escapeText(sentence)}`,
    ...evidence.slice(0, shownEvidence).map((line) => `  ${escapeText(line)}`),
    ...(more > 0 ? [`  and ${more} more: --json has all`] : []),
  ];
}

function lastLines(found: readonly Signal[], name: string | undefined): string[] {
  if (found.length === 0) return ['no signals', `next: fourline audit --verify${name === undefined ? '' : ` ${name}`}`];
  const order = found.find((one) => one.order !== null)?.order ?? null;
  return [
    `${countOf(found.length, 'signal')}; what is done about each: signals: in fourline.yaml (note, tell, fire)`,
    `next: ${order === null ? 'fourline audit' : `fourline why ${order}, fourline show ${order}`}`,
  ];
}
