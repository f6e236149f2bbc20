// Why: a page keeps one stream open, and hears of each step, and of a transcript that grows.
// Promises: a stream ends with its reader, and one that can't keep up is ended. Nothing is sent while nothing happens.
// Never: sends more than what a page needs to look again.
import { escapeJson } from '../platform/text/text.ts';
import type { Dash } from './answer.ts';
import type { Call, DashApp } from './http.ts';
import { queryNumber } from './twin-routes.ts';

/** How many events may lie unread before a stream ends; and the pause between two words of a transcript, in ms. */
const streamLimits = { unread: 1000, pause: 1000 } as const;

/** Adds the stream of steps: `after` is the line that the page shows, `order` the one whose transcript it shows. */
export function addStream(app: DashApp, dash: Dash): void {
  app.get('/events', (call) => {
    const last = call.req.header('last-event-id');
    const after = last !== undefined && /^\d+$/.test(last) ? Number(last) : (queryNumber(call, 'after') ?? 0);
    return streamSteps(dash, after, streamedOrder(call));
  });
}

function streamedOrder(call: Call): string | null {
  const order = call.req.query('order') ?? '';
  return order === '' ? null : order;
}

// Server-sent events. `step` has a line's number as its id: a browser that comes back says where it was.
function streamSteps(dash: Dash, after: number, order: string | null): Response {
  const encoder = new TextEncoder();
  const ended = new AbortController();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      const send = (lines: string): void => {
        if (ended.signal.aborted) return;
        controller.enqueue(encoder.encode(`${lines}\n\n`));
        if ((controller.desiredSize ?? 0) > -streamLimits.unread) return;
        ended.abort();
        controller.close();
      };
      send('retry: 3000');
      const leave = dash.live.listen(after, (step) => {
        if (typeof step === 'string') send(`event: ${step}\ndata: {}`);
        else send(`id: ${step.line}\nevent: step\ndata: ${escapeJson(JSON.stringify(step))}`);
      });
      ended.signal.addEventListener('abort', leave, { once: true });
      if (order !== null) void tellGrowth(dash, order, ended.signal, () => send('event: grown\ndata: {}'));
    },
    cancel: () => ended.abort(),
  });
  return new Response(body, { status: 200, headers: { 'content-type': 'text/event-stream' } });
}

// The first word comes at once: the transcript may have grown since the page was made.
async function tellGrowth({ fourline }: Dash, order: string, signal: AbortSignal, tell: () => void): Promise<void> {
  try {
    for await (const _ of fourline.followLog(order, { signal })) {
      tell();
      await new Promise((resolve) => setTimeout(resolve, streamLimits.pause));
    }
  } catch {
    // The order is gone, or the system tells of no changes: the steps are heard of all the same.
  }
}
