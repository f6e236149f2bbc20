// Why: an event is posted to an address that the operator chose.
// Promises: takes the way that the operator's programs take, through a company's proxy; each try has a time limit and
// the tries are few. No answer of this module holds the address.
// Never: follows a redirect; speaks TLS with a partner that it can't check; keeps an answer's body.
import { type ClientRequest, request as plainRequest, type RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { plainHost } from '../platform/net/host.ts';
import { goesThrough, openThrough, openWay, type Upstream } from '../platform/net/upstream.ts';
import { errnoOf, isReason, type Reason } from '../platform/text/fault.ts';
import { hideAddresses } from '../platform/text/text.ts';
import type { WebhookBody } from './body.ts';
import { plainLine } from './notification.ts';

/**
 * How often an event is posted, and the milliseconds before the second try; each later one waits four times as long.
 */
const webhookTries = { most: 3, wait: 500 } as const;

/** The most milliseconds that an answer's Retry-After is heeded for. */
const longestWait = 30_000;

/** Where and how a webhook is told. `signal` ends it. */
export type WebhookPlan = {
  readonly url: string;
  readonly body: WebhookBody;
  readonly seconds: number;
  readonly through: Upstream | null;
  readonly signal: AbortSignal;
};

// One try: null where the event was taken; `again` says that another try may help, and after how many milliseconds.
type Tried = { readonly reason: Reason; readonly again: number | false };

/** Posts an event, again where that may help. Returns null, or why it was not taken. */
export async function postEvent(plan: WebhookPlan): Promise<Reason | null> {
  let reason: Reason = '';
  for (let tried = 1, wait: number = webhookTries.wait; tried <= webhookTries.most; tried += 1, wait *= 4) {
    const found = await postOnce(plan).catch((error: unknown): Tried => ({ reason: sayError(error), again: 0 }));
    if (found === null) return null;
    reason = found.reason;
    if (found.again === false || plan.signal.aborted) return reason;
    if (tried < webhookTries.most)
      await pause(Math.max(found.again, wait), undefined, { signal: plan.signal }).catch(() => undefined);
  }
  return `${reason}; it was tried ${webhookTries.most} times`;
}

function postOnce({ url, body, seconds, through, signal }: WebhookPlan): Promise<Tried | null> {
  const target = new URL(url);
  const secure = target.protocol === 'https:';
  const data = Buffer.from(body.text);
  const headers = { ...body.headers, 'content-length': `${data.length}`, 'user-agent': 'fourline' };
  return new Promise((done, failed) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
    const way = secure ? openWay(through, target) : openPlainWay(through, target);
    // An agent would pass over the way through a proxy.
    const direct = 'createConnection' in way ? {} : { agent: false };
    const options: RequestOptions = { method: 'POST', headers, signal: limit, ...direct, ...way };
    const sent: ClientRequest = (secure ? secureRequest : plainRequest)(target, options, (answer) => {
      const status = answer.statusCode ?? 0;
      const after = Number(answer.headers['retry-after'] ?? 0);
      answer.destroy();
      done(judgeStatus(status, Number.isFinite(after) ? Math.min(after * 1000, longestWait) : 0));
    });
    sent.on('error', (error) => {
      if (signal.aborted) done({ reason: 'fourline stopped before it had answered', again: false });
      else if (limit.aborted) done({ reason: `it did not answer within ${seconds} seconds`, again: 0 });
      else failed(error);
    });
    sent.end(data);
  });
}

function judgeStatus(status: number, after: number): Tried | null {
  if (status >= 200 && status < 300) return null;
  const reason = `it answered with status ${status}`;
  return { reason, again: status === 408 || status === 429 || status >= 500 ? after : false };
}

// To an address without TLS the proxy opens a tunnel as well.
function openPlainWay(through: Upstream | null, url: URL): Pick<RequestOptions, 'createConnection'> {
  const host = plainHost(url.hostname.replace(/^\[|\]$/g, ''));
  const target = { host, port: url.port === '' ? 80 : Number(url.port) };
  if (through === null || !goesThrough(through, target)) return {};
  return {
    createConnection: (_options, done) => {
      void openThrough(through, target).then((opened) => {
        if (isReason(opened)) done(new Error(opened), opened as never);
        else {
          done(null, opened satisfies Socket);
          // It came paused; by then the request listens.
          setImmediate(() => opened.resume());
        }
      });
      return undefined;
    },
  };
}

// The words of the system may hold the address, or the answer of a proxy.
function sayError(error: unknown): Reason {
  const code = errnoOf(error);
  const words = error instanceof Error ? error.message : '';
  return plainLine(hideAddresses(words || code || 'it cannot be reached'), 200);
}
