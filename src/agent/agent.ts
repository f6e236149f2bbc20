// Why: any program can be an agent. This is the contract between fourline and the program, and the plan of how to start one.
// Promises: pure; a plan says everything that will be started: argument vector, files, environment.
// Never: knows what the program did; the survey finds that out.
import type { Role } from '../role/role.ts';
import { launchCommand } from './command.ts';
import { launchRehearsal } from './rehearsal.ts';

/** How a role's agent is started. `files` are put beside the room before; `{file:name}` in an argument stands for such a file's path. */
export type Launch = {
  readonly argv: readonly [string, ...string[]];
  readonly files: Readonly<Record<string, string>>;
  /** How the agent is named in lines, trailers and reports. A rehearsal is always named as one. */
  readonly label: string;
  /** The hosts its model is at; empty where they are not known. */
  readonly hosts: readonly string[];
};

/** How an agent's process ended. */
export type Ending =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'over-limit'; readonly limit: string; readonly detail: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'unstartable'; readonly reason: string };

/** One finished execution. `tail` is the end of what it printed on standard output. */
export type RunResult = { readonly ending: Ending; readonly tail: string; readonly milliseconds: number };

/** Plans how to start a role's agent. `runtime` is the node program and `program` the path of the rehearsal program. */
export function planLaunch(role: Role, runtime: string, program: string): Launch {
  switch (role.agent.kind) {
    case 'command':
      return launchCommand(role.agent.command, role.model);
    case 'rehearsal':
      return launchRehearsal(role.agent.steps, runtime, program);
  }
}

/** An ending in words. */
export function showEnding(ending: Ending): string {
  switch (ending.kind) {
    case 'exited':
      return ending.status === 0 ? 'ended well' : `exit status ${ending.status}`;
    case 'signalled':
      return `ended by ${ending.signal}`;
    case 'over-limit':
      return `ended at its limit of ${ending.limit}: ${ending.detail}`;
    case 'stopped':
      return 'stopped with fourline';
    case 'unstartable':
      return `could not be started: ${ending.reason}`;
  }
}

/** The environment the contract promises, less what the card adds. */
export function contractEnvironment(of: {
  room: string;
  role: string;
  id: string;
  attempt: number;
}): Record<string, string> {
  return {
    FOURLINE_ROOM: of.room,
    FOURLINE_ORDER: `${of.room}/order.md`,
    FOURLINE_REPORT: `${of.room}/report.md`,
    FOURLINE_ROLE: of.role,
    FOURLINE_ID: of.id,
    FOURLINE_ATTEMPT: String(of.attempt),
  };
}
