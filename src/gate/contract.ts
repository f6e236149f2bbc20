// Why: some files are agreed on by all orders of a plan. The order that pins such a file says once who may change it.
// That holds for all orders that come of it.
// Promises: pure; a pin from the parent stays in force beside the order's own pins, so an order can narrow a pin and
// never lift it.
// Never: grants anything; the card and Files must allow a change besides.
import type { Matcher } from '../role/grant.ts';

/**
 * A pinned file, as workspace path. `owner` is the role that may change it; null means that an order may change it
 * whose Files name it to the letter. `plan` is the order that pinned it.
 */
export type Pin = { readonly path: string; readonly owner: string | null; readonly plan: string };

/** A pinned file that an order may not change, and why. */
export type ClosedPin = { readonly path: string; readonly sentence: string };

/** Puts what an order pins below what it has from its parent; a string says which two cannot both hold. */
export function joinPins(inherited: readonly Pin[], own: readonly Pin[]): Pin[] | string {
  const out = [...inherited];
  for (const pin of own) {
    if (out.some((one) => one.path === pin.path && one.owner === pin.owner)) continue;
    const other = out.find((one) => one.path === pin.path && one.owner !== null && pin.owner !== null);
    if (other !== undefined)
      return `${pin.path} is pinned for ${other.owner ?? ''} by ${other.plan}: it cannot be ${pin.owner ?? ''}'s`;
    out.push(pin);
  }
  return out;
}

/** The pinned files that an order of a role may not change. `scope` are its Files. */
export function closePins(pins: readonly Pin[], role: string, scope: Matcher): ClosedPin[] {
  return pins.flatMap(({ path, owner, plan }) => {
    const named = scope.entries.some((one) => one.literal && one.pattern === path);
    if (owner === null ? named : owner === role) return [];
    const whose = owner === null ? 'only an order whose Files name it to the letter' : `only an order to ${owner}`;
    return [{ path, sentence: `it is pinned by ${plan}: ${whose} may change it` }];
  });
}
