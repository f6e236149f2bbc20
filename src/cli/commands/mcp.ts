// Why: `fourline mcp` lets the agent session or the editor that a person uses already order work and look at it.
// Promises: standard output is the protocol alone; it ends when standard input does.
// Never: lands, approves or edits a card for a client.
import { openFourline } from '../../api.ts';
import { serveMcp } from '../../mcp/mcp.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Serves one client; with `operator` it may answer what roles ask. Throws Fault `no-workspace`. */
export async function runMcp(invocation: Invocation, { operator }: { operator: boolean }): Promise<number> {
  const { root } = await openFourline(invocation.directory, invocation);
  if (process.stdin.isTTY) invocation.log.say('mcp: waits for an MCP client on standard input; Ctrl-D ends it', 'dim');
  await serveMcp(() => openFourline(root, invocation), { operator, input: process.stdin, output: process.stdout });
  return exitCodes.ok;
}
