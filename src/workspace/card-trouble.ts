// Why: a broken card keeps its role idle or in its earlier form, and everybody who asks gets the same answer.
// Promises: one line, with the file, its line and the card that holds meanwhile.
// Never: reads a file.
import { escapeText } from '../platform/text/text.ts';
import type { Workspace } from './workspace.ts';

/** Why a role takes nothing: its card is broken and no earlier card is in force. Null if that is not so. */
export function idleReason(workspace: Workspace, role: string): string | null {
  return workspace.broken.has(role) && !workspace.cards.has(role) ? cardTrouble(workspace, role) : null;
}

/** The problem of a role's card as it lies there, in one line. */
export function cardTrouble({ cards, broken }: Workspace, name: string): string {
  const reading = broken.get(name);
  const [problem] = reading?.problems ?? [];
  const then = cards.has(name) ? 'the last good card stays in force' : `${name} takes no orders`;
  return `${reading?.file ?? `roles/${name}.md`}:${problem?.line ?? 1}: ${escapeText(problem?.message ?? 'it cannot be used')}; ${then}  → fourline check`;
}
