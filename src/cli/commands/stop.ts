// Why: `fourline stop` ends the shift from another terminal.
// Promises: signals only the process that holds the workspace's lock, as it noted itself; returns when the lock is free.
// Never: ends an agent directly; the shift does.
import { watch } from 'node:fs';
import { type Places, placesOf } from '../../places.ts';
import { Fault } from '../../platform/text/fault.ts';
import { deskIsHeld, holderOf } from '../../workspace/holder.ts';
import { findWorkspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Stops the running shift; `now` hands back what runs. Exit 1 when there is none. */
export async function runStop(invocation: Invocation, options: { now: boolean }): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const places = placesOf(root, '', '');
  const pid = (await deskIsHeld(places)) ? await holderOf(places) : null;
  if (pid === null) {
    invocation.answer({ stopped: false }, ['nobody works this workspace']);
    return exitCodes.no;
  }
  if (!signal(pid, 'SIGTERM'))
    throw new Fault('stop-refused', `process ${pid} may not be signalled`, {
      hint: 'stop it as the user who started it',
    });
  // A second signal of another kind: two of the same would be taken for one.
  if (options.now) signal(pid, 'SIGINT');
  invocation.log.say(
    `asked process ${pid} to stop${options.now ? ' now' : '; it lets what runs end (fourline stop --now does not wait for that)'}`,
  );
  await freed(places);
  invocation.answer({ stopped: true, pid }, ['stopped']);
  return exitCodes.ok;
}

function signal(pid: number, kind: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, kind);
  } catch {
    return false;
  }
}

// The state folder changes when the shift leaves (it removes its note); then the lock is asked.
async function freed(places: Places): Promise<void> {
  for (;;) {
    const changed = new Promise<void>((resolve) => {
      const watcher = watch(places.state, () => done());
      const timer = setTimeout(() => done(), 500);
      const done = (): void => {
        clearTimeout(timer);
        watcher.close();
        resolve();
      };
    });
    await changed;
    if (!(await deskIsHeld(places))) return;
  }
}
