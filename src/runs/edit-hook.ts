// Why: an agent that hears 'not yours' before an edit can still change its plan. If it hears it at the end, it has
// wasted its work.
// Promises: the answer is the gate's own, by the run's own law, while the run lasts. The hook doesn't refuse paths that
// the gate would skip: scratch, fourline's own files, paths outside the room.
// Never: decides what lands: whether an agent asks or not, the gate judges at the end.
import { open as openFolder, realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { posix } from 'node:path';
import { composeRefusal } from '../agent/brief.ts';
import { judgePath } from '../gate/gate.ts';
import { listen } from '../platform/net/listen.ts';
import { messageOf } from '../platform/text/fault.ts';
import { shellWord } from '../platform/text/text.ts';
import { lawOf, type Opened } from '../record/work.ts';
import { furniture } from '../room/furnish.ts';
import { inside, type Readable } from '../sandbox/bubblewrap.ts';
import type { Answer, HookQuestion } from '../sandbox/inside/hook.ts';
import { insideProgram } from '../sandbox/inside-program.ts';
import { bringRuntime } from '../sandbox/machine.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { seenFrom } from './start.ts';
import { ignoredBy } from './survey-room.ts';

/**
 * The way for a run's agent to ask before it edits: the hook's command line as the agent starts it (null if it cannot
 * reach out), and the host files that it needs.
 */
export type EditHook = {
  readonly command: string | null;
  readonly readable: readonly Readable[];
  /** Why the agent may not change a path, as the agent sees the path; null when it may. */
  readonly refusalOf: (path: string) => Promise<string | null>;
  readonly close: () => Promise<void>;
};

/**
 * How many may ask at once, how often in one run, how long a question may be in characters, and within how many
 * milliseconds it must arrive.
 */
export const editHookLimits = { lines: 8, questions: 20_000, length: 64 * 1024, patience: 20_000 } as const;

/** Opens the socket on which an opened order's agent may ask. If that fails, only the gate speaks, at the end. */
export async function openEditHook(workspace: Workspace, opened: Opened): Promise<EditHook> {
  const { kind } = workspace.sandboxing;
  const refusalOf = await asking(workspace, opened);
  const mute: EditHook = { command: null, readable: [], refusalOf, close: () => Promise.resolve() };
  // Behind Seatbelt an agent can reach no socket outside.
  if (kind === 'seatbelt') return mute;
  const { place } = opened.room;
  const program = await insideProgram('hook');
  const hook = `${inside.hook}${program.extension}`;
  const words =
    kind === 'bubblewrap'
      ? [(await bringRuntime()).path, '--no-warnings', hook, inside.gate]
      : [process.execPath, '--no-warnings', program.path, `${place}/gate`];
  // The name of a socket may be 107 bytes long; through its folder's descriptor it is short.
  const folder = process.platform === 'linux' ? await openFolder(place, 'r') : null;
  const name = folder === null ? `${place}/gate` : `/proc/self/fd/${folder.fd}/gate`;
  try {
    const close = await serve(name, refusalOf);
    return {
      command: words.map(shellWord).join(' '),
      readable: [
        { from: `${place}/gate`, to: inside.gate },
        { from: program.path, to: hook },
      ],
      refusalOf,
      close: async () => {
        await close();
        await folder?.close();
      },
    };
  } catch (error) {
    await folder?.close();
    workspace.tell({
      kind: 'no edit hook',
      role: opened.role,
      order: opened.id,
      detail: messageOf(error),
      weight: 'bad',
    });
    return mute;
  }
}

async function asking(workspace: Workspace, opened: Opened): Promise<EditHook['refusalOf']> {
  const { room, start } = seenFrom(workspace, opened);
  const roots = [room, ...(workspace.sandboxing.kind === 'none' ? [await realpath(room)] : [])];
  const law = lawOf(opened);
  const parts = { repo: opened.admitted.repo, order: opened.order, boundary: opened.admitted.boundary };
  let ignored: ((path: string) => Promise<boolean>) | null = null;
  return async (asked) => {
    const full = posix.resolve(start, asked);
    const root = roots.find((one) => full.startsWith(`${one}/`));
    if (root === undefined) return null;
    const path = full.slice(root.length + 1);
    if (furniture.has(path.split('/')[0] ?? '')) return null;
    const verdict = judgePath(path, law);
    if (verdict.decision === 'allow') return null;
    ignored ??= ignoredBy(opened);
    return (await ignored(path)) ? null : composeRefusal(parts, asked, verdict.sentence);
  };
}

async function answerEdit(question: string, refusalOf: EditHook['refusalOf']): Promise<Answer> {
  for (const path of readEdit(question).paths) {
    const refusal = await refusalOf(path);
    if (refusal !== null) return { refusal };
  }
  return { refusal: null };
}

function readEdit(line: string): HookQuestion {
  const { paths } = JSON.parse(line) as { paths: unknown };
  return { paths: Array.isArray(paths) ? paths.filter((one) => typeof one === 'string').slice(0, 100) : [] };
}

// Each connection may ask one question. Anything that isn't a question gets no answer; nor does an agent that asks too
// often.
async function serve(name: string, refusalOf: EditHook['refusalOf']): Promise<() => Promise<void>> {
  let asked = 0;
  const server = createServer((socket) => {
    asked += 1;
    let said = '';
    socket.setTimeout(editHookLimits.patience, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    if (asked > editHookLimits.questions) socket.destroy();
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const end = said.indexOf('\n');
      if (end < 0 && said.length <= editHookLimits.length) return;
      socket.removeAllListeners('data');
      if (end < 0) socket.destroy();
      else
        answerEdit(said.slice(0, end), refusalOf).then(
          (given) => socket.end(`${JSON.stringify(given)}\n`),
          () => socket.destroy(),
        );
    });
  });
  server.maxConnections = editHookLimits.lines;
  return (await listen(server, name)).close;
}
