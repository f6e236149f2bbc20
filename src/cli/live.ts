// Why: while agents work, `start` shows how far each is, and what it said before stays readable above.
// Promises: on a terminal one row a run stands below all lines, painted anew each second and when something is new. A
// line is written whole between two paintings. When it closes, the rows are gone. Elsewhere a run has a plain line now
// and then.
// Never: hides the cursor or leaves another mode on, so that a killed process leaves a usable terminal. It counts no
// rows upwards: a terminal that was made narrower has wrapped them.
import type { WorkEvent } from '../api.ts';
import type { Host } from '../platform/process/host.ts';
import { isLineDue, type LiveRun, liveRows } from './run-line.ts';
import { type Log, paint, progressLine } from './talk.ts';
import { obeysSequences } from './terminal.ts';

/** The part of `start` that shows runs. */
export type LiveRuns = {
  /** Hears how far a run is. */
  readonly hear: (event: WorkEvent) => void;
  /** Lets somebody else write whole lines. */
  readonly aside: (write: () => void) => void;
  readonly close: () => void;
};

type LiveStream = {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly write: (text: string) => unknown;
  readonly on: (event: 'resize', hear: () => void) => unknown;
  readonly off: (event: 'resize', hear: () => void) => unknown;
};

type LiveOptions = {
  readonly env: Host['env'];
  readonly quiet: boolean;
  readonly color: boolean;
  readonly log: Log;
};

/** Milliseconds between paintings while nothing happens: a row counts seconds. */
const paintTime = 1000;

/** Opens the live rows of a stream; plain lines where it is no terminal. */
export function showRuns(stream: LiveStream, options: LiveOptions): LiveRuns {
  return obeysSequences(stream, options) ? paintRuns(stream, options) : tellRuns(options);
}

function tellRuns({ log }: LiveOptions): LiveRuns {
  const last = new Map<string, number>();
  return {
    hear: (event) => {
      const { progress } = event;
      if (progress === undefined) return;
      const now = Date.parse(event.at);
      if (progress.ended) last.delete(progress.run);
      if (!isLineDue(progress, last.get(progress.run) ?? null, now)) return;
      last.set(progress.run, now);
      const { text, tone } = progressLine(event);
      log.say(text, tone);
    },
    aside: (write) => write(),
    close: () => undefined,
  };
}

// The cursor waits at the beginning of the first row: whatever the terminal did to the rows meanwhile, they and nothing
// else are from there to the end of the screen.
function paintRuns(stream: LiveStream, { color }: LiveOptions): LiveRuns {
  const runs = new Map<string, LiveRun>();
  let timer: NodeJS.Timeout | null = null;
  let shown = false;
  const clear = (): void => {
    if (shown) stream.write('\r\u001b[J');
    shown = false;
  };
  const draw = (): void => {
    const size = { width: stream.columns || 80, height: stream.rows || 24, now: Date.now() };
    const rows = liveRows([...runs.values()], size).map((row) => paint(row, 'dim', color));
    if (rows.length === 0) {
      clear();
      return;
    }
    const up = rows.length === 1 ? '' : `\u001b[${rows.length - 1}A`;
    // Without wrapping (DECAWM): a sign that is wider than we think makes no row of its own.
    stream.write(`\r\u001b[?7l${rows.join('\u001b[K\r\n')}\u001b[J\u001b[?7h${up}\r`);
    shown = true;
  };
  const stopClock = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };
  stream.on('resize', draw);
  return {
    hear: ({ role = '', order = '', progress }) => {
      if (progress === undefined) return;
      if (progress.ended) runs.delete(progress.run);
      else runs.set(progress.run, { role, order, progress });
      if (runs.size === 0) stopClock();
      else timer ??= setInterval(draw, paintTime);
      draw();
    },
    aside: (write) => {
      clear();
      write();
      draw();
    },
    close: () => {
      stopClock();
      stream.off('resize', draw);
      runs.clear();
      clear();
    },
  };
}
