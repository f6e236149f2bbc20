// Why: Anthropic Messages, as Claude Code and opencode speak it.
// Promises: streamed and whole answers; tokens in the four numbers this protocol has.
// Never: decides what is answered.
import type { Answer, Asked } from '../script.ts';
import { type Body, type Dialect, listOf, nextId, sendEvents, sendJson, toolOf } from './dialect.ts';

const kinds: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
};

const messages: Readonly<Record<number, string>> = {
  401: 'invalid x-api-key',
  429: 'This request would exceed the rate limit for your organization.',
};

export const anthropic: Dialect = {
  name: 'anthropic',
  owns: (path) => path.endsWith('/messages'),
  read: (body) => ({
    model: String(body['model']),
    schema: null,
    tools: listOf(body['tools']).map((one) => toolOf(one['name'], one['input_schema'])),
    results: listOf(body['messages'])
      .flatMap((one) => listOf(one['content']))
      .filter((one) => one['type'] === 'tool_result').length,
  }),
  answer: (response, answer, asked, stream) => {
    const message = messageOf(answer, asked);
    if (!stream) return sendJson(response, 200, message);
    const { content, usage } = message;
    const started = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
    const events: Body[] = [{ type: 'message_start', message: started }];
    for (const [index, block] of content.entries()) {
      const [empty, delta] =
        block.type === 'text'
          ? [
              { type: 'text', text: '' },
              { type: 'text_delta', text: block.text },
            ]
          : [
              { ...block, input: {} },
              { type: 'input_json_delta', partial_json: JSON.stringify(block.input) },
            ];
      events.push({ type: 'content_block_start', index, content_block: empty });
      events.push({ type: 'content_block_delta', index, delta });
      events.push({ type: 'content_block_stop', index });
    }
    events.push({ type: 'message_delta', delta: { stop_reason: message.stop_reason, stop_sequence: null }, usage });
    events.push({ type: 'message_stop' });
    sendEvents(response, events, true);
    response.end();
  },
  failure: (turn) => ({
    type: 'error',
    error:
      turn.code === 'context-full'
        ? { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' }
        : turn.code === 'model-unknown'
          ? { type: 'not_found_error', message: 'model: unknown-model' }
          : {
              type: kinds[turn.status] ?? 'api_error',
              message: messages[turn.status] ?? 'scripted',
            },
    request_id: nextId('req'),
  }),
};

type Block =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown };

function messageOf(answer: Answer, asked: Asked): Body & { content: Block[]; stop_reason: string; usage: Body } {
  const { usage } = answer;
  const content: Block[] = [
    ...(answer.text === '' ? [] : [{ type: 'text' as const, text: answer.text }]),
    ...answer.calls.map((one) => ({
      type: 'tool_use' as const,
      id: nextId('toolu'),
      name: one.tool.name,
      input: one.input,
    })),
  ];
  return {
    id: nextId('msg'),
    type: 'message',
    role: 'assistant',
    model: asked.model,
    content,
    stop_reason: answer.calls.length > 0 ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: {
      input_tokens: usage.fresh,
      cache_read_input_tokens: usage.reread,
      cache_creation_input_tokens: usage.written,
      output_tokens: usage.output + usage.reasoning,
      output_tokens_details: { thinking_tokens: usage.reasoning },
    },
  };
}
