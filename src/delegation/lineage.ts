// Why: roles that order each other would go on for ever. All orders that come from one order are a family, and a family
// has bounds.
// Promises: generations, runs and money have bounds, each with a default. The operator is told once when a family
// reaches a bound. Orders over a bound are held or refused by name, never dropped.
// Never: ends a run.

import { readFile } from 'node:fs/promises';
import type { History } from '../ledger/history.ts';
import { escapeText } from '../platform/text/text.ts';
import { noticeFile } from '../record/path.ts';
import { postNotice } from '../record/post.ts';
import type { Settings } from '../workspace/settings.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Why an order of a family does not start: the family has used up what it may. Null when the order may start. */
export function familyHold(settings: Settings, history: History, id: string): string | null {
  const root = history.orders.get(id)?.bonds.root;
  const used = history.families.get(root ?? '');
  if (root === undefined || used === undefined) return null;
  const { runs, usd } = settings.family;
  const over =
    used.runs >= runs
      ? `${used.runs} runs (family: runs: ${runs})`
      : used.usd >= usd
        ? `$${used.usd.toFixed(2)} (family: usd: ${usd})`
        : null;
  return over === null ? null : `the family of ${root} has used its ${over}; fourline.yaml may allow more`;
}

/** Why an order may send no orders: they would be too many generations below the first order. Null when it may. */
export function generationFlaw(settings: Settings, history: History, sender: string): string | null {
  const standing = history.orders.get(sender);
  const { generations } = settings.family;
  return standing === undefined || standing.bonds.generation < generations
    ? null
    : `the family of ${standing.bonds.root} has its ${generations} generations (family: generations)`;
}

/**
 * Tells the operator about each family with orders that wait at a bound, and about each family at its last generation.
 * It tells them once, as long as the notice lies there or this process goes on.
 */
export async function tellFamilies(
  workspace: Workspace,
  history: History,
  waiting: readonly { readonly id: string }[],
  told: Set<string>,
): Promise<void> {
  for (const { id } of waiting) {
    const root = history.orders.get(id)?.bonds.root ?? id;
    const words = familyHold(workspace.settings, history, id) ?? generationFlaw(workspace.settings, history, id);
    if (words !== null) await tellBound(workspace, told, root, words);
  }
}

async function tellBound(workspace: Workspace, told: Set<string>, root: string, words: string): Promise<void> {
  const name = `family-${root}`;
  const key = `${name} ${words}`;
  if (told.has(key)) return;
  told.add(key);
  const path = noticeFile(workspace.places, name);
  const text = `# A family of orders has come to its bound\n\n${escapeText(words)}.\n\nWhat came of ${root} so far: fourline show ${root}, fourline costs --by order. To let it go on, raise the bound in fourline.yaml; to end it, cancel its orders.\n`;
  if ((await readFile(path, 'utf8').catch(() => '')) === text) return;
  workspace.tell({ kind: 'family', order: root, detail: words, weight: 'bad' });
  await postNotice(workspace.places, name, text).catch(() => undefined);
}
