// Why: `fourline status` says where everything stands: what runs, what waits and for what, what ended last.
// Promises: reads disk and journal, changes nothing; an id stands for one order and is listed once; an order that lies in an inbox and was not taken is shown with its reason.
// Never: needs a running shift.
import { readdir } from 'node:fs/promises';
import { admitOrder, idIsTaken } from '../admission.ts';
import { deskIsHeld, holderOf, lookAt, troublesOf } from '../desk.ts';
import { clockTime } from '../ground/clock.ts';
import { errnoOf, Fault, messageOf } from '../ground/fault.ts';
import { listFolder } from '../ground/files.ts';
import type { History, Standing } from '../ledger/fold.ts';
import { type Found, isForeign, lookOnce } from '../order/scan.ts';
import { planRuns, type Waiting } from '../scheduler.ts';
import { shortOfSpace } from '../steps/bounds.ts';
import { findWorkspace, type Workspace } from '../workspace.ts';
import { exitCodes, type Invocation, tableOf } from './invocation.ts';

type Row = { readonly id: string; readonly role: string; readonly state: string; readonly detail: string };
type Ready = Extract<Found, { kind: 'ready' }>;

const recent = 8;

/** Shows where everything stands. */
export async function runStatus(invocation: Invocation): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history, damaged } = await lookAt(root, invocation.log);
  const standings = [...history.orders.values()];
  const running = standings.filter((one) => one.position === 'claimed');
  const held = await deskIsHeld(workspace.places);
  const pid = held ? await holderOf(workspace.places) : null;
  const troubles = held ? await troublesOf(workspace.places) : [];
  const waiting = await waitingRows(workspace, history, running);
  const settled = standings
    .filter((one) => one.position === 'settled')
    .sort((a, b) => (a.changedAt < b.changedAt ? 1 : -1))
    .slice(0, recent);
  await workspace.close();
  const rows: Row[] = [
    ...running.map((one) => ({
      id: one.id,
      role: one.role,
      state: held ? 'running' : 'interrupted',
      detail: one.title,
    })),
    ...waiting,
    ...settled.map((one) => ({ id: one.id, role: one.role, state: one.outcome ?? '', detail: detailOf(one) })),
  ];
  const head = held
    ? `working since its start${pid === null ? '' : ` as process ${pid}`}`
    : 'nobody works this workspace: fourline start';
  const counts = `${running.length} running, ${waiting.length} waiting, ${standings.length - history.open.size} settled`;
  const next =
    waiting.length > 0 && !held
      ? 'fourline start'
      : settled[0] === undefined
        ? 'fourline order <role> "…", or drop a .md file into inbox/<role>/'
        : `fourline show ${settled[0].id}`;
  invocation.answer({ working: held, pid, running: running.map((one) => one.id), orders: rows, damaged, troubles }, [
    `${head}; ${counts}`,
    ...troubles,
    ...damaged.map((one) => `the journal's line ${one.line} cannot be read: ${one.reason}`),
    ...tableOf(rows.map((row) => [row.id, row.role, row.state, row.detail])),
    `next: ${next}`,
  ]);
  return exitCodes.ok;
}

function detailOf(standing: Standing): string {
  if (standing.outcome !== 'done') return standing.note;
  const commits = standing.landed.map((one) => one.commit.slice(0, 7)).join(' ');
  const refused = standing.refused.length > 0 ? `${standing.refused.length} refused` : '';
  return [clockTime(new Date(standing.changedAt)), commits, refused, standing.title].filter(Boolean).join('  ');
}

// Orders in inboxes, as the next look of a shift will find them.
async function waitingRows(workspace: Workspace, history: History, running: readonly Standing[]): Promise<Row[]> {
  const { orders } = history;
  const rows: Row[] = [];
  const waiting: Waiting[] = [];
  for (const role of await listFolder(workspace.places.inbox)) {
    if (role === 'operator' || role.startsWith('.')) continue;
    const names = await readdir(`${workspace.places.inbox}/${role}`).catch(() => []);
    for (const name of names.filter((one) => !isForeign(one)).sort()) {
      const id = name.replace(/\.md$/, '');
      const known = orders.get(id);
      // Its file may be on its way between inbox and run right now.
      if (known?.position === 'claimed') continue;
      const path = `inbox/${role}/${name}`;
      if (known !== undefined && (await idIsTaken(workspace, known, role))) {
        const detail = `there is an order ${id} already (${known.position})`;
        rows.push({ id: path, role, state: 'not taken', detail });
        continue;
      }
      const found = await lookOnce(`${workspace.places.root}/${path}`);
      if (found === null) continue;
      const one =
        found.kind === 'bad' ? (found.problems[0]?.message ?? '') : await ask(workspace, history, role, found);
      if (typeof one === 'string') rows.push({ id, role, state: 'not taken', detail: one });
      else waiting.push(one);
    }
  }
  const plan = planRuns({
    waiting,
    running: running.map((one) => ({ id: one.id, role: one.role, files: one.files, writes: true })),
    total: workspace.settings.runs,
    slots: (role) => workspace.cards.get(role)?.role.limits.runs ?? 1,
    outcomeOf: (id) => orders.get(id)?.outcome ?? null,
    closed: await shortOfSpace([workspace.places.rooms, workspace.places.state], workspace.settings.free),
  });
  const roleOf = new Map(waiting.map((one) => [one.id, one.role]));
  for (const one of plan.start) rows.push({ id: one.id, role: one.role, state: 'posted', detail: 'next' });
  for (const one of plan.held)
    rows.push({ id: one.id, role: roleOf.get(one.id) ?? '', state: 'posted', detail: one.reason });
  return rows;
}

// What the plan needs of an order that can be taken, or why it cannot. A repository that is broken is no reason to say nothing of the others.
async function ask(workspace: Workspace, history: History, role: string, found: Ready): Promise<Waiting | string> {
  const { settings } = found.order;
  const known = history.orders.get(found.stem);
  try {
    const admission = await admitOrder(workspace, history, {
      role,
      order: found.order,
      file: 'order',
      after: settings.after,
      parent: known?.parent ?? settings.parent ?? null,
    });
    if (!admission.ok) return admission.problems[0]?.message ?? '';
    return {
      id: found.stem,
      role,
      priority: settings.priority,
      postedAt: known?.postedAt ?? '~',
      after: settings.after,
      files: admission.files,
      writes: admission.boundary.lines.length > 0,
    };
  } catch (error) {
    if (error instanceof Fault || errnoOf(error) !== undefined) return messageOf(error);
    throw error;
  }
}
