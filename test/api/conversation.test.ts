// `show --log`: an agent CLI's run as a conversation, whatever its stream looks like.
import { chmod } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { AgentEvent } from '../../src/agent/agent.ts';
import { rawOf, showTurns, turnsOf } from '../../src/api/conversation.ts';
import { card, openOffice, order } from '../kit/office.ts';
import { casesOf, playStream, recorded } from '../kit/stream.ts';

// A transcript as a run of that CLI leaves it: its stream, and what its reader made of it.
function transcriptOf(name: string): string {
  const stream = recorded(name, 'edit');
  const raw = stream.flatMap((one) => ('line' in one ? [{ ms: 5, stream: 'stdout', text: `${one.line}\n` }] : []));
  const events = playStream(name, stream).events.map((event) => ({ ms: 1500, event }));
  return [...raw, ...events].map((one) => JSON.stringify(one)).join('\n');
}

test.each(['claude', 'codex', 'gemini', 'opencode'])("%s's recorded edit reads as what it said and used", (name) => {
  const text = showTurns(turnsOf(transcriptOf(name)));
  expect(text.filter((line) => /^1\.5 s {2}said /.test(line)).length).toBeGreaterThan(0);
  expect(text.filter((line) => /^1\.5 s {2}used {5}\S/.test(line)).length).toBeGreaterThan(0);
  expect(text.join('\n')).not.toMatch(/\{"/);
});

// A transcript of a recorded case: its streams in pieces of that length, and the events where they count.
function piecesOf(name: string, one: string, length: number, withEvents: boolean): string {
  const stream = recorded(name, one);
  const events = withEvents ? playStream(name, stream).events.map((event) => ({ ms: 9, event })) : [];
  const text = (kind: 'line' | 'aside') =>
    stream.flatMap((said) => {
      const line = kind in said ? (said as Record<string, string>)[kind] : undefined;
      // Session files are no stream.
      return line === undefined || (kind === 'aside' && line.startsWith('{')) ? [] : [`${line}\n`];
    });
  const cut = (kind: 'line' | 'aside', name: string) =>
    (
      text(kind)
        .join('')
        .match(new RegExp(`[^]{1,${length}}`, 'g')) ?? []
    ).map((piece) => ({ ms: 9, stream: name, text: piece }));
  return [...cut('line', 'stdout'), ...cut('aside', 'stderr'), ...events]
    .map((line) => JSON.stringify(line))
    .join('\n');
}

const cases = ['claude', 'codex', 'gemini', 'opencode'].flatMap((name) =>
  casesOf(name).map((one) => [name, one] as const),
);

test.each(cases)(
  "%s's stream of %s is never shown raw, however it comes and whether its reader understood it",
  (name, one) => {
    for (const length of [7, 1000, 1_000_000])
      for (const withEvents of [true, false]) {
        const turns = turnsOf(piecesOf(name, one, length, withEvents));
        const lines = turns.flatMap(({ text }) => text.split('\n'));
        expect(turns.length).toBeGreaterThan(0);
        expect(lines.filter((line) => /^\s*\{"|"(?:session_?id|thread_id)":/i.test(line))).toEqual([]);
      }
  },
);

test('a program without a reader: what it printed is what it said, refusals apart, JSON counted, colours gone', () => {
  const lines = [
    { ms: 5, stream: 'stdout', text: 'I begin.\nFirst' },
    {
      ms: 6,
      stream: 'stderr',
      text: '\u001b[33mwarning\u001b[0m\nnot yours: package.json: deny\nYour boundary: src/**\n',
    },
    { ms: 7, stream: 'stdout', text: ' the test.\n 10 %\r 90 %\n{"jsonrpc":"2.0",' },
    { ms: 8, stream: 'stdout', text: '"id":1}\n[{"a":1}]\n\n{"torn' },
  ].map((one) => JSON.stringify(one));
  expect(turnsOf(lines.join('\n'))).toEqual([
    { ms: 5, kind: 'said', text: 'I begin.' },
    { ms: 6, kind: 'stderr', text: 'warning' },
    { ms: 6, kind: 'refused', text: 'not yours: package.json: deny\nYour boundary: src/**' },
    { ms: 7, kind: 'said', text: 'First the test.\n 90 %' },
    { ms: 8, kind: 'cut', text: '3 lines of JSON for programs; --raw has them' },
  ]);
  expect(turnsOf('')).toEqual([]);
});

test('each kind of event has its line, further lines stand below the first, and complaints stay', () => {
  const seen = (ms: number, event: AgentEvent): string => JSON.stringify({ ms, event });
  const transcript = [
    seen(40, { kind: 'said', text: 'I begin.\nFirst the test.' }),
    seen(1200, { kind: 'used', tool: 'Edit', detail: 'package.json' }),
    seen(1300, { kind: 'erred', tool: 'Edit', text: 'hook: not yours: package.json' }),
    seen(1400, { kind: 'erred', tool: 'Bash', text: 'exit status 1' }),
    seen(2000, { kind: 'waited', reason: 'rate_limit (429), try 1' }),
    JSON.stringify({ ms: 2100, stream: 'stderr', text: 'Error: X\n' }),
    JSON.stringify({ ms: 2150, stream: 'stdout', text: '{"type":"result"}\nOut of credits\n' }),
    'torn {',
    JSON.stringify({ dropped: 7 }),
  ].join('\n');
  expect(showTurns(turnsOf(transcript))).toEqual([
    '40 ms  said     I begin.',
    '                First the test.',
    '1.2 s  used     Edit  package.json',
    '1.3 s  refused  Edit  hook: not yours: package.json',
    '1.4 s  error    Bash  exit status 1',
    '2.0 s  waited   rate_limit (429), try 1',
    '2.1 s  stderr   Error: X',
    '2.1 s  printed  Out of credits',
    ' 0 ms  cut      7 bytes more were not kept',
  ]);
  expect(rawOf(transcript)).toBe('Error: X\n{"type":"result"}\nOut of credits\n\n(7 bytes more were not kept)');
});

test('show --log is the conversation, --raw what was printed; what a program without events printed is what it said', async () => {
  const office = await openOffice({
    coder: '---\nagent: claude\nwrite: |\n  repos/*/src/**\n---\nA role.\n',
    plain: card('- shell: echo 2 > src/b.ts; echo plain words', 'write: |\n  repos/*/src/**'),
  });
  const lines = [
    { type: 'assistant', message: { id: 'm', content: [{ type: 'text', text: 'I change a.ts.\u202e' }] } },
    { type: 'result', subtype: 'success', is_error: false, num_turns: 1, usage: { input_tokens: 3, output_tokens: 2 } },
  ].map((one) => JSON.stringify(one));
  await office.write('../bin/claude', `#!/bin/sh\necho 2 > src/a.ts\ncat <<'END'\n${lines.join('\n')}\nEND\n`);
  await chmod(`${office.root}/../bin/claude`, 0o755);
  office.env['PATH'] = `${office.root}/../bin:${office.env['PATH'] ?? ''}`;
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/b.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.write('inbox/plain/y.md', order(['src/b.ts']));
  expect((await office.fourline('start', '--once')).code).toBe(0);
  const id = (await office.standing('x')).id;
  const shown = await office.fourline('show', id, '--log');
  expect(shown.out).toMatch(/^ *\d+(?:\.\d)? m?s {2}said {5}I change a\.ts\.\\u\{202e\}\nnext: /);
  expect((await office.fourline('show', id, '--log', '--raw')).out).toContain('"type":"result"');
  const { turns } = JSON.parse((await office.fourline('show', id, '--log', '--json')).out) as { turns: object[] };
  expect(turns).toMatchObject([{ kind: 'said' }]);
  expect((await office.fourline('show', (await office.standing('y')).id, '--log')).out).toMatch(
    // A pipe may bring both lines at once, or one after the other.
    / {2}said {5}\$ echo 2 > src\/b\.ts; echo plain words\n.* {2,}plain words\n/,
  );
  expect(await office.fourline('show', id, '--raw')).toMatchObject({ code: 2, out: '' });
});
