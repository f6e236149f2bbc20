// Why: a run of a flow begins with its values; before that, its orders can be looked at.
// Promises: nothing is posted of a flow that has a problem. A time begins one run, whoever asks.
// Never: gives a run a value that would change more than the text of its line.
import { composeOrder, type FlowValues, sampleValues, unbound } from '../flow/compose.ts';
import { type Flow, parseFlow } from '../flow/flow.ts';
import { type Take, valueFlaw } from '../flow/keys.ts';
import { slugOf } from '../order/identity.ts';
import { Fault } from '../platform/text/fault.ts';
import type { Problem } from '../platform/text/problem.ts';
import { escapeText } from '../platform/text/text.ts';
import { advanceRun, type FlowRun } from './flow-advance.ts';
import { handedPath, type KeptRun, keepRun, readFlow, readOpenRuns } from './flow-files.ts';
import { withFlows } from './flow-hand.ts';
import { listRunNames } from './flow-runs.ts';
import type { FlowDraft } from './flow-words.ts';
import { checkText } from './post.ts';
import { makeRole } from './roles.ts';
import type { Site } from './site.ts';
import { listTemplates } from './templates.ts';

type GoodFlow = { readonly name: string; readonly flow: Flow; readonly source: string; readonly file: string };

async function readGood({ root }: Site, name: string): Promise<GoodFlow | FlowDraft> {
  const { text, file } = await readFlow(root, name);
  const reading = parseFlow(text);
  if (reading.ok) return { name, flow: reading.flow, source: text, file };
  return { orders: [], problems: reading.problems, missing: [], file, source: text };
}

/** Writes the orders of a run, and posts none. Throws Fault `flow-unknown`, `flow-value`. */
export async function draftRun(site: Site, name: string, given: FlowValues): Promise<FlowDraft> {
  const read = await readGood(site, name);
  return 'problems' in read ? read : draftGood(site, read, given);
}

function draftGood(site: Site, { name, flow, source, file }: GoodFlow, given: FlowValues): Promise<FlowDraft> {
  const values = { ...sampleValues(flow), ...fillValues(flow.takes, given), item: 'item', run: `${name}-1` };
  return withFlows(site, async (look) => {
    const orders: { step: string; to: string; text: string | null }[] = [];
    const problems: Problem[] = [];
    const missing = new Set<string>();
    for (const step of flow.steps) {
      const to = step.to.text;
      const made = to === 'operator' ? null : composeOrder(step, values, unbound);
      if (made?.ok === false) problems.push(...made.problems);
      if (made === null || made.ok) orders.push({ step: step.name, to, text: made?.text ?? null });
      if (made?.ok !== true) continue;
      if (!look.workspace.cards.has(to)) missing.add(to);
      else if (step.each === null) {
        const checked = await checkText(look, to, made.text);
        const { line, column } = step.to;
        if (!checked.ok) problems.push(...checked.problems.map((one) => ({ ...one, line, column })));
      }
    }
    return { orders, problems, missing: [...missing], file, source };
  });
}

/** The values of a run, with those that hold where nobody gives one. Throws Fault `flow-value`. */
function fillValues(takes: readonly Take[], given: FlowValues): FlowValues {
  const hint = takes.length === 0 ? 'it takes no values' : `give ${takes.map(({ name }) => `${name}='…'`).join(' ')}`;
  for (const [name, value] of Object.entries(given)) {
    if (!takes.some((one) => one.name === name))
      throw new Fault('flow-value', `the flow takes no value '${escapeText(name)}'`, { hint });
    const flaw = valueFlaw(value);
    if (flaw !== null)
      throw new Fault('flow-value', `the value of ${name} cannot be taken: ${flaw}`, {
        hint: 'a value is one line of plain text',
      });
  }
  return Object.fromEntries(
    takes.map(({ name, otherwise }) => {
      const value = Object.hasOwn(given, name) ? (given[name] ?? null) : otherwise;
      if (value === null) throw new Fault('flow-value', `there is no value for ${name}`, { hint });
      return [name, value];
    }),
  );
}

/** A run that was begun, or the draft that says why it was not. */
export type Begun = { readonly ok: true; readonly begun: FlowRun } | { readonly ok: false; readonly draft: FlowDraft };

/**
 * The cause of a run: a person, a time, or a file with its stamp. With `roles`, a role without a card gets one from the
 * template of its name, for this run.
 */
export type Cause =
  | { readonly by: 'hand'; readonly roles?: boolean }
  | { readonly by: 'cron'; readonly due: Date }
  | { readonly by: 'file'; readonly from: string; readonly stamp: string };

/**
 * Begins a run and posts its first steps. Throws Fault `flow-unknown`, `flow-value`, and `flow-exists` where the run of
 * that time has begun.
 */
export async function beginRun(site: Site, name: string, given: FlowValues, cause: Cause): Promise<Begun> {
  const read = await readGood(site, name);
  if ('problems' in read) return { ok: false, draft: read };
  const draft = await draftGood(site, read, given);
  const templates = cause.by === 'hand' && cause.roles === true ? await listTemplates() : [];
  const roles = draft.missing.filter((role) => templates.includes(role));
  if (draft.problems.length > 0 || roles.length < draft.missing.length) return { ok: false, draft };
  const values = fillValues(read.flow.takes, given);
  const at = new Date().toISOString();
  const { by } = cause;
  for (let number = await nextRunNumber(site.root, name); ; number += 1) {
    const run = cause.by === 'cron' ? `${name}-${stampOfTime(cause.due)}` : `${name}-${number}`;
    const file = cause.by === 'file' ? { ...cause, to: handedPath(run, handedName(cause.from)) } : null;
    const kept: KeptRun = { run, steps: [], flow: name, at, source: read.source, values, by, file };
    if (await keepRun(site.root, kept)) {
      for (const role of roles) await makeRole(site, role, { from: role, for: run });
      return { ok: true, begun: await advanceRun(site, run) };
    }
    if (cause.by === 'cron')
      throw new Fault('flow-exists', `${run} has begun already`, { hint: `fourline flow show ${run}` });
  }
}

async function nextRunNumber(root: string, name: string): Promise<number> {
  const numbers = (await listRunNames(root)).map((run) =>
    run.startsWith(`${name}-`) && /^\d+$/.test(run.slice(name.length + 1)) ? Number(run.slice(name.length + 1)) : 0,
  );
  return Math.max(0, ...numbers) + 1;
}

// By the clock of this machine. One hour of a year comes twice there: its second time has a mark.
function stampOfTime(due: Date): string {
  const two = (number: number): string => `${number}`.padStart(2, '0');
  const [year, month, date] = [due.getFullYear(), due.getMonth(), due.getDate()];
  const [hour, minute] = [due.getHours(), due.getMinutes()];
  const first = new Date(year, month, date, hour, minute).getTime();
  const again = due.getTime() - first >= 60_000 ? '-again' : '';
  return `${year}${two(month + 1)}${two(date)}-${two(hour)}${two(minute)}${again}`;
}

function handedName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const end = /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1] ?? 'txt';
  return `${slugOf(name.replace(/\.[^.]*$/, ''))}.${end}`;
}

/** The run of a flow that a time began and that still goes on; null where there is none. */
export async function goesOn({ root }: Site, name: string): Promise<string | null> {
  const open = await readOpenRuns(root);
  return open.find((kept) => kept.flow === name && kept.by === 'cron')?.run ?? null;
}
