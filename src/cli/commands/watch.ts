// Why: `fourline status --watch` is the window that people keep open: what needs them, with the keys to answer it.
// Promises: it is drawn anew when the journal has a new line or a file comes, and every half minute. The terminal is
// given back as it was, however it ends. It acts as the commands do, through the API.
// Never: does anything without a terminal.
import { setTimeout } from 'node:timers/promises';
import { type Fourline, openFourline } from '../../api.ts';
import { Fault, messageOf } from '../../platform/text/fault.ts';
import { exitCodes, type Invocation } from '../invocation.ts';
import {
  type Deed,
  drawScreen,
  freshScreen,
  ordersInSight,
  pressKey,
  type ScreenLook,
  type ScreenState,
} from '../screen.ts';

/** Milliseconds between drawings while nothing happens: times on the screen are minutes. */
const redrawTime = 30_000;
/** Milliseconds in which steps that come burstTime are drawn once. */
const burstTime = 150;

/** Watches until the person leaves. Throws Fault `usage` without a terminal. */
export async function runWatch(invocation: Invocation): Promise<number> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY || invocation.json)
    throw new Fault('usage', 'status --watch needs a terminal', {
      hint: 'fourline log -f tells each step as a line, with --json as JSON',
    });
  const fourline = await openFourline(invocation.directory, invocation);
  const ending = new AbortController();
  const screen = openScreen(fourline, await lookWithGates(fourline), invocation);
  stdin.setRawMode(true);
  stdin.resume();
  // The alternate screen, without a cursor (xterm's control sequences).
  stdout.write('\u001b[?1049h\u001b[?25l');
  const onData = (chunk: Buffer): void => {
    for (const key of keysIn(chunk.toString())) screen.press(key, ending);
  };
  try {
    stdin.on('data', onData);
    stdout.on('resize', screen.draw);
    screen.draw();
    void keepDrawn(screen, ending.signal);
    void hearFiles(fourline, screen, ending.signal);
    await hearSteps(fourline, screen, ending.signal);
    return exitCodes.ok;
  } finally {
    ending.abort();
    stdin.off('data', onData);
    stdout.off('resize', screen.draw);
    stdin.setRawMode(false);
    stdin.pause();
    stdout.write('\u001b[?25h\u001b[?1049l');
  }
}

type WatchedScreen = {
  readonly draw: () => void;
  readonly look: () => Promise<void>;
  readonly line: () => number;
  readonly press: (key: string, ending: AbortController) => void;
};

async function lookWithGates(fourline: Fourline): Promise<ScreenLook> {
  const [look, gates] = await Promise.all([fourline.look(), fourline.flows.gates()]);
  return { ...look, gates };
}

function openScreen(fourline: Fourline, first: ScreenLook, { paint }: Invocation): WatchedScreen {
  let seen = first;
  let state: ScreenState = { ...freshScreen, chosen: ordersInSight(first)[0]?.id ?? null };
  const draw = (): void => {
    const { columns, rows: lines } = process.stdout;
    const [width, height] = [columns || 80, lines || 24];
    const now = new Date().toTimeString().slice(0, 5);
    const rows = drawScreen(seen, state, { width, height, now }).map(({ text, tone }) => paint(text, tone));
    // Each row is cleared before it is written: behind a full one the cursor is still on its last sign. Without
    // wrapping (DECAWM): a sign that is wider than we think makes no row of its own.
    process.stdout.write(`\u001b[H\u001b[?7l${rows.map((row) => `\u001b[K${row}`).join('\r\n')}\u001b[?7h`);
  };
  const look = async (): Promise<void> => {
    seen = await lookWithGates(fourline);
    // The chosen order may be gone from sight.
    const orders = ordersInSight(seen);
    if (!orders.some((one) => one.id === state.chosen)) state = { ...state, chosen: orders[0]?.id ?? null };
    draw();
  };
  const act = async (deed: Deed): Promise<void> => {
    state = { ...state, said: '…' };
    draw();
    state = await doDeed(fourline, deed, state).catch((error: unknown) => ({ ...state, said: messageOf(error) }));
    await look();
  };
  return {
    draw,
    look,
    line: () => seen.line,
    press: (key, ending) => {
      const { state: next, deed } = pressKey(state, key, seen, Math.max(process.stdout.rows - 2, 1));
      state = next;
      if (deed?.kind === 'quit') ending.abort();
      else if (deed !== null) void act(deed);
      draw();
    },
  };
}

async function doDeed(fourline: Fourline, deed: Deed, state: ScreenState): Promise<ScreenState> {
  switch (deed.kind) {
    case 'quit':
      return state;
    case 'read': {
      const lines = (await textFor(fourline, deed)).split('\n');
      return { ...state, said: '', reading: { title: `${deed.id} ${deed.what}`, lines, top: 0 } };
    }
    case 'cancel':
      await fourline.say(deed.id, { kind: 'cancel' });
      return { ...state, said: `${deed.id} is cancelled; undo: fourline retry ${deed.id}` };
    case 'retry':
      await fourline.say(deed.id, { kind: 'retry', text: '' });
      return { ...state, said: `${deed.id} is ordered again` };
    case 'approve':
      await fourline.say(deed.id, { kind: 'approve', text: '' });
      return { ...state, said: `${deed.id} is approved` };
    case 'reject':
    case 'answer':
      await fourline.say(deed.id, { kind: deed.kind, text: deed.text });
      return { ...state, said: `${deed.id} is ${deed.kind === 'answer' ? 'answered' : 'rejected'}` };
  }
}

async function textFor(fourline: Fourline, { what, id }: Extract<Deed, { kind: 'read' }>): Promise<string> {
  if (what === 'log') return (await fourline.order(id, { log: 'turns' })).log?.text ?? 'it printed nothing';
  if (what === 'diff') {
    const { patches } = await fourline.order(id, { patches: true });
    const { landed, refused } = patches ?? {};
    const parts = [landed?.text, refused?.text === null ? null : `refused:\n\n${refused?.text ?? ''}`];
    return parts.filter((one) => one !== null && one !== undefined && one !== '').join('\n') || 'it changed nothing';
  }
  const { text, report, outcome, position, role } = await fourline.order(id);
  return [`${id}  ${role}  ${outcome ?? position}`, '', text ?? 'its text is gone', '', report ?? ''].join('\n');
}

// Looks again when the journal has new lines, until the person leaves.
async function hearSteps(fourline: Fourline, screen: WatchedScreen, signal: AbortSignal): Promise<void> {
  const steps = fourline.follow(screen.line(), { signal });
  let due = false;
  for (let next = await steps.next(); next.done !== true; next = await steps.next()) {
    if (due) continue;
    due = true;
    void setTimeout(burstTime)
      .then(() => {
        due = false;
        return signal.aborted ? undefined : screen.look();
      })
      .catch(() => undefined);
  }
}

async function hearFiles(fourline: Fourline, screen: WatchedScreen, signal: AbortSignal): Promise<void> {
  for await (const _ of fourline.attend(signal)) await screen.look().catch(() => undefined);
}

async function keepDrawn(screen: WatchedScreen, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await setTimeout(redrawTime, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await screen.look().catch(() => undefined);
  }
}

// A chunk may hold several keys; a sequence of a special key is one.
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys begin with one
const sequence = /\u001b\[[0-9;]*[A-Za-z~]|\u001bO[A-Z]|[\s\S]/gu;

function keysIn(chunk: string): string[] {
  return chunk.match(sequence) ?? [];
}
