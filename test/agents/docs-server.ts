// Why: a card's own server is tried with a program that speaks the Model Context Protocol and nothing else.
// Promises: has one tool, `lookup`, which answers with the variable it was handed and what it sees of the host. With
// `--die` it ends at its start, with `--die-later` when it is called.
// Never: holds anything back.
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

type Message = { readonly id?: number; readonly method?: string; readonly params?: { protocolVersion?: string } };

const answers: Readonly<Record<string, (message: Message) => unknown>> = {
  initialize: ({ params }) => ({
    protocolVersion: params?.protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'docs', version: '1' },
  }),
  'tools/list': () => ({
    tools: [{ name: 'lookup', description: 'Looks it up.', inputSchema: { type: 'object', properties: {} } }],
  }),
  'tools/call': () => {
    if (process.argv.includes('--die-later')) process.exit(4);
    const walled = existsSync('/room/order.md') && !existsSync('/etc/shadow');
    const text = `the docs say ${process.env['DOCS_TOKEN'] ?? 'nothing'}, ${walled ? 'inside' : 'outside'}`;
    return { content: [{ type: 'text', text }] };
  },
};

if (process.argv.includes('--die')) process.exit(3);
createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line) as Message;
  if (message.id === undefined) return;
  const result = answers[message.method ?? '']?.(message) ?? {};
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, result })}\n`);
});
