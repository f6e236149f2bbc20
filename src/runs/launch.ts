// Why: a card names its agent; this file plans what is started for it, once a run.
// Promises: `auto` is the first agent CLI that is installed, in the order of the list below.
// Never: starts anything.

import { launchAcp } from '../adapter/acp.ts';
import { claude } from '../adapter/claude.ts';
import { codex } from '../adapter/codex.ts';
import { launchCommand } from '../adapter/command.ts';
import { gemini } from '../adapter/gemini.ts';
import { opencode } from '../adapter/opencode.ts';
import { launchRehearsal } from '../adapter/rehearsal.ts';
import type { Adapter, Launch } from '../agent/agent.ts';
import type { Reason } from '../platform/text/fault.ts';
import type { McpServer } from '../role/equipment.ts';
import type { Role } from '../role/role.ts';
import { insideProgram } from '../sandbox/inside-program.ts';
import { onPath } from '../sandbox/machine.ts';

/** The known agent CLIs, in the order in which `auto` looks for them. */
export const adapters: readonly Adapter[] = [claude, codex, opencode, gemini];

/**
 * Plans a role's launch. Returns a string that says why it cannot be started at all. `env` are the variables it is
 * handed; before these are known, the names on its card stand for them. `servers` are the card's as they are started
 * where the run is.
 */
export async function planLaunch(
  role: Role,
  env: Readonly<Record<string, string>> = Object.fromEntries(namedVariables(role).map((name) => [name, ''])),
  servers: readonly McpServer[] = role.mcp,
): Promise<Launch | Reason> {
  const { agent, model, effort, tools, signIn } = role;
  switch (agent.kind) {
    case 'command':
      return launchCommand(agent.command, model);
    case 'acp':
      return launchAcp(agent.command, model);
    case 'rehearsal':
      return launchRehearsal(agent.steps, process.execPath, (await insideProgram('rehearse')).path);
    case 'cli': {
      // A CLI may refuse all its servers for one variable that is not there.
      const given = servers.map((one) => ({ ...one, env: one.env.filter((name) => name in env) }));
      for (const one of adapters)
        if (one.name === agent.name || (agent.name === 'auto' && (await onPath(one.program)) !== null))
          return one.launch({ model, effort, tools, skilled: role.skills.length > 0, servers: given, env, signIn });
      return `none of ${adapters.map((one) => one.program).join(', ')} is on PATH`;
    }
  }
}

/** The variables that a card hands on, to its agent and to its servers. */
export function namedVariables({ env, mcp }: Pick<Role, 'env' | 'mcp'>): readonly string[] {
  return [...new Set([...env, ...mcp.flatMap((one) => one.env)])];
}
