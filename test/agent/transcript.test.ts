import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { openTranscript } from '../../src/agent/transcript.ts';
import { systemClock } from '../../src/platform/text/clock.ts';

const secret = 'sk-test-0123456789';

async function transcriptOf(chunks: readonly string[], secrets: readonly string[] = [secret]): Promise<string> {
  const folder = await mkdtemp(`${tmpdir()}/fourline-transcript-`);
  onTestFinished(() => rm(folder, { recursive: true }));
  const transcript = openTranscript(`${folder}/t.jsonl`, systemClock, secrets);
  for (const chunk of chunks) transcript.take('stdout', Buffer.from(chunk));
  transcript.note({ kind: 'said', text: `the key is ${secret}` });
  await transcript.close();
  const text = await readFile(`${folder}/t.jsonl`, 'utf8');
  expect(text).not.toContain(secret);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { text?: string }).text ?? '')
    .join('');
}

test.each(Array.from({ length: secret.length + 1 }, (_, cut) => cut))(
  'a credential is blotted out of a transcript, cut after %i letters',
  async (cut) => {
    const text = `before ${secret} after`;
    expect(await transcriptOf([text.slice(0, 7 + cut), text.slice(7 + cut)])).toBe('before [redacted] after');
  },
);

test('letter by letter, twice, and at the very end', async () => {
  expect(await transcriptOf([...`${secret}${secret}sk-te`])).toBe('[redacted][redacted]sk-te');
});

test('of two credentials the longer one goes first; short values blot nothing out', async () => {
  expect(await transcriptOf([`${secret}-more x`], [secret, `${secret}-more`, 'x', ''])).toBe('[redacted] x');
});
