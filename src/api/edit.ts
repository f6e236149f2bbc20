// Why: a card that was edited and is not in force yet is read before it counts: which powers it adds, and which it
// takes.
// Promises: each path is the gate's own answer, by the card that was in force and by the edited one.
// Never: puts a card into force.

import { repositoryPaths } from '../delegation/unmatched.ts';
import { judgeOne } from '../gate/gate.ts';
import type { Grant } from '../role/grant.ts';
import { type CardReading, recallCard } from '../role/roles.ts';
import type { Look } from '../workspace/look.ts';

/** How many files of repositories are held against both cards. */
const mostPaths = 20_000;

/** An edit of a card that is not in force. */
export type PendingEdit = {
  /** The card that was in force last, and the file as it lies there. */
  readonly before: string;
  readonly after: string;
  /** True where the file can't be used: the card before stays in force while fourline works. */
  readonly broken: boolean;
  /** Files of repositories that the role may change by the edited card alone, and those by the one before alone. */
  readonly adds: readonly string[];
  readonly takes: readonly string[];
};

/** The edit of a card since fourline last took it; null where there is none, or where that card is gone. */
export async function cardEdit(
  { workspace, history }: Pick<Look, 'workspace' | 'history'>,
  reading: CardReading,
): Promise<PendingEdit | null> {
  const digest = history.cards.get(reading.name);
  if (digest === undefined || digest === reading.digest) return null;
  const recalled = await recallCard(workspace.places, reading.name, digest);
  if (recalled.kind !== 'card') return null;
  const { card } = recalled;
  const edit = { before: card.text, after: reading.text };
  if (reading.card === null) return { ...edit, broken: true, adds: [], takes: [] };
  const paths = (await repositoryPaths(workspace)).slice(0, mostPaths);
  const [old, fresh] = [card.grant, reading.card.grant];
  return {
    ...edit,
    broken: false,
    adds: paths.filter((path) => mayChange(fresh, path) && !mayChange(old, path)),
    takes: paths.filter((path) => mayChange(old, path) && !mayChange(fresh, path)),
  };
}

function mayChange(grant: Grant, path: string): boolean {
  const verdict = judgeOne({ path, what: 'modified', flaw: null }, { grant, scope: null, pinned: [] });
  return verdict.decision === 'allow';
}
