// Each CLI reports a tool that came to nothing, in the form of its own stream.
import { describe, expect, test } from 'vitest';
import { casesOf, playStream, type Recorded, readerOf, recorded } from '../kit/stream.ts';

const refusal = 'not yours: package.json: no write: line of roles/coder.md matches. Nothing was changed';
const line = (value: object): Recorded => ({ line: JSON.stringify(value) });
const aside = (value: object): Recorded => ({ aside: JSON.stringify(value) });

const claudeUse = line({
  type: 'assistant',
  message: { id: 'm1', content: [{ type: 'tool_use', id: 't1', name: 'Edit', input: { file_path: 'package.json' } }] },
});
const claudeResult = (content: unknown): Recorded =>
  line({ type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 't1', is_error: true, content }] } });

const told: [string, string, Recorded[], { tool: string; text: unknown }][] = [
  [
    'claude',
    'a text',
    [claudeUse, claudeResult(`PreToolUse:Edit hook error: ${refusal}`)],
    { tool: 'Edit', text: expect.stringContaining(refusal) },
  ],
  [
    'claude',
    'parts',
    [claudeUse, claudeResult([{ type: 'text', text: 'File has not been read yet.' }])],
    { tool: 'Edit', text: 'File has not been read yet.' },
  ],
  [
    'codex',
    'a hook',
    [
      aside({
        type: 'response_item',
        payload: { type: 'custom_tool_call_output', call_id: 'c', output: `Blocked by hook: ${refusal}` },
      }),
    ],
    { tool: 'edit', text: refusal },
  ],
  [
    'codex',
    'a command',
    [
      line({
        type: 'item.completed',
        item: {
          type: 'command_execution',
          command: 'npm test',
          aggregated_output: '1 failed\n',
          exit_code: 1,
          status: 'failed',
        },
      }),
    ],
    { tool: 'shell', text: 'exit status 1 1 failed' },
  ],
  [
    'gemini',
    'a tool',
    [
      line({ type: 'tool_use', tool_name: 'replace', tool_id: 't1', parameters: { file_path: 'package.json' } }),
      line({ type: 'tool_result', tool_id: 't1', status: 'error', error: { type: 'hook', message: refusal } }),
    ],
    { tool: 'replace', text: refusal },
  ],
  [
    'opencode',
    'a tool',
    [
      line({
        type: 'tool_use',
        part: { tool: 'edit', state: { status: 'error', input: { filePath: 'package.json' }, error: refusal } },
      }),
    ],
    { tool: 'edit', text: refusal },
  ],
];

test.each(told)('%s tells of %s', (name, _, stream, expected) => {
  const events = playStream(name, stream).events.filter((one) => one.kind === 'erred');
  expect(events).toEqual([{ kind: 'erred', ...expected }]);
});

describe.each(['claude', 'codex', 'gemini', 'opencode'])('%s', (name) => {
  test('a recorded edit that went well has no errors', () => {
    expect(playStream(name, recorded(name, 'edit')).events.filter((one) => one.kind === 'erred')).toEqual([]);
    expect(casesOf(name)).toContain('edit');
  });

  test('lines of another form are read as nothing', () => {
    const reader = readerOf(name);
    for (const text of [
      '{"type":"user"}',
      '{"type":"tool_result","status":"error"}',
      '{"type":"item.completed","item":7}',
    ])
      expect(reader.line(text).filter((one) => one.kind === 'erred')).toEqual([]);
  });
});
