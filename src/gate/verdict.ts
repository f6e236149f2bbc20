// Why: a decision about one change that a person can check: which line of which file, or what was missing.
// Promises: every change gets exactly one verdict; a verdict names what decided it.
// Never: holds anything that isn't data; verdicts are written to disk as they are.
import type { Change } from '../changes/change.ts';

/** A line of a card or order that decided. */
export type Deciding = { readonly file: string; readonly line: number; readonly pattern: string };

/** Why a change was refused. */
export type RefusalReason =
  | 'path'
  | 'kind'
  | 'floor'
  | 'write'
  | 'deny'
  | 'files'
  | 'contract'
  | 'send'
  | 'mail'
  | 'clash'
  | 'move'
  | 'spelling'
  | 'secret'
  | 'rejected';

/** The gate's word on one change. */
export type Verdict =
  | {
      readonly decision: 'allow';
      readonly path: string;
      readonly what: Change['what'];
      readonly by: readonly Deciding[];
      /** The other end of a move: of an added file where it was, of a deleted one where it went. */
      readonly moved?: string | undefined;
    }
  | {
      readonly decision: 'refuse';
      readonly path: string;
      readonly what: Change['what'];
      readonly reason: RefusalReason;
      readonly sentence: string;
      readonly by: readonly Deciding[];
      readonly moved?: string | undefined;
    };

/** Tells people what happened to a path. `show` spells paths for them. */
export function showDeed({ what, moved }: Pick<Verdict, 'what' | 'moved'>, show: (path: string) => string): string {
  if (moved !== undefined) return `moved ${what === 'deleted' ? 'to' : 'from'} ${show(moved)}`;
  return what === 'modified' ? 'edited' : what;
}

/** `roles/coder.md:7  repos/<any>/src/**` for each line that decided. */
export function showDeciding(by: readonly Deciding[]): string {
  return by.map((one) => `${one.file}:${one.line}  ${one.pattern}`).join('   ');
}
