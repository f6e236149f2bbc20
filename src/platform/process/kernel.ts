// Why: what node can't ask of the kernel, a program of ours asks for it (`call-table.ts`). Sandboxes are opened by it.
// Promises: the program is opened once, for the life of this process, and is used by its descriptor alone: nobody can
// tidy it away. The run's arguments are read from a descriptor, so that no command line shows them.
// Never: leaves a file behind.
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Fault, machineFails, messageOf } from '../text/fault.ts';
import { isMachine, type Machine } from './call.ts';
import { buildCaller, buildTable, explainFailure, type KernelCall } from './call-table.ts';
import { runProcess } from './process.ts';
import { makeTemporary } from './remains.ts';

let opened: Promise<string> | undefined;

/**
 * The path of the program that makes kernel calls, for children of this process. Throws Fault `caller-unstartable`
 * where no program of ours can be started, and on a machine that it isn't written for.
 */
export function openCaller(): Promise<string> {
  opened ??= findCaller().catch((reason: unknown) => {
    opened = undefined;
    throw reason;
  });
  return opened;
}

// A folder for the time being may be closed to programs (noexec, mount(8)).
async function findCaller(): Promise<string> {
  const machine = process.arch;
  if (process.platform !== 'linux' || !isMachine(machine))
    throw new Fault('caller-unstartable', `there are no kernel calls for ${process.platform} on ${machine}`);
  const folders = [tmpdir(), '/dev/shm', '/var/tmp'];
  const flaws: string[] = [];
  for (const folder of folders) {
    const answer = await tryCaller(machine, folder);
    if (typeof answer === 'number') return descriptorPath(answer);
    flaws.push(answer.flaw);
  }
  throw new Fault(
    'caller-unstartable',
    `no program of ours can be started from ${folders.join(', ')} (mounted noexec?): ${flaws[0]}`,
    {
      hint: 'point TMPDIR at a folder that is not mounted noexec',
    },
  );
}

function descriptorPath(descriptor: number): string {
  return `/proc/${process.pid}/fd/${descriptor}`;
}

// Writes the program there and runs it with nothing to do. Gives its descriptor, or why it does not start.
async function tryCaller(machine: Machine, folder: string): Promise<number | { flaw: string }> {
  try {
    const place = await makeTemporary('caller', folder);
    const descriptor = writeCaller(machine, `${place}/caller`);
    await rm(place, { recursive: true, force: true });
    const flaw = await runTable(descriptorPath(descriptor), machine, []).then(
      ({ status }) => (status === 0 ? null : `it ends with ${status}`),
      messageOf,
    );
    if (flaw === null) return descriptor;
    closeSync(descriptor);
    return { flaw };
  } catch (error) {
    if (machineFails(error)) throw error;
    return { flaw: messageOf(error) };
  }
}

// In one turn, so no child that starts meanwhile has the file open for writing (ETXTBSY, execve(2)).
function writeCaller(machine: Machine, path: string): number {
  writeFileSync(path, buildCaller(machine), { mode: 0o700 });
  return openSync(path, 'r');
}

async function runTable(path: string, machine: Machine, steps: readonly KernelCall[]) {
  return runProcess([path, '0'], { env: {}, input: buildTable(machine, steps), timeout: 60_000 });
}

/**
 * Makes kernel calls in a process of their own. Returns what they wrote to descriptor 1, and `flaw`: null if all went
 * well, else what failed and why. Throws as `openCaller` does.
 */
export async function callKernel(steps: readonly KernelCall[]): Promise<{ said: Buffer; flaw: string | null }> {
  const path = await openCaller();
  const { status, stdout, stderr } = await runTable(path, process.arch as Machine, steps);
  return { said: stdout, flaw: status === 0 ? null : (explainFailure(stderr, status) ?? `it ends with ${status}`) };
}
