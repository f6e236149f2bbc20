// Why: the plainest agent, and the contract all others are built on: a program that reads a brief on standard input and
// works in the room.
// Promises: the card's command is started as it stands, without a shell; `{model}` in an argument is replaced by the
// card's model.
// Never: adds arguments of its own.
import type { Launch } from '../agent/agent.ts';
import { claude } from './claude.ts';
import { codex } from './codex.ts';
import { gemini } from './gemini.ts';

// A well-known program has its model where its adapter says.
const modelHosts = new Map(
  [claude, codex, gemini].map((one) => [one.program, one.launch({ model: null, env: {}, signIn: [] }).hosts]),
);

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
