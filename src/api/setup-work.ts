// Why: setting up a person's own agent CLI is a part of the API that needs no open workspace.
// Promises: the code is loaded when it is called.
// Never: does the work; the file that it loads does.
import { type Host, hostOf } from '../platform/process/host.ts';
import type { CliSetup, SetupQuestion } from './setup-cli.ts';

type Options = { readonly env?: Host['env'] };

/**
 * Tells what setting up a person's own agent CLI would change, or taking that back. Throws Fault `usage`,
 * `no-workspace`, `role-unknown`, `setup-unreadable`, `setup-unwritable`, `setup-shape`.
 */
export async function planSetup(question: SetupQuestion, { env }: Options = {}): Promise<CliSetup> {
  return (await import('./setup-cli.ts')).describeSetup(question, hostOf(env));
}

/** Makes the changes that were told under a digest. Throws what `planSetup` throws, and Fault `setup-changed`. */
export async function makeSetup(question: SetupQuestion, digest: string, { env }: Options = {}): Promise<CliSetup> {
  return (await import('./setup-cli.ts')).carrySetup(question, digest, hostOf(env));
}
