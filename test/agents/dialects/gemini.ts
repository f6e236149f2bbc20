// Why: Gemini's generateContent and streamGenerateContent, as the Gemini CLI speaks it.
// Promises: streamed and whole answers; prompt counts hold the cached part, thoughts are counted apart.
// Never: decides what is answered.
import { type Body, type Dialect, listOf, mapOf, sendEvents, sendJson, toolOf } from './dialect.ts';

const names: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
};

export const gemini: Dialect = {
  name: 'gemini',
  owns: (path) => /:(stream)?generateContent$/i.test(path),
  read: (body, path) => ({
    schema: wanted(body),
    model: /models\/([^:/]+):/.exec(path)?.[1] ?? '',
    tools: listOf(body['tools'])
      .flatMap((one) => listOf(one['functionDeclarations']))
      .map((one) => toolOf(one['name'], one['parametersJsonSchema'] ?? one['parameters'])),
    results: listOf(body['contents'])
      .flatMap((one) => listOf(one['parts']))
      .filter((one) => 'functionResponse' in one).length,
  }),
  answer: (response, answer, asked, stream) => {
    const { usage } = answer;
    const parts: Body[] = [
      ...(answer.text === '' ? [] : [{ text: answer.text }]),
      ...answer.calls.map((one) => ({ functionCall: { name: one.tool.name, args: mapOf(one.input) } })),
    ];
    const whole = {
      candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP', index: 0 }],
      usageMetadata: {
        promptTokenCount: usage.fresh + usage.reread + usage.written,
        cachedContentTokenCount: usage.reread,
        candidatesTokenCount: usage.output,
        thoughtsTokenCount: usage.reasoning,
        totalTokenCount: usage.fresh + usage.reread + usage.written + usage.output + usage.reasoning,
      },
      modelVersion: asked.model,
    };
    if (!stream) return sendJson(response, 200, whole);
    sendEvents(response, [whole], false);
    response.end();
  },
  failure: (turn) => ({
    error: {
      code: turn.status,
      message:
        turn.code === 'context-full'
          ? 'The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).'
          : turn.code === 'model-unknown'
            ? 'models/unknown-model is not found for API version v1beta'
            : turn.status === 401
              ? 'API key not valid. Please pass a valid API key.'
              : 'You exceeded your current quota.',
      status: names[turn.status] ?? 'INTERNAL',
    },
  }),
};

function wanted(body: Body): unknown {
  const config = mapOf(body['generationConfig']);
  return config['responseJsonSchema'] ?? config['responseSchema'] ?? null;
}
