// Why: the dashboard's routes answer requests of the web's own kind; this brings them from node's server and back. hono
// lives here alone.
// Promises: listens on 127.0.0.1 and nowhere else. A body has a bound; an answer that is streamed ends when its reader
// leaves.
// Never: knows what is asked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Context, Hono } from 'hono';
import { type Listener, listen } from '../platform/net/listen.ts';
import { errnoOf, Fault } from '../platform/text/fault.ts';

/** The largest body that is read, in bytes; and how many connections there may be at once. */
const httpLimits = { body: 1024 * 1024, connections: 200 } as const;

/** The routes of a dashboard. */
export type DashApp = Hono;
/** One request, and the ways to answer it. */
export type Call = Context;

/** No routes yet. */
export function openApp(): DashApp {
  return new Hono();
}

/**
 * Serves routes on a port of 127.0.0.1 (0: any). `routesFor` is called once, with the address. Throws Fault `dash-port`
 * where the port can't be had.
 */
export async function serveApp(port: number, routesFor: (authority: string) => DashApp): Promise<Listener> {
  let app: DashApp | null = null;
  const server = createServer((request, response) => {
    if (app === null) response.writeHead(503).end();
    else void sendAnswer(app, request, response).catch(() => response.destroy());
  });
  server.maxConnections = httpLimits.connections;
  const listener = await listen(server, port).catch((error: unknown) => {
    throw new Fault('dash-port', `port ${port} of 127.0.0.1 can't be had: ${errnoOf(error) ?? 'unknown'}`, {
      hint: 'leave --port away, and any free one is taken',
      cause: error,
    });
  });
  app = routesFor(`127.0.0.1:${listener.port}`);
  return listener;
}

async function sendAnswer(app: DashApp, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = await requestOf(request);
  const answer = typeof asked === 'number' ? new Response(null, { status: asked }) : await app.fetch(asked);
  const cookies = answer.headers.getSetCookie();
  const headers = [...answer.headers].filter(([name]) => name !== 'set-cookie');
  response.writeHead(answer.status, {
    ...Object.fromEntries(headers),
    ...(cookies.length > 0 && { 'set-cookie': cookies }),
  });
  if (answer.body === null || request.method === 'HEAD') {
    await answer.body?.cancel();
    response.end();
    return;
  }
  response.flushHeaders();
  const reader = answer.body.getReader();
  response.once('close', () => void reader.cancel().catch(() => undefined));
  for (let part = await reader.read(); !part.done; part = await reader.read())
    if (!response.write(part.value) && !response.destroyed)
      await new Promise<void>((done) => {
        response.once('drain', done).once('close', done);
      });
  response.end();
}

// The request as the routes take it; a number is the status of one that can't be.
async function requestOf(request: IncomingMessage): Promise<Request | number> {
  const { url = '', method = 'GET', headers } = request;
  // Only a path: a whole address is for proxies.
  if (!url.startsWith('/')) return 400;
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
  );
  if (method === 'GET' || method === 'HEAD')
    return new Request(`http://dash.invalid${url}`, { method, headers: pairs });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > httpLimits.body) return 413;
  }
  if (['CONNECT', 'TRACE', 'TRACK'].includes(method)) return 405;
  return new Request(`http://dash.invalid${url}`, { method, headers: pairs, body: Buffer.concat(chunks) });
}
