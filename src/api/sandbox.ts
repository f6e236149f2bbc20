// Why: people want to know what stands around a run before anything runs.
// Promises: the same finding as the daemon's, by the settings of the workspace; nothing is started in it.
// Never: proves that it holds; doctor and the daemon do.
import { unheard } from '../event.ts';
import { noSandbox, type Sandboxing, showSandboxing } from '../sandbox/bubblewrap.ts';
import { findSandboxing } from '../sandbox/machine.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import type { Site } from './site.ts';

/** The sandbox that runs have here, in words, and its warnings for a person. */
export type Sandbox = {
  readonly kind: Sandboxing['kind'];
  readonly words: string;
  readonly warnings: readonly string[];
};

/** Finds the sandbox that runs of this workspace have. */
export async function readSandbox({ root, host }: Site): Promise<Sandbox> {
  const { settings } = await openWorkspace(root, { listener: unheard, host });
  const sandboxing = await findSandboxing(settings.sandbox, settings.runs);
  return { kind: sandboxing.kind, words: showSandboxing(sandboxing), warnings: noSandbox(sandboxing) };
}
