// Why: the safest key is one that never enters a room. The agent speaks to this gateway with a dummy; the gateway puts
// the real key in on the way out.
// Promises: one upstream, named by fourline and never by the agent, and only requests of the model's API. No header
// that carries a key gets through. The gateway streams the upstream's answer as it comes. Should the upstream say the
// key back, the gateway takes it out of headers and body. Connections are counted.
// Never: writes a key anywhere; follows a redirect.
import { createServer, type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http';
import { request as secureRequest } from 'node:https';
import { pipeline, type Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { type Blotter, openBlotter, openGuard } from '../text/secret.ts';
import { type Listener, listen } from './listen.ts';
import { asksModel, type ModelApi } from './model-api.ts';
import { openWay, type Upstream } from './upstream.ts';

/**
 * The facts for a gateway: the model's base address, the header for the key, the key, and which requests may pass.
 * `authorization` goes out as `Bearer <key>`. `through` is a company's proxy; null or absent when there isn't one.
 */
export type GatewayPlan = {
  readonly upstream: string;
  readonly header: string;
  readonly key: string;
  readonly api: ModelApi;
  readonly through?: Upstream | null;
};

/**
 * Connections that a run may have to its gateway at once, and requests under way on them. An agent CLI needs a handful.
 */
export const gatewayLimits = { connections: 64, requests: 64 } as const;

/** Stands in an answer where the upstream said the key. */
const taken = '[redacted]';

// Headers that carry a key or another method, and those that hold for one connection alone (RFC 9110, 7.6.1).
const dropped = new Set([
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'cookie',
  'set-cookie',
  'host',
  'connection',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
// The body of an answer may change its length and is sent on as plain text.
const droppedBack = new Set([...dropped, 'content-length', 'content-encoding']);

/** Opens a gateway on a unix socket (its path), or on a port of 127.0.0.1 (0: any). Throws what listening throws. */
export async function openGateway(at: string | number, plan: GatewayPlan): Promise<Listener> {
  const { forms } = openGuard([{ name: 'key', value: plan.key }]);
  let under = 0;
  const server = createServer((incoming, outgoing) => {
    if (under >= gatewayLimits.requests) {
      refuse(outgoing, 503, 'too many requests at once');
      return;
    }
    under += 1;
    outgoing.once('close', () => {
      under -= 1;
    });
    forward(plan, forms, incoming, outgoing);
  });
  server.maxConnections = gatewayLimits.connections;
  return listen(server, at);
}

function refuse(outgoing: ServerResponse, status: number, reason: string): void {
  if (!outgoing.headersSent) outgoing.writeHead(status, { 'content-type': 'text/plain' });
  outgoing.end(`fourline: ${reason}\n`);
}

function forward(
  plan: GatewayPlan,
  forms: readonly string[],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const target = targetOf(plan.upstream, incoming.url ?? '/');
  if (target === null) {
    refuse(outgoing, 400, 'the gateway takes paths of its one upstream');
    return;
  }
  const method = incoming.method ?? '';
  if (!asksModel(plan.api, method, target.below)) {
    refuse(
      outgoing,
      403,
      `${method} is no request of the model's API at this path; the gateway passes nothing else on`,
    );
    return;
  }
  const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !dropped.has(name)));
  headers[plan.header] = plan.header === 'authorization' ? `Bearer ${plan.key}` : plan.key;
  // We cannot look for the key in a compressed answer.
  headers['accept-encoding'] = 'identity';
  const { url } = target;
  const send = url.protocol === 'http:' ? plainRequest : secureRequest;
  const way = url.protocol === 'http:' ? {} : openWay(plan.through ?? null, url);
  const onward = send(url, { method, headers, ...way }, (answer) => giveAnswerBack(answer, forms, outgoing));
  onward.on('error', () => refuse(outgoing, 502, 'the model does not answer'));
  outgoing.once('close', () => onward.destroy());
  incoming.pipe(onward);
}

function giveAnswerBack(answer: IncomingMessage, forms: readonly string[], outgoing: ServerResponse): void {
  const body = plainBody(answer);
  if (body === null) {
    answer.destroy();
    refuse(outgoing, 502, "the model's answer is compressed in a way that cannot be read");
    return;
  }
  const { whole } = openBlotter(forms, taken);
  const clean = (value: string | string[]): string | string[] =>
    Array.isArray(value) ? value.map(whole) : whole(value);
  const back = Object.entries(answer.headers).flatMap(([name, value]) =>
    droppedBack.has(name) || value === undefined || whole(name) !== name ? [] : [[name, clean(value)] as const],
  );
  outgoing.writeHead(answer.statusCode ?? 502, Object.fromEntries(back));
  outgoing.flushHeaders();
  pipeline(body, blot(openBlotter(forms, taken)), outgoing, () => undefined);
}

// As bytes: a body need not be text.
function blot(blotter: Blotter): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) =>
      done(null, Buffer.from(blotter.take(chunk.toString('latin1')), 'latin1')),
    flush: (done) => done(null, Buffer.from(blotter.rest(), 'latin1')),
  });
}

// A server may compress though nobody asked for it.
function plainBody(answer: IncomingMessage): Readable | null {
  const fails = (): undefined => undefined;
  switch ((answer.headers['content-encoding'] ?? 'identity').toLowerCase()) {
    case 'identity':
    case '':
      return answer;
    case 'gzip':
    case 'x-gzip':
      return pipeline(answer, createGunzip(), fails);
    case 'deflate':
      return pipeline(answer, createInflate(), fails);
    case 'br':
      return pipeline(answer, createBrotliDecompress(), fails);
    default:
      return null;
  }
}

// The agent may send a path and nothing else. A text that names a host, or climbs out of the upstream's own path, gives
// null. A query may steer Google's servers by names that begin with $ (cloud.google.com/apis/docs/system-parameters).
function targetOf(upstream: string, url: string): { url: URL; below: string } | null {
  if (!url.startsWith('/') || url.startsWith('//') || /[\\\s]|[?&](?:\$|%24)/i.test(url)) return null;
  const base = new URL(upstream);
  const prefix = base.pathname.replace(/\/$/, '');
  const target = new URL(`${base.origin}${prefix}${url}`);
  if (target.origin !== base.origin || !target.pathname.startsWith(`${prefix}/`)) return null;
  return { url: target, below: target.pathname.slice(prefix.length) };
}
