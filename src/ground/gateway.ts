// Why: the safest key is one that never enters a room. Its agent speaks to this gateway with a dummy; the real key is put in on the way out.
// Promises: one upstream, named by fourline and never by the agent; of what the agent sends, no header that carries a key gets through; answers are streamed as they come.
// Never: writes a key anywhere; follows a redirect.
import { createServer, type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http';
import { request as secureRequest } from 'node:https';
import { type Listener, listen } from './listen.ts';

/** Where a gateway leads: the model's base address, the header its key stands in, and the key. `authorization` is sent as `Bearer <key>`. */
export type GatewayPlan = { readonly upstream: string; readonly header: string; readonly key: string };

// Headers that carry a key, and those that hold for one connection alone (RFC 9110, 7.6.1).
const dropped = new Set([
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'cookie',
  'set-cookie',
  'host',
  'connection',
  'proxy-connection',
  'proxy-authorization',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Opens a gateway on a unix socket (its path), or on a port of 127.0.0.1 (0: any). Throws what listening throws. */
export async function openGateway(at: string | number, plan: GatewayPlan): Promise<Listener> {
  return listen(
    createServer((incoming, outgoing) => forward(plan, incoming, outgoing)),
    at,
  );
}

function forward(plan: GatewayPlan, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const target = targetOf(plan.upstream, incoming.url ?? '/');
  if (target === null) {
    outgoing.writeHead(400, { 'content-type': 'text/plain' });
    outgoing.end('fourline: the gateway takes paths of its one upstream\n');
    return;
  }
  const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !dropped.has(name)));
  headers[plan.header] = plan.header === 'authorization' ? `Bearer ${plan.key}` : plan.key;
  const send = target.protocol === 'http:' ? plainRequest : secureRequest;
  const onward = send(target, { method: incoming.method, headers }, (answer) => {
    const back = Object.entries(answer.headers).filter(([name]) => !dropped.has(name));
    outgoing.writeHead(answer.statusCode ?? 502, Object.fromEntries(back));
    answer.pipe(outgoing);
    answer.on('error', () => outgoing.destroy());
  });
  onward.on('error', () => {
    if (!outgoing.headersSent) outgoing.writeHead(502, { 'content-type': 'text/plain' });
    outgoing.end('fourline: the model does not answer\n');
  });
  outgoing.once('close', () => onward.destroy());
  incoming.pipe(onward);
}

// The agent says a path and nothing else: what names a host, or climbs out of the upstream's own path, is none.
function targetOf(upstream: string, url: string): URL | null {
  if (!url.startsWith('/') || url.startsWith('//') || /[\\\s]/.test(url)) return null;
  const base = new URL(upstream);
  const prefix = base.pathname.replace(/\/$/, '');
  const target = new URL(`${base.origin}${prefix}${url}`);
  return target.origin === base.origin && target.pathname.startsWith(`${prefix}/`) ? target : null;
}
