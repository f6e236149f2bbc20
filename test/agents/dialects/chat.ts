// Why: OpenAI chat completions, as opencode and every server of one's own speak it.
// Promises: streamed and whole answers; prompt counts hold the cached part, completion counts the reasoning.
// Never: decides what is answered.
import { type Body, type Dialect, listOf, mapOf, nextId, sendEvents, sendJson, toolOf } from './dialect.ts';
import { responses } from './responses.ts';

export const chat: Dialect = {
  name: 'chat',
  owns: (path) => path.endsWith('/chat/completions'),
  read: (body) => ({
    model: String(body['model']),
    schema: null,
    tools: listOf(body['tools']).map((one) => {
      const call = mapOf(one['function']);
      return toolOf(call['name'], call['parameters']);
    }),
    results: listOf(body['messages']).filter((one) => one['role'] === 'tool').length,
  }),
  answer: (response, answer, asked, stream) => {
    const { usage } = answer;
    const head = { id: nextId('chatcmpl'), created: 1_700_000_000, model: asked.model };
    const calls = answer.calls.map((one, index) => ({
      index,
      id: nextId('call'),
      type: 'function',
      function: { name: one.tool.name, arguments: JSON.stringify(one.input) },
    }));
    const reason = calls.length > 0 ? 'tool_calls' : 'stop';
    const counted = {
      prompt_tokens: usage.fresh + usage.reread + usage.written,
      prompt_tokens_details: { cached_tokens: usage.reread },
      completion_tokens: usage.output + usage.reasoning,
      completion_tokens_details: { reasoning_tokens: usage.reasoning },
      total_tokens: usage.fresh + usage.reread + usage.written + usage.output + usage.reasoning,
    };
    const message = { role: 'assistant', content: answer.text, ...(calls.length > 0 ? { tool_calls: calls } : {}) };
    if (!stream) {
      const choices = [{ index: 0, message, finish_reason: reason }];
      return sendJson(response, 200, { ...head, object: 'chat.completion', choices, usage: counted });
    }
    const chunk = (delta: Body, finish_reason: string | null): Body => ({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason }],
    });
    const last = { ...head, object: 'chat.completion.chunk', choices: [], usage: counted };
    sendEvents(response, [chunk(message, null), chunk({}, reason), last], false);
    response.end('data: [DONE]\n\n');
  },
  failure: responses.failure,
};
