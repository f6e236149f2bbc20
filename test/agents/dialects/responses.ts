// Why: OpenAI Responses, as Codex speaks it.
// Promises: streamed answers with function calls and free-form calls; input counts hold the cached part, output counts
// the reasoning.
// Never: decides what is answered.
import type { Call, Tool } from '../script.ts';
import { type Body, type Dialect, listOf, nextId, sendEvents, sendJson, toolOf } from './dialect.ts';

export const responses: Dialect = {
  name: 'responses',
  owns: (path) => path.endsWith('/responses'),
  read: (body) => ({
    model: String(body['model']),
    schema: null,
    tools: [...listOf(body['tools']), ...listOf(body['input']).flatMap((one) => listOf(one['tools']))].flatMap(toolsOf),
    results: new Set(
      listOf(body['input'])
        .filter((one) => String(one['type']).endsWith('_call_output'))
        .map((one) => one['call_id']),
    ).size,
  }),
  answer: (response, answer, asked, stream) => {
    const id = nextId('resp');
    const { usage } = answer;
    const output: Body[] = [];
    if (answer.text !== '')
      output.push({
        type: 'message',
        id: nextId('msg'),
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: answer.text, annotations: [] }],
      });
    for (const call of answer.calls) output.push(itemOf(call));
    const whole = {
      id,
      object: 'response',
      created_at: 1_700_000_000,
      status: 'completed',
      model: asked.model,
      output,
      usage: {
        input_tokens: usage.fresh + usage.reread + usage.written,
        input_tokens_details: { cached_tokens: usage.reread },
        output_tokens: usage.output + usage.reasoning,
        output_tokens_details: { reasoning_tokens: usage.reasoning },
        total_tokens: usage.fresh + usage.reread + usage.written + usage.output + usage.reasoning,
      },
    };
    if (!stream) return sendJson(response, 200, whole);
    const events: Body[] = [
      { type: 'response.created', response: { ...whole, status: 'in_progress', output: [], usage: null } },
    ];
    for (const [output_index, item] of output.entries()) {
      const empty = item['type'] === 'message' ? { ...item, content: [], status: 'in_progress' } : item;
      events.push({ type: 'response.output_item.added', output_index, item: empty });
      if (item['type'] === 'message')
        events.push({
          type: 'response.output_text.delta',
          item_id: item['id'],
          output_index,
          content_index: 0,
          delta: answer.text,
        });
      events.push({ type: 'response.output_item.done', output_index, item });
    }
    events.push({ type: 'response.completed', response: whole });
    sendEvents(response, events, true);
    response.end();
  },
  failure: (turn) => ({
    error:
      turn.code === 'context-full'
        ? {
            code: 'context_length_exceeded',
            type: 'invalid_request_error',
            message: 'Your input exceeds the context window of this model.',
          }
        : turn.code === 'model-unknown'
          ? {
              code: 'model_not_found',
              type: 'invalid_request_error',
              message: "The model 'unknown-model' does not exist or you do not have access to it.",
            }
          : turn.status === 401
            ? { code: 'invalid_api_key', type: 'invalid_request_error', message: 'Incorrect API key provided.' }
            : { code: 'rate_limit_exceeded', type: 'requests', message: 'Rate limit reached for requests.' },
  }),
};

// Tools stand in the request or in an item of its input, alone or in a namespace. One that runs code declares in its
// description what can be called there.
function toolsOf(one: Body): Tool[] {
  const name = String(one['name'] ?? one['type']);
  if (one['type'] === 'namespace') return listOf(one['tools']).flatMap(toolsOf);
  if (one['type'] !== 'custom') return [toolOf(name, one['parameters'])];
  const declared = String(one['description']).matchAll(
    /declare const tools: \{ (\w+)\((input: string|args: \{[\s\S]*?\n\})\)/g,
  );
  const inner = [...declared].map(([, inside = '', takes = '']) => ({
    name: inside,
    fields: [...takes.matchAll(/^ {2}(\w+)\??:/gm)].map((field) => field[1] ?? ''),
    free: takes.startsWith('input'),
    through: name,
  }));
  return inner.length > 0 ? inner : [{ name, fields: [], free: true, through: null }];
}

function itemOf({ tool, input }: Call): Body {
  const ids = { call_id: nextId('call'), status: 'completed' };
  if (tool.through !== null) {
    const code = `text(await tools.${tool.name}(${JSON.stringify(input)}));`;
    return { type: 'custom_tool_call', id: nextId('ctc'), ...ids, name: tool.through, input: code };
  }
  return typeof input === 'string'
    ? { type: 'custom_tool_call', id: nextId('ctc'), ...ids, name: tool.name, input }
    : { type: 'function_call', id: nextId('fc'), ...ids, name: tool.name, arguments: JSON.stringify(input) };
}
