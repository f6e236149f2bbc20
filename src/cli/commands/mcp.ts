// Why: `fourline mcp` lets the agent session or the editor that a person uses already order work and look at it.
// Promises: standard output is the protocol alone; it ends when standard input does. All calls go to the workspace that
// it was started for.
// Never: lands, approves or edits a card for a client.
import { type Fourline, openFourline } from '../../api.ts';
import { serveMcp } from '../../mcp/mcp.ts';
import { Fault } from '../../platform/text/fault.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Serves one client; with `operator` it may answer what roles ask. Throws Fault `no-workspace`. */
export async function runMcp(invocation: Invocation, { operator }: { operator: boolean }): Promise<number> {
  const { root } = await openFourline(invocation.directory, invocation);
  if (process.stdin.isTTY) invocation.log.say('mcp: waits for an MCP client on standard input; Ctrl-D ends it', 'dim');
  const open = async (): Promise<Fourline> => {
    const fourline = await openFourline(root, invocation).catch(() => null);
    // Where the workspace is gone, a folder above it may be another one: that is nobody's answer.
    if (fourline?.root === root) return fourline;
    throw new Fault('no-workspace', `${root}, which this server was started for, is no workspace any more`, {
      hint: 'end this server, and start one for a workspace that is there: fourline -C <dir> mcp',
    });
  };
  await serveMcp(open, { operator, input: process.stdin, output: process.stdout });
  return exitCodes.ok;
}
