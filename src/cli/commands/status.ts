// Why: `fourline status` says where everything stands: what runs, what waits and for what, what ended last.
// Promises: the API's look, as lines.
// Never: needs a running daemon.
import { type FlowRun, type Overview, openFourline } from '../../api.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** Shows where everything stands. */
export async function runStatus(invocation: Invocation): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  const look = await fourline.look();
  const runs = await fourline.flows.runs();
  const { working, pid, running, plan, orders, settled } = look;
  const head = working
    ? `working since its start${pid === null ? '' : ` as process ${pid}`}`
    : 'nobody works this workspace: fourline start';
  invocation.answer(look, [
    `${head}; ${running.length} running, ${countWaiting(plan)} waiting, ${settled} settled`,
    ...look.troubles,
    ...look.setups,
    ...runs.flatMap(heldSteps),
    ...look.damaged.map((one) => `the journal's line ${one.line} cannot be read: ${one.reason}`),
    ...tableOf(orders.map((row) => [row.id, row.role, row.state, row.detail])),
    `next: ${nextCommand(look)}`,
  ]);
  return exitCodes.ok;
}

// The steps of a flow that wait for a person.
function heldSteps({ run, steps, doubts }: FlowRun): string[] {
  const words = (state: string): string => (state === 'yours' ? 'waits for you' : 'is stuck');
  const held = steps
    .filter(({ state }) => state === 'yours' || state === 'stuck')
    .map(({ step, state }) => `the flow ${run}: ${step} ${words(state)}  → fourline flow show ${run}`);
  return [...doubts.map((words) => `the flow ${run}: ${words}`), ...held];
}

function countWaiting({ start, held, untaken, parked }: Overview['plan']): number {
  return start.length + held.length + untaken.length + parked.length;
}

function nextCommand({ working, orders, plan }: Overview): string {
  // If all waiting orders wait for a person, work would change nothing.
  const canWork = plan.start.length + plan.held.length + plan.untaken.length > 0;
  const asked = canWork ? undefined : orders.find((one) => one.next !== '');
  if (asked !== undefined) return asked.next;
  if (!working && countWaiting(plan) > 0) return 'fourline start';
  const settled = orders.find((one) => one.settled);
  return settled === undefined
    ? 'fourline order <role> "…", or drop a .md file into inbox/<role>/'
    : `fourline show ${settled.id}`;
}
