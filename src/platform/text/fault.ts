// Why: the place where some things happen can do nothing about them (a disk that fails, a broken workspace). It throws
// them as a Fault, which says what is wrong, where, and what to do.
// Promises: a Fault always carries a code that stays the same between versions.
// Never: used for what the world may answer (a refused change, a failed agent): those are returned as unions.

/**
 * A sentence that says why there is nothing to give. A function that may answer `Value | Reason` never means anything
 * else by a string.
 */
export type Reason = string;

/** True when the answer is a reason instead of a value. */
export function isReason<Value>(answer: Value | Reason): answer is Extract<Value | Reason, string> {
  return typeof answer === 'string';
}

/** The parts of a Fault besides its message. */
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

/**
 * A trouble that a person can mend: its name, and what to do. `wide` is true when it concerns the whole machine, not
 * one file or folder alone.
 */
export type Trouble = { readonly code: string; readonly what: string; readonly hint: string; readonly wide: boolean };

// By errno or a Fault's own code, and by what git, sqlite and others say of it in words.
const troubles: readonly (Trouble & { readonly sign: RegExp })[] = [
  {
    code: 'disk-full',
    what: 'the disk is full',
    hint: 'make room on it; nothing that was promised is lost',
    wide: true,
    sign: /\bENOSPC\b|\bEDQUOT\b|No space left on device|Out of diskspace|couldn't write '|Disk quota exceeded|database or disk is full/,
  },
  {
    code: 'disk-read-only',
    what: 'the disk is read-only',
    hint: 'mount it writable again (a disk that fails is often made read-only: dmesg says so)',
    wide: true,
    sign: /\bEROFS\b|Read-only file system|attempt to write a readonly database/,
  },
  {
    code: 'files-exhausted',
    what: 'too many files are open',
    hint: 'raise the limit (ulimit -n), or end what holds them',
    wide: true,
    sign: /\bEMFILE\b|\bENFILE\b|Too many open files/,
  },
  {
    code: 'memory-exhausted',
    what: 'there is no memory or no process left',
    hint: 'end what uses them, or raise the limit (ulimit -u)',
    wide: true,
    sign: /\bENOMEM\b|\bEAGAIN\b|Cannot allocate memory|Resource temporarily unavailable/,
  },
  {
    code: 'disk-fails',
    what: 'the disk fails',
    hint: 'dmesg says more; save the workspace',
    wide: true,
    sign: /\bEIO\b|Input\/output error/,
  },
  {
    code: 'sandbox-unopened',
    what: 'bubblewrap fails',
    hint: 'fourline doctor tries it; no attempt was spent',
    wide: true,
    sign: /^sandbox-unopened\b/,
  },
  {
    code: 'no-permission',
    what: 'fourline may not use what it needs',
    hint: 'give its user the right to read and write there',
    wide: false,
    sign: /\bEACCES\b|\bEPERM\b/,
  },
];

/**
 * True when this process has lost its workspace: its journal, or its hold on it. That does not pass, and nothing more
 * may be done.
 */
export function isLost(error: unknown): boolean {
  return error instanceof Fault && (error.code === 'journal-lost' || error.code === 'desk-lost');
}

/**
 * Finds the trouble behind an error; null when there is no such trouble. A lost journal doesn't count: that does not
 * pass.
 */
export function troubleOf(error: unknown): Trouble | null {
  if (!(error instanceof Error) || isLost(error)) return null;
  const said = `${errnoOf(error) ?? ''} ${error.message}`;
  return troubles.find(({ sign }) => sign.test(said)) ?? troubleOf(error.cause);
}

/** True when the machine fails, and everybody's work with it. */
export function machineFails(error: unknown): boolean {
  return troubleOf(error)?.wide === true;
}

/**
 * The words for what went wrong with one thing alone. Where the machine fails the error is thrown on: what it failed is
 * done again when that has passed.
 */
export function ownWords(error: unknown): string {
  if (machineFails(error)) throw error;
  return messageOf(error);
}

/**
 * Gives a handler that answers with `value` for something that isn't there or cannot be read. The handler throws the
 * error on when the machine fails: that is no answer.
 */
export function whenAbsent<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (machineFails(error)) throw error;
    return value;
  };
}

/** One line a person can read for anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
