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
import type { Role } from '../role/role.ts';
import { insideProgram } from '../sandbox/inside-program.ts';
import { onPath } from '../sandbox/machine.ts';

/** The known agent CLIs, in the order in which `auto` looks for them. */
export const adapters: readonly Adapter[] = [claude, codex, opencode, gemini];

/**
 * Plans a role's launch. Returns a string that says why it cannot be started at all. `env` are the variables it is
 * handed; before these are known, the names on its card stand for them.
 */
export async function planLaunch(
  role: Role,
  env: Readonly<Record<string, string>> = Object.fromEntries(role.env.map((name) => [name, ''])),
): Promise<Launch | Reason> {
  const { agent, model, effort } = role;
  switch (agent.kind) {
    case 'command':
      return launchCommand(agent.command, model);
    case 'acp':
      return launchAcp(agent.command, model);
    case 'rehearsal':
      return launchRehearsal(agent.steps, process.execPath, (await insideProgram('rehearse')).path);
    case 'cli': {
      for (const one of adapters)
        if (one.name === agent.name || (agent.name === 'auto' && (await onPath(one.program)) !== null))
          return one.launch({ model, effort, env, signIn: role.signIn });
      return `none of ${adapters.map((one) => one.program).join(', ')} is on PATH`;
    }
  }
}
