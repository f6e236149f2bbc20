// Why: the state table of INTERNALS.md as code. It says which line the journal lacks if a process died between a move
// on disk and its line.
// Promises: pure. We believe the disk: each place an order can lie in, with each position the journal can have for it,
// has one answer.
// Never: decides what becomes of an order that was on its way; journey/resume.ts does.
import type { Standing } from '../ledger/standing.ts';

/** Where an order lies on disk. `waits` is true if a waiting.json lies beside it. */
export type Whereabouts =
  | { readonly kind: 'archive'; readonly month: string }
  | { readonly kind: 'inbox'; readonly role: string }
  | { readonly kind: 'active'; readonly waits: boolean }
  | { readonly kind: 'nowhere' };

/**
 * The journal line that is missing for a move that the disk shows, named as the line's step; `none` if no line is
 * missing.
 */
export type Missing =
  | { readonly kind: 'none' }
  | { readonly kind: 'settled'; readonly month: string }
  | { readonly kind: 'routed'; readonly to: string }
  | { readonly kind: 'released' }
  | { readonly kind: 'returned' }
  /** Its line may be there, but fourline may not have asked the person or role yet. */
  | { readonly kind: 'parked' }
  /** No move: the order was on its way when the process ended. */
  | { readonly kind: 'broken' };

/** Says which line is missing for an open order. */
export function missingOf(
  lies: Whereabouts,
  { position, role, pause: { decisions, held } }: Pick<Standing, 'position' | 'role' | 'pause'>,
): Missing {
  switch (lies.kind) {
    case 'archive':
      return { kind: 'settled', month: lies.month };
    case 'inbox': {
      // A person moved a posted order to another inbox: it now belongs to that role.
      if (position === 'posted') return { kind: 'none' };
      if (lies.role !== role) return { kind: 'routed', to: lies.role };
      const rejected = decisions.some((one) => one.run === held?.run && one.verdict === 'rejected');
      return position === 'parked' && !rejected ? { kind: 'released' } : { kind: 'returned' };
    }
    case 'active':
      if (lies.waits) return { kind: 'parked' };
      // A parked order without its waiting.json is on its way back; the next look continues that.
      return position === 'parked' ? { kind: 'none' } : { kind: 'broken' };
    case 'nowhere':
      // A posted order whose file is gone was withdrawn; the next look settles it.
      return position === 'posted' ? { kind: 'none' } : { kind: 'broken' };
  }
}
