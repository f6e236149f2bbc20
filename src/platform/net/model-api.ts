// Why: a gateway holds a key for one purpose: to ask a model. Each provider documents which requests do that. An agent
// needs no other answer of the provider's host.
// Promises: pure; a request is allowed by its method and by its path below the base address, whether the base ends in
// the version or not.
// Never: allows what reads or changes an account: files, batches, stored answers, keys.

/** Requests that ask a model. */
export type ModelApi = readonly { readonly method: 'GET' | 'POST'; readonly path: RegExp }[];

const model = '[\\w.:@-]+(?:/[\\w.:@-]+)?';

/**
 * Anthropic's: messages, their count in tokens, models (platform.claude.com/docs/en/api: Messages, Count tokens,
 * Models).
 */
export const anthropicApi: ModelApi = [
  { method: 'POST', path: /^(?:\/v1)?\/messages(?:\/count_tokens)?$/ },
  { method: 'GET', path: new RegExp(`^(?:/v1)?/models(?:/${model})?$`) },
];

/**
 * OpenAI's and OpenRouter's: responses, chat, models (platform.openai.com/docs/api-reference,
 * openrouter.ai/docs/api-reference). Codex compacts by a path of its own.
 */
export const openaiApi: ModelApi = [
  { method: 'POST', path: /^(?:\/v1)?\/(?:responses(?:\/compact|\/input_tokens)?|chat\/completions)$/ },
  { method: 'GET', path: new RegExp(`^(?:/v1)?/models(?:/${model})?$`) },
];

/**
 * Google's: what a model's methods are called with (ai.google.dev/api/generate-content, /tokens, /embeddings, /models).
 */
export const googleApi: ModelApi = [
  {
    method: 'POST',
    path: /^(?:\/v1(?:beta|alpha)?)?\/models\/[\w.-]+:(?:generateContent|streamGenerateContent|countTokens|embedContent|batchEmbedContents)$/,
  },
  { method: 'GET', path: /^(?:\/v1(?:beta|alpha)?)?\/models(?:\/[\w.-]+)?$/ },
];

/** True for a request that asks a model. `path` is below the base address, without its query. */
export function asksModel(api: ModelApi, method: string, path: string): boolean {
  return api.some((one) => one.method === method && one.path.test(path));
}
