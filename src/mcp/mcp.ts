// Why: an MCP client (an agent session, an editor) talks to a workspace over a process's standard streams. This file
// alone uses the protocol's package.
// Promises: what is thrown is an answer that says what to do; a call that has begun ends before the server does.
// Never: writes anything but the protocol to `output`.
import type { Readable, Writable } from 'node:stream';
import { Server } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { type Fourline, version } from '../api.ts';
import { Fault, messageOf } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';
import type { Tool, ToolAnswer } from './tool.ts';
import { serverInstructions, toolsFor } from './tools.ts';

/** The streams of a client, and whether it speaks in the operator's name. */
export type McpOptions = { readonly operator: boolean; readonly input: Readable; readonly output: Writable };

/** Serves a client until its input ends. `open` opens the workspace for each call: it may be gone meanwhile. */
export async function serveMcp(open: () => Promise<Fourline>, { operator, input, output }: McpOptions): Promise<void> {
  const tools = toolsFor(operator);
  const calls = new Set<Promise<unknown>>();
  const ended = new Promise<void>((resolve) => input.once('end', resolve).once('close', resolve));
  const transport = new StdioServerTransport(input, output);
  const handle = serveStdio(() => makeServer(tools, open, calls), { transport });
  await ended;
  await Promise.allSettled(calls);
  await handle.close();
}

function makeServer(tools: readonly Tool[], open: () => Promise<Fourline>, calls: Set<Promise<unknown>>): Server {
  const server = new Server(
    { name: 'fourline', version },
    { capabilities: { tools: {} }, instructions: serverInstructions },
  );
  server.setRequestHandler('tools/list', () => ({
    tools: tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })),
  }));
  server.setRequestHandler('tools/call', async ({ params }) => {
    const call = callTool(tools, open, params.name, params.arguments ?? {});
    calls.add(call);
    const { lines, refused = false } = await call.finally(() => calls.delete(call));
    return { content: [{ type: 'text', text: lines.join('\n') }], isError: refused };
  });
  return server;
}

async function callTool(
  tools: readonly Tool[],
  open: () => Promise<Fourline>,
  name: string,
  given: Readonly<Record<string, unknown>>,
): Promise<ToolAnswer> {
  try {
    const tool = tools.find((one) => one.name === name);
    if (tool !== undefined) return await tool.run(await open(), given);
    const known = tools.map((one) => one.name).join(', ');
    throw new Fault('usage', `there is no tool '${name}'`, { hint: `the tools are ${known}` });
  } catch (error) {
    const { code, hint } = error instanceof Fault ? error : { code: 'unexpected', hint: undefined };
    const help = hint === undefined ? [] : [`help: ${escapeText(hint)}`];
    return { lines: [`error[${code}]: ${escapeText(messageOf(error))}`, ...help], refused: true };
  }
}
