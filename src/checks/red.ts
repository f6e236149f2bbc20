// Why: a check that fails on the branch itself says nothing about the work that would land on it. And some checks need
// a service beside them.
// Promises: pure. Two failures are alike only when the work added nothing to what the branch printed.
// Never: runs anything.
import type { ObjectId } from '../platform/git/git.ts';
import { shellWord } from '../platform/text/text.ts';
import type { CheckResult } from './check.ts';

/**
 * Checks that fail on a branch without the work that waits to land: the tip they ran on, and which they are, in words.
 */
export type RedBranch = {
  readonly branch: string;
  readonly tip: ObjectId;
  readonly why: string;
  /**
   * Set when no check could run because no setup works at the moment: the time when a setup is tried again, in
   * milliseconds since 1970.
   */
  readonly again?: number | undefined;
};

/**
 * Whether a check fails for a commit as it does for the branch: the same end, and no line in its output that the
 * branch's lacks. A check that prints nothing shows nothing: it may be what the order is to make pass.
 */
export function isRedAlike(work: CheckResult, branch: CheckResult): boolean {
  if (work.status === 0 || branch.status === 0) return false;
  if (work.status !== branch.status || work.timedOut !== branch.timedOut || work.limit !== branch.limit) return false;
  const [told, known] = [redLines(work.tail), redLines(branch.tail)];
  return (told.size > 0 || work.timedOut) && [...told].every((line) => known.has(line));
}

// Colours and styles of a terminal (ECMA-48, SGR).
const colours = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g');
// Times, addresses and places in a file are another each time, and so are all numbers of a summary. Any other number
// may be what failed.
const passing = /0x[\da-f]+|\d+(?:\.\d+)?\s?(?:ms|m?s|µs|sec(?:onds?)?|min(?:utes?)?)\b|:\d+|\d+:\d+(?::\d+)?/gi;
const summary =
  /\b(?:pass|passed|passing|fail|failed|failing|failures?|tests?|suites?|files?|duration\w*|time|ran|total|skipped|todo|errors?)\b/i;

// The first line of a tail may be cut off anywhere.
function redLines(tail: string): Set<string> {
  const lines = tail.replaceAll(colours, '').split(/\r?\n/);
  const whole = tail.length > 3500 ? lines.slice(1) : lines;
  const plain = whole.map((line) => {
    const text = line.replace(passing, '#').trim();
    return summary.test(text) ? text.replace(/\d+/g, '#') : text;
  });
  return new Set(plain.filter((line) => line !== ''));
}

// The status of a check whose service ended badly: the check was not run.
const serviceFailed = 125;

// Arguments: the check, then its services. A service counts as ready when it ended well or something listens that did
// not before (flags and states as proc(5) and the kernel's net/tcp_states.h give them); the sandbox ends it with the
// check.
const script = `check=$1; shift
listening() { cat /proc/net/tcp /proc/net/tcp6 /proc/net/unix 2>/dev/null | grep -c -e ' 0A ' -e ' 00010000 '; }
at=0
for one do
  at=$((at + 1)); out="$TMPDIR/service-$at"; before=$(listening); tries=0
  { sh -c "$one" >"$out" 2>&1 </dev/null; echo $? >"$out.ended"; } &
  while [ ! -s "$out.ended" ] && [ "$(listening)" = "$before" ] && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
  if [ -s "$out.ended" ] && [ "$(cat "$out.ended")" != 0 ]; then
    echo "checks: with: $one ended with status $(cat "$out.ended")"; tail -n 20 "$out"; exit ${serviceFailed}
  fi
done
sh -c "$check"`;

/**
 * The service that kept a check from running, and how it ended, as the check's output says it; null when no service
 * did.
 */
export function failedService({ status, tail }: Pick<CheckResult, 'status' | 'tail'>): string | null {
  return status === serviceFailed ? (/^checks: with: .* ended with status \d+$/m.exec(tail)?.[0] ?? null) : null;
}

/**
 * A shell command that starts services (shell commands as well) beside a check and waits until each is ready, at most
 * 30 seconds.
 */
export function withServices(command: string, services: readonly string[]): string {
  if (services.length === 0) return command;
  return ['sh', '-c', script, 'sh', command, ...services].map(shellWord).join(' ');
}
