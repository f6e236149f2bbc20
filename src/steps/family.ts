// Why: what an order's sender was given reaches the order too: files to read, and files that are pinned. What holds for a whole family is put together here.
// Promises: pure; an order has all that its parent has and what it names itself, in workspace terms.
// Never: reads a text; whether a file is there is asked in refs.ts.
import { joinPins, type Pin } from '../gate/contract.ts';
import type { History } from '../ledger/standing.ts';
import type { Order } from '../order/order.ts';
import { workspaceGlob } from '../role/boundary.ts';

/** An order and where it comes from. `repo` is the repository its paths are in. */
export type Member = {
  readonly id: string;
  readonly parent: string | null;
  readonly order: Order;
  readonly repo: string | null;
};

/** What an order has, of both kinds. `flaw` says which two pins cannot both hold. */
export type Handed = {
  readonly refs: readonly string[];
  readonly contract: readonly Pin[];
  readonly flaw: string | null;
};

/** Puts together what an order has from its parent and what it names itself. */
export function handDown(history: History, { id, parent, order, repo }: Member): Handed {
  const above = history.orders.get(parent ?? '');
  const named = (order.settings.refs ?? []).map((path) => workspaceGlob(path, repo));
  const pins = (order.settings.contract ?? []).map(({ path, owner }) => ({
    path: workspaceGlob(path, repo),
    owner,
    plan: id,
  }));
  const joined = joinPins(above?.contract ?? [], pins);
  return {
    refs: [...new Set([...(above?.refs ?? []), ...named])],
    contract: typeof joined === 'string' ? (above?.contract ?? []) : joined,
    flaw: typeof joined === 'string' ? joined : null,
  };
}

/** What of it goes into the journal: nothing where there is nothing, and was nothing `before`. */
export function handedFields(
  { refs, contract }: Pick<Handed, 'refs' | 'contract'>,
  before: Pick<Handed, 'refs' | 'contract'> = { refs: [], contract: [] },
): { refs?: string[]; contract?: Pin[] } {
  return {
    ...(refs.length + before.refs.length === 0 ? {} : { refs: [...refs] }),
    ...(contract.length + before.contract.length === 0 ? {} : { contract: [...contract] }),
  };
}

/** The same as it is stamped into an order's text. Of two pins of one path the narrower is written. */
export function handedStamp({ refs, contract }: Pick<Handed, 'refs' | 'contract'>): {
  refs?: readonly string[];
  contract?: Readonly<Record<string, string | null>>;
} {
  const owners = new Map<string, string | null>();
  for (const { path, owner } of contract) owners.set(path, owner ?? owners.get(path) ?? null);
  return {
    ...(refs.length === 0 ? {} : { refs }),
    ...(contract.length === 0 ? {} : { contract: Object.fromEntries(owners) }),
  };
}

/** The order that a family began with. */
export function rootOf(history: History, id: string): string {
  const seen = new Set<string>();
  let at = id;
  for (let parent = history.orders.get(at)?.parent; parent != null && !seen.has(parent); ) {
    seen.add(parent);
    at = parent;
    parent = history.orders.get(at)?.parent;
  }
  return at;
}
