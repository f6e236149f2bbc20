// Why: `fourline status` says where everything stands: what runs, what waits and for what, what ended last.
// Promises: reads disk and journal, changes nothing; an id stands for one order and is listed once; an order that lies in an inbox and was not taken is shown with its reason.
// Never: needs a running shift.

import { tellRemotes } from '../../daemon/errands.ts';
import { fileTroubles } from '../../daemon/news.ts';
import { lookAhead } from '../../daemon/preview.ts';
import { tellBehind } from '../../landing/behind.ts';
import { tellLag } from '../../ledger/publish.ts';
import type { Standing } from '../../ledger/standing.ts';
import { waitWords } from '../../ledger/story.ts';
import { clockTime } from '../../platform/text/clock.ts';
import { escapeText } from '../../platform/text/text.ts';
import { activeFolder } from '../../record/path.ts';
import { heldUpIn } from '../../runs/held-up.ts';
import { deskIsHeld, holderOf, troublesOf } from '../../workspace/holder.ts';
import { lookAt } from '../../workspace/look.ts';
import { findWorkspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';
import { lookAtSetups, setupLines } from './layers.ts';

type Row = { readonly id: string; readonly role: string; readonly state: string; readonly detail: string };

const recent = 8;

/** Shows where everything stands. */
export async function runStatus(invocation: Invocation): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history, entries, damaged } = await lookAt(root, invocation.log);
  const standings = [...history.orders.values()];
  const running = standings.filter((one) => one.position === 'claimed');
  const held = await deskIsHeld(workspace.places);
  const heldUp = new Map<string, string>();
  for (const { id } of running) {
    const words = held ? await heldUpIn(activeFolder(workspace.places, id)) : null;
    if (words !== null) heldUp.set(id, words);
  }
  const pid = held ? await holderOf(workspace.places) : null;
  const lag = await tellLag(workspace.places, entries, held ? workspace.clock.now() : null);
  const troubles = [
    ...(held ? await troublesOf(workspace.places) : fileTroubles(workspace, true)),
    ...(lag === null ? [] : [lag]),
    ...(await tellBehind(workspace.places)),
    ...(await tellRemotes(workspace)),
  ];
  const { start, held: holds, parked, untaken } = await lookAhead(workspace, history);
  const waiting: Row[] = [
    ...untaken.map(({ id, role, reason }) => ({ id, role, state: 'not taken', detail: reason })),
    ...start.map(({ id, role }) => ({ id, role, state: 'posted', detail: 'next' })),
    ...holds.map(({ id, order, reason }) => ({ id, role: order.role, state: 'posted', detail: reason })),
    ...parked.map((one) => ({ id: one.id, role: one.role, state: 'waits', detail: waitsDetail(one) })),
  ];
  const settled = standings
    .filter((one) => one.position === 'settled')
    .sort((a, b) => (a.changedAt < b.changedAt ? 1 : -1))
    .slice(0, recent);
  const setups = await lookAtSetups(workspace);
  await workspace.close();
  const rows: Row[] = [
    ...running.map((one) => ({
      id: one.id,
      role: one.role,
      state: held ? 'running' : 'interrupted',
      detail: heldUp.get(one.id) ?? one.title,
    })),
    ...waiting,
    ...settled.map((one) => ({ id: one.id, role: one.role, state: one.outcome ?? '', detail: detailOf(one) })),
  ];
  const head = held
    ? `working since its start${pid === null ? '' : ` as process ${pid}`}`
    : 'nobody works this workspace: fourline start';
  const counts = `${running.length} running, ${waiting.length} waiting, ${standings.length - history.open.size} settled`;
  // Where all that waits waits for a person, work would change nothing.
  const asked =
    start.length + holds.length + untaken.length === 0 ? parked.find((one) => hintFor(one) !== '') : undefined;
  const next =
    asked !== undefined
      ? hintFor(asked)
      : waiting.length > 0 && !held
        ? 'fourline start'
        : settled[0] === undefined
          ? 'fourline order <role> "…", or drop a .md file into inbox/<role>/'
          : `fourline show ${settled[0].id}`;
  const ids = running.map((one) => one.id);
  invocation.answer({ working: held, pid, running: ids, orders: rows, damaged, troubles, ...setups }, [
    `${head}; ${counts}`,
    ...troubles,
    ...setupLines(setups, workspace.clock.now().getTime()),
    ...damaged.map((one) => `the journal's line ${one.line} cannot be read: ${one.reason}`),
    ...tableOf(rows.map((row) => [row.id, row.role, row.state, row.detail])),
    `next: ${next}`,
  ]);
  return exitCodes.ok;
}

// For what it waits, and what a person can do about it.
function waitsDetail(standing: Standing): string {
  const hint = hintFor(standing);
  return standing.waits === null ? '' : `${waitWords(standing.waits)}${hint === '' ? '' : `  → ${hint}`}`;
}

function hintFor({ id, waits, pull }: Standing): string {
  if (waits === null) return '';
  const number = /^\d+/.exec(id)?.[0] ?? id;
  return {
    order: '',
    children: '',
    review: '',
    pr: pull === null ? '' : `merge or close ${escapeText(pull.url)}`,
    blocker: `fourline retry ${number}`,
    answer: `fourline answer ${number} "…"`,
    approval: `fourline show ${number} --diff, fourline approve ${number}`,
  }[waits.on];
}

function detailOf(standing: Standing): string {
  if (standing.outcome !== 'done') return standing.note;
  const commits = standing.landed.map((one) => one.commit.slice(0, 7)).join(' ');
  const refused = standing.refused.length > 0 ? `${standing.refused.length} refused` : '';
  return [clockTime(new Date(standing.changedAt)), commits, refused, standing.title].filter(Boolean).join('  ');
}
