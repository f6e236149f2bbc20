// Why: the pieces of an order's text, with where they stand: every problem points at its line.
// Promises: types alone.
// Never: reads anything.
import type { Glob } from '../platform/text/glob.ts';

/** A piece of an order's text with where it stands, counted from 1. */
export type Part = { readonly text: string; readonly line: number; readonly column: number };

/** One Acceptance bullet; `command` is what stands in backticks at its start. */
export type Criterion = Part & { readonly command: string | null };

/** One entry of Files. */
export type FileEntry = Part & { readonly glob: Glob };

/** One legal way to refuse. */
export type Branch = Part &
  ({ readonly kind: 'halt' } | { readonly kind: 'requeue' } | { readonly kind: 'route'; readonly role: string });
