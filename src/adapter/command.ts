// Why: the plainest agent, and the contract all others are built on: a program that reads a brief on standard input and works in the room.
// Promises: the card's command is started as it stands, without a shell; `{model}` in an argument is replaced by the card's model.
// Never: adds arguments of its own.
import type { Launch } from '../agent/agent.ts';

// Where the models of well-known programs are, by the program's name: for a key of the maker's and for a signed-in account (makers' notes on network access).
const modelHosts: ReadonlyMap<string, readonly string[]> = new Map([
  ['claude', ['api.anthropic.com', 'claude.ai', 'platform.claude.com']],
  ['codex', ['api.openai.com', 'chatgpt.com', 'auth.openai.com']],
  ['gemini', ['generativelanguage.googleapis.com', 'cloudcode-pa.googleapis.com', 'oauth2.googleapis.com']],
]);

/** Plans a card's own command. */
export function launchCommand(command: readonly [string, ...string[]], model: string | null): Launch {
  const [program, ...args] = command;
  const filled = args.map((arg) => arg.replaceAll('{model}', model ?? ''));
  const name = program.split('/').at(-1) ?? program;
  return {
    argv: [program, ...filled],
    files: {},
    home: {},
    env: {},
    prompt: null,
    sessions: null,
    openReader: null,
    label: model === null ? name : `${name} ${model}`,
    hosts: modelHosts.get(name) ?? [],
  };
}
