import { expect, test } from 'vitest';
import { troubleIn } from '../../src/adapter/opencode.ts';

const log = (message: string, error: string): string => `level=ERROR message="${message}" error.error="${error}"`;
const unknown = 'ProviderModelNotFoundError: Model not found: acme/large.';

test.each<[string, string, string | null]>([
  ['another error', log('failed to watch', 'ENOSPC'), null],
  ['no error', 'level=INFO message="hello"', null],
  ['a stream that names its failure', log('stream error', '429 too many requests'), 'rate-limited'],
  ['a stream that names none', log('stream error', 'it broke'), 'no-answer'],
  ['a stream without words', 'message="stream error"', 'no-answer'],
  ['a model that no provider has', log('failed', unknown), 'model-unknown'],
  ['another name proposed', log('failed', `${unknown} Did you mean: larger, small?`), 'model-unknown'],
  ['the very name proposed', log('failed', `${unknown} Did you mean: small, large?`), 'not-signed-in'],
])('%s in a line of its log', (_, line, code) => {
  expect(troubleIn(line)?.code ?? null).toBe(code);
});

test('the words are those between the quotes', () => {
  expect(troubleIn(log('stream error', 'say \\"no\\" again'))?.words).toBe('say \\"no\\" again');
});
