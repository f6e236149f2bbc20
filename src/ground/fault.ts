// Why: some things nobody at the place they happen can act on (a disk that fails, a broken workspace). They are thrown
// as a Fault, which says what is wrong, where, and what to do.
// Promises: a Fault always carries a code that stays the same between versions.
// Never: used for what the world may answer (a refused change, a failed agent): those are returned as unions.

/** What a Fault may say beyond its message. */
export type FaultDetail = {
  readonly where?: string | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
};

/** The project's one class: an error that a person can act on. `code` is a stable kebab-case name. */
export class Fault extends Error {
  readonly code: string;
  readonly where: string | undefined;
  readonly hint: string | undefined;

  constructor(code: string, message: string, detail: FaultDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'Fault';
    this.code = code;
    this.where = detail.where;
    this.hint = detail.hint;
  }
}

/** The errno name of a thrown system error (`ENOENT`, `EACCES` …), or undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

/** One line a person can read for anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
