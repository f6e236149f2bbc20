// Why: agent CLIs are tested without a model: this server stands on 127.0.0.1 and plays a script in the protocol it is
// asked in.
// Promises: what was answered is counted, token by token; a request without tools (a title, a check) gets a word and is
// counted apart.
// Never: reaches out.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { anthropic } from './dialects/anthropic.ts';
import { chat } from './dialects/chat.ts';
import { type Body, type Dialect, leastOf, mapOf, sendJson } from './dialects/dialect.ts';
import { gemini } from './dialects/gemini.ts';
import { responses } from './dialects/responses.ts';
import { type Answer, type Asked, type Tokens, type Turn, usualUsage } from './script.ts';
import { callTools } from './tools.ts';

const dialects: readonly Dialect[] = [anthropic, responses, chat, gemini];

/** One request that came, with the key it was sent with. `turn` is null for one that is none of the script's. */
export type Request = {
  readonly path: string;
  readonly key: string;
  readonly asked: Asked | null;
  readonly turn: number | null;
  readonly body: Body;
};

/** A running model server. */
export type ModelServer = {
  readonly port: number;
  readonly requests: readonly Request[];
  /** Tokens of the answers that were given to the script's turns; what was asked beside them is not in it. */
  readonly counted: () => { readonly turns: number; readonly usage: Tokens };
  readonly close: () => Promise<void>;
};

const nothing: Tokens = { fresh: 0, reread: 0, written: 0, output: 0, reasoning: 0 };

function add(a: Tokens, b: Tokens): Tokens {
  return {
    fresh: a.fresh + b.fresh,
    reread: a.reread + b.reread,
    written: a.written + b.written,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
  };
}

/** The turns of a conversation; or those of each conversation, by the whole text of its request. */
export type Script = readonly Turn[] | ((request: string) => readonly Turn[]);

/** Opens a model server that plays `script`. A conversation that goes on after it hears that it is done. */
export async function openModelServer(script: Script): Promise<ModelServer> {
  const requests: Request[] = [];
  let told = nothing;
  let turns = 0;
  const take = (path: string, key: string, body: Body, response: ServerResponse): void => {
    const dialect = dialects.find((one) => one.owns(path));
    if (dialect === undefined) {
      requests.push({ path, key, asked: null, turn: null, body });
      sendJson(response, 404, {
        error: { message: 'not here', type: 'not_found_error', code: 404, status: 'NOT_FOUND' },
      });
      return;
    }
    const asked = dialect.read(body, path);
    const stream = body['stream'] === true || path.includes(':stream');
    if (asked.tools.length === 0) {
      requests.push({ path, key, asked, turn: null, body });
      const usage = { ...nothing, fresh: 10, output: 1 };
      const text = asked.schema === null ? 'Work' : JSON.stringify(leastOf(asked.schema));
      dialect.answer(response, { text, calls: [], usage }, asked, stream);
      return;
    }
    const [number, turn] = turnAt(typeof script === 'function' ? script(JSON.stringify(body)) : script, asked);
    requests.push({ path, key, asked, turn: number, body });
    if (turn.do === 'hang') return;
    if (turn.do === 'fail') {
      sendJson(response, turn.status, dialect.failure(turn));
      return;
    }
    const answer = answerOf(turn, asked);
    told = add(told, answer.usage);
    turns += 1;
    dialect.answer(response, answer, asked, stream);
  };
  const server = createServer((request, response) => void receive(request, response, take));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    counted: () => ({ turns, usage: told }),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  take: (path: string, key: string, body: Body, response: ServerResponse) => void,
): Promise<void> {
  // Nobody here speaks WebSocket: who asks for it goes on with plain requests.
  if (request.headers.upgrade !== undefined) return void response.writeHead(426).end();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  try {
    const text = Buffer.concat(chunks).toString();
    take(path, keyOf(request), text === '' ? {} : mapOf(JSON.parse(text)), response);
  } catch (error) {
    // A 400 with the reason: agents show it, and do not try again.
    sendJson(response, 400, { error: { message: `the script cannot be played: ${String(error)}` } });
  }
}

function keyOf({ headers, url }: IncomingMessage): string {
  const given = [headers.authorization, headers['x-api-key'], headers['x-goog-api-key']].find(
    (one) => one !== undefined,
  );
  return String(given ?? /[?&]key=([^&]*)/.exec(url ?? '')?.[1] ?? '').replace(/^Bearer /, '');
}

// A turn may take several calls: it is over when all their results are in.
function turnAt(script: readonly Turn[], asked: Asked): readonly [number, Turn] {
  let seen = 0;
  for (const [index, turn] of script.entries()) {
    if (seen >= asked.results) return [index, turn];
    seen += callTools(turn, asked.tools).length;
  }
  return [script.length, { do: 'say', text: 'Done.' }];
}

function answerOf(turn: Turn, asked: Asked): Answer {
  const usage = { ...usualUsage, ...turn.usage };
  return turn.do === 'say'
    ? { text: turn.text, calls: [], usage }
    : { text: 'Now this.', calls: callTools(turn, asked.tools), usage };
}
