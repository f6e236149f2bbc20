// Why: what fourline takes from the person it works for is handed in: one process may work for two, with two homes.
// Promises: no other file of the engine touches the environment of its process, but for the hook of the crash tests.
// Never: decides which variable goes to which program.
import { homedir } from 'node:os';

/** The person's side of this machine: their variables and their home. */
export type Host = { readonly env: Readonly<Record<string, string | undefined>>; readonly home: string };

/** The host with these variables. The API's door alone leaves them out, and gets this process's. */
export function hostOf(env: Host['env'] = process.env): Host {
  return {
    env,
    // An account may have no home, and then it matters only where somebody asks for it.
    get home() {
      return env['HOME'] ?? homedir();
    },
  };
}

/** This process's own PATH. Every program is found by it, whoever the host is, so git needs no host. */
export function ownPath(): string {
  return process.env['PATH'] ?? '/usr/bin:/bin';
}

/** Adds a variable to this process's environment, to see who inherits it. Returns what takes it away. */
export function addVariable(name: string): () => void {
  process.env[name] = 'x';
  return () => void delete process.env[name];
}
