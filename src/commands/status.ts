// Why: `fourline status` says where everything stands: what runs, what waits and for what, what ended last.
// Promises: reads disk and journal, changes nothing; an order that lies in an inbox and was not taken is shown with its reason.
// Never: needs a running shift.
import { readdir } from 'node:fs/promises';
import { admitOrder } from '../admission.ts';
import { deskIsHeld, holderOf, lookAt } from '../desk.ts';
import { clockTime } from '../ground/clock.ts';
import { listFolder } from '../ground/files.ts';
import type { Standing } from '../ledger/fold.ts';
import { isForeign, lookOnce } from '../order/scan.ts';
import { planRuns, type Waiting } from '../scheduler.ts';
import { findWorkspace, type Workspace } from '../workspace.ts';
import { exitCodes, type Invocation, tableOf } from './invocation.ts';

type Row = { readonly id: string; readonly role: string; readonly state: string; readonly detail: string };

const recent = 8;

/** Shows where everything stands. */
export async function runStatus(invocation: Invocation): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history, damaged } = await lookAt(root, invocation.log);
  const standings = [...history.orders.values()];
  const running = standings.filter((one) => one.position === 'claimed');
  const held = await deskIsHeld(workspace.places);
  const pid = held ? await holderOf(workspace.places) : null;
  const waiting = await waitingRows(workspace, history.orders, running);
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
  invocation.answer({ working: held, pid, running: running.map((one) => one.id), orders: rows, damaged }, [
    `${head}; ${counts}`,
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
async function waitingRows(
  workspace: Workspace,
  orders: ReadonlyMap<string, Standing>,
  running: readonly Standing[],
): Promise<Row[]> {
  const rows: Row[] = [];
  const waiting: Waiting[] = [];
  const history = { orders } as Parameters<typeof admitOrder>[1];
  for (const role of await listFolder(workspace.places.inbox)) {
    if (role === 'operator' || role.startsWith('.')) continue;
    for (const name of await readdir(`${workspace.places.inbox}/${role}`).catch(() => [])) {
      if (isForeign(name)) continue;
      const id = name.replace(/\.md$/, '');
      const found = await lookOnce(`${workspace.places.inbox}/${role}/${name}`);
      if (found === null) continue;
      if (found.kind === 'bad') {
        rows.push({ id, role, state: 'not taken', detail: found.problems[0]?.message ?? '' });
        continue;
      }
      const { settings } = found.order;
      const parent = orders.get(id)?.parent ?? settings.parent ?? null;
      const admission = await admitOrder(workspace, history, {
        role,
        order: found.order,
        file: 'order',
        after: settings.after,
        parent,
      });
      if (!admission.ok) rows.push({ id, role, state: 'not taken', detail: admission.problems[0]?.message ?? '' });
      else
        waiting.push({
          id,
          role,
          priority: settings.priority,
          postedAt: orders.get(id)?.postedAt ?? '~',
          after: settings.after,
          files: admission.files,
          writes: admission.boundary.lines.length > 0,
        });
    }
  }
  const plan = planRuns({
    waiting,
    running: running.map((one) => ({ id: one.id, role: one.role, files: one.files, writes: true })),
    total: workspace.settings.runs,
    slots: (role) => workspace.cards.get(role)?.role.limits.runs ?? 1,
    outcomeOf: (id) => orders.get(id)?.outcome ?? null,
  });
  const roleOf = new Map(waiting.map((one) => [one.id, one.role]));
  for (const one of plan.start) rows.push({ id: one.id, role: one.role, state: 'posted', detail: 'next' });
  for (const one of plan.held)
    rows.push({ id: one.id, role: roleOf.get(one.id) ?? '', state: 'posted', detail: one.reason });
  return rows;
}
