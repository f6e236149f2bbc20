// Why: while `fourline start` works, a collector hears of it, if one is named.
// Promises: a process of its own: the daemon waits for it only when all work is done, and then not for long. It ends by
// itself when the daemon is gone, however that died.
// Never: ends the daemon; starts where no collector is named.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Fourline } from '../api.ts';
import { messageOf } from '../platform/text/fault.ts';
import type { Invocation } from './invocation.ts';

/** Milliseconds after which a sidecar that was told to end is killed. It takes 5 seconds itself to send the rest. */
const endPatience = 20_000;

/** A sidecar, to be begun when the workspace is this process's. */
export type Sidecar = { readonly begin: () => void; readonly close: () => Promise<void> };

/** Prepares `fourline otel` beside this process, where settings or variables name a collector. */
export async function openSidecar(invocation: Invocation, fourline: Fourline): Promise<Sidecar> {
  // A mistake in it is no reason not to work.
  const isNamed = await fourline.telemetry().then(
    ({ traces, metrics }) => traces !== null || metrics !== null,
    (error: unknown) => {
      invocation.log.say(`otel: nothing is sent: ${messageOf(error)}`, 'bad');
      return false;
    },
  );
  let child: ReturnType<typeof begin> | null = null;
  const begin = () => {
    const [script = ''] = process.argv.slice(1);
    const talk = [...(invocation.quiet ? ['--quiet'] : []), ...(invocation.color ? [] : ['--no-color'])];
    const since = new Date().toISOString();
    const args = [...process.execArgv, script, '-C', fourline.root, ...talk, 'otel', '--beside', '--since', since];
    const started = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'inherit'] });
    started.on('error', (error) => invocation.log.say(`otel: could not be started: ${error.message}`, 'bad'));
    return { process: started, ended: once(started, 'close') };
  };
  return {
    begin: () => {
      if (isNamed) child = begin();
    },
    close: async () => {
      if (child === null) return;
      const { process: running, ended } = child;
      running.stdin.end();
      const kill = setTimeout(() => running.kill('SIGKILL'), endPatience);
      await ended.catch(() => undefined);
      clearTimeout(kill);
    },
  };
}
