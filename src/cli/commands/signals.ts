// Why: `fourline signals` shows who leaves the job: the five signs, counted per role and over time, each with what it
// rests on.
// Promises: every count is made of the signals that are listed below it.
// Never: changes anything.
import { openFourline, type Signal, type SignalCount, type Signals, signalNames, signalWords } from '../../api.ts';
import { countOf, escapeText } from '../../platform/text/text.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** How many signals are printed, and how many lines of evidence each; --json has all. */
const shownSignals = 40;
const shownEvidence = 6;

/**
 * Shows the signals of all roles, or one. Exit 1 when there is one. Throws Fault `role-unknown`, `order-unknown`,
 * `usage`.
 */
export async function runSignals(
  invocation: Invocation,
  name: string | undefined,
  options: { readonly since?: string | undefined } = {},
): Promise<number> {
  const answer = await (await openFourline(invocation.directory, invocation)).signals({ ...options, role: name });
  const { signals: found, counts, rules } = answer;
  invocation.answer(answer, [
    ...tableOf([['SIGNAL', 'ROLE', '7 DAYS', 'BEFORE', 'LAST', 'RULE', ''], ...signalsRows(counts, rules)], [2, 3]),
    ...found.slice(0, shownSignals).flatMap(showSignal),
    ...(found.length > 0 ? [''] : []),
    ...(found.length > shownSignals ? [`and ${found.length - shownSignals} more: --json has all`] : []),
    ...signalClosing(found, name),
  ]);
  return found.length > 0 ? exitCodes.no : exitCodes.ok;
}

// Each kind has a line, even if it never occurred.
function signalsRows(counts: readonly SignalCount[], rules: Signals['rules']): string[][] {
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

function signalClosing(found: readonly Signal[], name: string | undefined): string[] {
  if (found.length === 0) return ['no signals', `next: fourline audit --verify${name === undefined ? '' : ` ${name}`}`];
  const order = found.find((one) => one.order !== null)?.order ?? null;
  return [
    `${countOf(found.length, 'signal')}; what is done about each: signals: in fourline.yaml (note, tell, fire)`,
    `next: ${order === null ? 'fourline audit' : `fourline why ${order}, fourline show ${order}`}`,
  ];
}
