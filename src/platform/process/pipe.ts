// Why: objects go from one repository to another as a pack. If they went through this process, a kill would cut them
// off and leave half a pack in somebody's repository.
// Promises: the two programs hold the pipe between them alone; once they are started, both come to their own end.
// Never: buffers: a repository may be larger than memory.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { messageOf } from '../text/fault.ts';
import { begin } from './child.ts';
import type { Environment } from './process.ts';

/**
 * Runs two programs, the output of the first being the input of the second. Returns null when both ended well, else
 * what the failing one said.
 */
export async function pipeProcesses(
  first: readonly [string, ...string[]],
  second: readonly [string, ...string[]],
  options: { env: Environment; input: string },
): Promise<string | null> {
  // Groups of their own: what Ctrl-C sends to the terminal's group does not reach them.
  const own = { env: options.env, detached: true } as const;
  const from = begin(() => spawn(first[0], first.slice(1), { ...own, stdio: ['pipe', 'pipe', 'pipe'] }));
  if (from.pid === undefined) return once(from, 'error').then(([error]) => messageOf(error));
  const to = begin(() => spawn(second[0], second.slice(1), { ...own, stdio: [from.stdout, 'ignore', 'pipe'] }));
  // In the same breath, before a byte of it is read here.
  from.stdout.destroy();
  from.stdin.on('error', () => undefined).end(options.input);
  const [one, two] = await Promise.all([flawOf(from), flawOf(to)]);
  // Whose reader is gone has nothing of its own to say; where both failed, the reader's word is the cause.
  if (one === null || from.signalCode === 'SIGPIPE') return two;
  return two === null ? one : `${two.trimEnd()}\n${one}`;
}

async function flawOf(child: ChildProcess): Promise<string | null> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [status] = await once(child, 'close').catch((error: unknown) => [messageOf(error)]);
  return status === 0 ? null : said || `${child.spawnfile} failed (${status})`;
}
