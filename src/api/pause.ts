// Why: a person holds a role for a while: its agent goes wrong, or somebody is at work on what it writes.
// Promises: works with and without a running daemon, and answers when it is in the journal: it outlives every restart.
// A run under way goes on to its end.
// Never: edits a card.
import { setTimeout as pause } from 'node:timers/promises';
import { isRequested, leaveRequest, takeRequests } from '../daemon/requests.ts';
import { openSession } from '../daemon/session.ts';
import { placesOf } from '../places.ts';
import { Fault } from '../platform/text/fault.ts';
import { isHeld } from '../workspace/holder.ts';
import { type Site, withLook } from './site.ts';

/** How a role stands now. `changed` is false where it stood so before. */
export type RolePause = {
  readonly role: string;
  readonly paused: boolean;
  readonly changed: boolean;
  /** The runs of the role that go on, by their orders' ids. */
  readonly running: readonly string[];
};

/** Milliseconds between two looks whether the request was carried out. */
const requestPause = 100;

/** Holds all orders of a role, or lets them start again. Throws Fault `role-unknown`. */
export async function setPaused(site: Site, role: string, paused: boolean): Promise<RolePause> {
  const before = await readPause(site, role);
  if (before.paused === paused) return before;
  const places = placesOf(site.root, '', '');
  const request = await leaveRequest(places, paused ? 'pause' : 'resume', role);
  for (;;) {
    if (!(await isHeld(places))) await carryRequests(site);
    if (!(await isRequested(request))) return { ...(await readPause(site, role)), changed: true };
    await pause(requestPause);
  }
}

function readPause(site: Site, role: string): Promise<RolePause> {
  return withLook(site, ({ workspace, history }) => {
    const paused = history.holds.paused.has(role);
    if (!paused && !workspace.cards.has(role))
      throw new Fault('role-unknown', `there is no role '${role}'`, {
        hint: `the roles are ${[...workspace.cards.keys()].join(', ') || 'none yet'}`,
      });
    const open = [...history.open].flatMap((id) => history.orders.get(id) ?? []);
    const running = open.filter((one) => one.position === 'claimed' && one.role === role).map(({ id }) => id);
    return { role, paused, changed: false, running };
  });
}

// Nobody works there: this process takes the session, unless another one just did.
async function carryRequests({ root, tell, host }: Site): Promise<void> {
  const session = await openSession(root, tell, host);
  if (session === null) return;
  try {
    await takeRequests(session, () => null);
  } finally {
    await session.close();
  }
}
