// Each CLI tells in its own stream which server of its card it doesn't have.
import { expect, test } from 'vitest';
import type { Ending } from '../../src/agent/agent.ts';
import { openServers } from '../../src/runs/servers.ts';
import { playStream, type Recorded, readerOf } from '../kit/stream.ts';

const line = (value: object): Recorded => ({ line: JSON.stringify(value) });
const neverThere = 'the run began without it: it did not start, or did not answer';
const closed = 'its connection was closed while the run went on';
const claudeCall = (text: string): Recorded[] => [
  line({
    type: 'assistant',
    message: { id: 'm', content: [{ type: 'tool_use', id: 't', name: 'mcp__docs__lookup' }] },
  }),
  line({
    type: 'user',
    message: { content: [{ type: 'tool_result', tool_use_id: 't', is_error: true, content: text }] },
  }),
];
const states = (docs: string): Recorded =>
  line({
    type: 'system',
    subtype: 'init',
    mcp_servers: [
      { name: 'docs', status: docs },
      { name: 'x', status: 'failed' },
    ],
  });

function heardOf(agent: string, recorded: readonly Recorded[], names = ['docs']): readonly string[] {
  const servers = openServers(names);
  for (const event of playStream(agent, recorded).events) servers.heard(event);
  return servers.unmet();
}

// In the forms that Claude Code 2.1.329, Codex 0.169.0, opencode 1.18.33 and the Gemini CLI 0.61.0 have.
test.each<[string, string, Recorded[], string[]]>([
  ['claude', 'a server that failed', [states('failed')], [`mcp: docs: ${neverThere}`]],
  ['claude', 'one that it waits for no longer', [states('pending')], [`mcp: docs: ${neverThere}`]],
  ['claude', 'one that is there', [states('connected')], []],
  ['claude', 'one that ended', claudeCall('Connection closed'), [`mcp: docs: ${closed}`]],
  ['claude', 'a call that failed by itself', claudeCall('No such page.'), []],
  [
    'codex',
    'one that ended',
    [
      line({
        type: 'item.completed',
        item: {
          type: 'mcp_tool_call',
          server: 'docs',
          tool: 'lookup',
          error: { message: 'it failed\n    Transport closed' },
        },
      }),
    ],
    [`mcp: docs: ${closed}`],
  ],
  [
    'opencode',
    'a server that failed',
    [{ aside: 'timestamp=x level=WARN run=4 message="server unavailable" key=docs type=local status=failed' }],
    [`mcp: docs: ${neverThere}`],
  ],
  [
    'gemini',
    'its only server',
    [{ aside: 'MCP issues detected. Run /mcp list for status.' }],
    [`mcp: docs: ${neverThere}`],
  ],
  [
    'gemini',
    'one that ended',
    [
      line({ type: 'tool_use', tool_name: 'mcp_docs_lookup', tool_id: 't' }),
      line({
        type: 'tool_result',
        tool_id: 't',
        status: 'error',
        error: { message: 'with: MCP error -32000: Connection closed' },
      }),
    ],
    [`mcp: docs: ${closed}`],
  ],
])('%s tells of %s', (agent, _, recorded, unmet) => {
  expect(heardOf(agent, recorded)).toEqual(unmet);
});

test('if a CLI does not say which server it lacks, all are named', () => {
  const issues = [{ aside: 'MCP issues detected. Run /mcp list for status.' }];
  expect(heardOf('gemini', issues, ['docs', 'search'])).toEqual([
    'mcp: docs, search: the run began without at least one of these',
  ]);
});

test('a run that ends before the first word of its CLI names the servers that may hold it up', () => {
  const silent: Ending = { kind: 'over-limit', limit: 'silence', detail: 'no word for 5 minutes' };
  const told = openServers(['docs']);
  expect(told.endingOf(silent)).toMatchObject({ detail: expect.stringContaining('waited for a server (mcp: docs)') });
  expect(told.unmet()).toEqual([expect.stringContaining('mcp: docs: the run ended before its CLI said a word')]);
  const spoke = openServers(['docs']);
  spoke.heard({ kind: 'began' });
  expect(spoke.endingOf(silent)).toEqual(silent);
  expect(spoke.unmet()).toEqual([]);
  expect(openServers([]).endingOf(silent)).toEqual(silent);
});

test('warnings of opencode are no reason for its end', () => {
  const reader = readerOf('opencode');
  const warning = 'level=WARN run=4 message="server unavailable" key=docs type=local status=failed';
  expect(reader.end(1, `timestamp=x ${warning}\nit broke\n`)?.detail).toBe('it failed: it broke');
});
