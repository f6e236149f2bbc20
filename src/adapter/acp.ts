// Why: agents that speak the Agent Client Protocol over their standard streams: fourline is the client. The protocol's
// package lives here alone.
// Promises: one session in the room, one order. Each request for a permission gets its answer at once, from the
// boundary. After a turn the agent hears in words what was rejected, and may go on. The reason why the last turn
// stopped decides how the run ended.
// Never: lends the agent a file system, a terminal or an MCP server: it has its own, in its sandbox.
import type {
  AnyMessage,
  AuthMethod,
  ClientContext,
  PromptRequest,
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionUpdate,
  StopReason,
  ToolCallContent,
} from '@agentclientprotocol/sdk';
import type { AgentEvent, AgentFailure, Launch, Reader, Talk } from '../agent/agent.ts';
import { launchCommand } from './command.ts';
import { codeOf, detailOf, erred, failureIn, failureOf, type Json, mapAt, prompt, readJson } from './reading.ts';

/** Plans a card's own command that speaks the protocol. */
export function launchAcp(command: readonly [string, ...string[]], model: string | null): Launch {
  return { ...launchCommand(command, model), prompt, openReader: openAcp };
}

// How often an agent may go on after a turn in which something was rejected.
const furtherTurns = 3;
// The words that fourline sends to the agent when its live context is full.
const partingWords =
  'Stop here: your context is full, and a fresh run goes on for you in this folder. Answer with what is done, what is not, and what you know that stands in no file. Change nothing more.';
// How many rejections of one turn fourline tells the agent about.
const rejectedKept = 20;

// The failure of a turn that did not end well, by the reason it stopped for.
const acpStops: Readonly<Record<Exclude<StopReason, 'end_turn'>, string>> = {
  cancelled: 'its turn was cancelled',
  max_tokens: 'its turn reached the most tokens the model gives',
  max_turn_requests: 'its turn reached the most requests it makes',
  refusal: 'the model refused to go on',
};

function openAcp(): Reader {
  let feed: ReadableStreamDefaultController<AnyMessage> | null = null;
  const readable = new ReadableStream<AnyMessage>({
    start: (controller) => {
      feed = controller;
    },
    cancel: () => {
      feed = null;
    },
  });
  let gone = false;
  let ended: { readonly failure: AgentFailure | null } | null = null;
  return {
    line: (text) => {
      const message = readJson(text);
      if (message !== null) feed?.enqueue(message as AnyMessage);
      return [];
    },
    aside: () => [],
    rest: () => {
      gone = true;
      feed?.close();
      feed = null;
      return [];
    },
    end: (_, complaint) => (ended === null ? failureIn(complaint, {}) : ended.failure),
    converse: async (talk) => {
      try {
        const stop = await converse(talk, readable);
        ended = { failure: stop === 'end_turn' ? null : failureOf('agent-failed', acpStops[stop]) };
      } catch (error) {
        // A program that is gone said why on standard error, if anywhere; one that answered with an error said it
        // there.
        if (!gone) ended = { failure: failureOf(codeOf(acpWords(error)), acpWords(error)) };
      }
    },
  };
}

// An error of the protocol: its message, and what it is about.
function acpWords(error: unknown): string {
  const { message, data } = error as { message?: unknown; data?: unknown };
  return [message, data === undefined ? '' : JSON.stringify(data)].filter(Boolean).join(' ');
}

async function converse(talk: Talk, readable: ReadableStream<AnyMessage>): Promise<StopReason> {
  const { client, methods, PROTOCOL_VERSION } = await import('@agentclientprotocol/sdk');
  const writable = new WritableStream<AnyMessage>({ write: (message) => talk.say(`${JSON.stringify(message)}\n`) });
  const speech = openSpeech(talk.tell);
  const rejected = new Set<string>();
  const app = client({ name: 'fourline' })
    .onRequest(methods.client.session.requestPermission, async ({ params }) => {
      const refusal = await firstRefusal(talk, params);
      if (refusal !== null && rejected.size < rejectedKept) rejected.add(refusal);
      if (refusal !== null) for (const event of erred(params.toolCall.kind ?? 'other', refusal)) talk.tell(event);
      return answerRequest(params, refusal);
    })
    .onNotification(methods.client.session.update, ({ params }) => speech.hear(params.update));
  return app.connectWith({ readable, writable }, async (agent: ClientContext) => {
    const { protocolVersion, authMethods } = await agent.request(methods.agent.initialize, {
      protocolVersion: PROTOCOL_VERSION,
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
    });
    if (protocolVersion !== PROTOCOL_VERSION)
      throw new Error(`it speaks version ${protocolVersion} of the protocol, fourline ${PROTOCOL_VERSION}`);
    const begin = (): Promise<{ sessionId: string }> =>
      agent.request(methods.agent.session.new, { cwd: talk.folder, mcpServers: [] });
    const signIn = (methodId: string): Promise<unknown> => agent.request(methods.agent.authenticate, { methodId });
    const { sessionId } = await begin().catch((error: unknown) => signedIn(error, authMethods ?? [], signIn, begin));
    const cancel = (): void => void agent.notify(methods.agent.session.cancel, { sessionId }).catch(() => undefined);
    talk.handOver.addEventListener('abort', cancel, { once: true });
    let text = talk.prompt;
    let parting = false;
    for (let turn = 0; ; turn += 1) {
      const said: PromptRequest = { sessionId, prompt: [{ type: 'text', text }] };
      const { stopReason } = await agent.request(methods.agent.session.prompt, said);
      speech.finish();
      if (talk.handOver.aborted) {
        if (parting) return stopReason;
        parting = true;
        text = partingWords;
        continue;
      }
      if (rejected.size === 0 || turn === furtherTurns) return stopReason;
      text = [...rejected].join('\n\n');
      rejected.clear();
    }
  });
}

// The error code of an agent that wants us to sign in first.
const authRequired = -32_000;

// Signs the agent in with a key that the card handed it: no person is here to use a browser or a terminal. Only a
// method's id and name tell whether it takes a key.
async function signedIn<Session>(
  error: unknown,
  offered: readonly AuthMethod[],
  signIn: (method: string) => Promise<unknown>,
  begin: () => Promise<Session>,
): Promise<Session> {
  if ((error as { code?: unknown }).code !== authRequired) throw error;
  for (const method of offered) {
    if (('type' in method && method.type === 'terminal') || !/api.?key/i.test(`${method.id} ${method.name}`)) continue;
    const done = await signIn(method.id).then(
      () => true,
      () => false,
    );
    if (done) return begin();
  }
  throw error;
}

async function firstRefusal(talk: Talk, { toolCall }: RequestPermissionRequest): Promise<string | null> {
  // The sandbox and the gate take care of reads, and of commands whose paths are not known.
  const edits = ['edit', 'delete', 'move'].includes(toolCall.kind ?? '');
  const diffs = (toolCall.content ?? []).flatMap((one) => (one.type === 'diff' ? [one.path] : []));
  const places = edits ? (toolCall.locations ?? []).map((one) => one.path) : [];
  for (const path of new Set([...diffs, ...places])) {
    const refusal = await talk.refusalOf(path);
    if (refusal !== null) return refusal;
  }
  return null;
}

function answerRequest({ options }: RequestPermissionRequest, refusal: string | null): RequestPermissionResponse {
  const word = refusal === null ? 'allow' : 'reject';
  // Only for this once: the next path is another question.
  const option =
    options.find((one) => one.kind === `${word}_once`) ?? options.find((one) => one.kind === `${word}_always`);
  return {
    outcome: option === undefined ? { outcome: 'cancelled' } : { outcome: 'selected', optionId: option.optionId },
  };
}

function failureText(content: readonly ToolCallContent[]): string {
  return content
    .flatMap((one) => (one.type === 'content' && one.content.type === 'text' ? one.content.text : []))
    .join('\n');
}

// Texts come in pieces; what comes between two of them ends the first.
function openSpeech(tell: (event: AgentEvent) => void): {
  readonly hear: (update: SessionUpdate) => void;
  readonly finish: () => void;
} {
  let saying = '';
  const finish = (): void => {
    if (saying.trim() !== '') tell({ kind: 'said', text: saying });
    saying = '';
  };
  const hear = (update: SessionUpdate): void => {
    switch (update.sessionUpdate) {
      case 'agent_message_chunk':
        if (update.content.type === 'text') saying += update.content.text;
        break;
      case 'tool_call': {
        finish();
        const places = (update.locations ?? []).map((one) => one.path).join(' ');
        const input: Json = mapAt(update.rawInput);
        tell({ kind: 'used', tool: update.kind ?? 'other', detail: places || detailOf(input) || update.title });
        break;
      }
      case 'tool_call_update':
        if (update.status === 'failed')
          for (const event of erred(update.kind ?? 'other', failureText(update.content ?? []))) tell(event);
        break;
      case 'usage_update':
        if (update.used > 0) tell({ kind: 'grown', context: update.used });
        if (update.cost?.currency === 'USD')
          tell({ kind: 'summed', usage: null, turns: null, usd: update.cost.amount });
        break;
    }
  };
  return { hear, finish };
}
