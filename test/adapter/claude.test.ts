import { expect, test } from 'vitest';
import { type ClaudeEnd, claudeFailure } from '../../src/adapter/claude.ts';

const nothing: ClaudeEnd = { result: null, error: '', limit: '', complaint: '' };
const good = { is_error: false, subtype: 'success', num_turns: 1, result: 'Done.' };
const bad = { is_error: true, subtype: 'error_during_execution', num_turns: 1 };

test.each<[string, Partial<ClaudeEnd>, number | null, string | null]>([
  ['a good result and status', { result: good }, 0, null],
  ['a good result, but a bad status', { result: good }, 1, 'agent-failed'],
  ['a good result, but a signal', { result: good }, null, 'agent-failed'],
  ['a success without a turn', { result: { ...good, num_turns: 0 } }, 0, 'agent-failed'],
  [
    'a success that says the limit',
    { result: { ...good, result: 'usage limit reached|1767225600' } },
    0,
    'rate-limited',
  ],
  ['no result', {}, 0, 'agent-failed'],
  ['no result, but a complaint', { complaint: 'Invalid API key' }, 1, 'not-signed-in'],
  ['the name of its error', { result: bad, error: 'model_not_found' }, 1, 'model-unknown'],
  [
    'the words, where the name is unknown',
    { result: { ...bad, result: 'rate limit' }, error: 'new' },
    1,
    'rate-limited',
  ],
  [
    'its reason to stop, before its error',
    { result: { ...bad, terminal_reason: 'prompt_too_long' }, error: 'rate_limit' },
    1,
    'context-full',
  ],
])('an end is named by %s', (_, told, status, code) => {
  expect(claudeFailure({ ...nothing, ...told }, status)?.code ?? null).toBe(code);
});

test('the line about a usage limit says when it resets, and only then', () => {
  const limit = '{"rate_limit_info":{"status":"rejected","resetsAt":1767225600}}';
  expect(claudeFailure({ ...nothing, result: bad, error: 'rate_limit', limit }, 1)?.resets).toBe(limit);
  expect(claudeFailure({ ...nothing, result: bad, error: 'overloaded', limit }, 1)).not.toHaveProperty('resets');
});

test('without a result, a complaint about root has its own hint', () => {
  expect(claudeFailure({ ...nothing, complaint: 'not allowed as root' }, 1)?.hint).toContain('another user');
  expect(claudeFailure({ ...nothing, complaint: 'not allowed' }, 1)?.hint).not.toContain('another user');
});
