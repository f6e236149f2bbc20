// Why: `fourline pause` holds a role's orders, and `fourline resume` lets them start again.
// Promises: says what goes on all the same, and how to undo it.
// Never: ends a run.
import { openFourline, type RolePause } from '../../api.ts';
import { countOf } from '../../platform/text/text.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Pauses a role, or lets it work again. */
export async function runPause(invocation: Invocation, role: string, pauses: boolean): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  const said = await (pauses ? fourline.pause(role) : fourline.resume(role));
  invocation.answer(said, [pauseLine(said)]);
  return exitCodes.ok;
}

function pauseLine({ role, paused, changed, running }: RolePause): string {
  if (!paused) return changed ? `${role} works again; undo: fourline pause ${role}` : `${role} is not paused`;
  const rest = running.length === 0 ? '' : `; ${countOf(running.length, 'run')} of it ends as it would`;
  return `${role} is paused${changed ? '' : ' already'}${rest}; undo: fourline resume ${role}`;
}
