// Why: a check that never ran, or asked a network it doesn't have, says nothing about the work. It is named as that,
// with what helps.
// Promises: pure; reads exit status and output, as shells and tools word them.
// Never: turns a failed check into a passed one.
import type { Recognised } from '../setup/ecosystem.ts';
import type { RepoSettings } from '../setup/plan.ts';
import { missingSetup } from '../setup/propose.ts';
import { failedService } from './red.ts';

/** How a check ended: its exit status (null when fourline ended it) and the end of its output. */
export type CheckEnd = { readonly command: string; readonly status: number | null; readonly tail: string };

/** Why a check says nothing about the work. `hint` says what helps. */
export type Diagnosis = {
  readonly kind: 'not-started' | 'no-network' | 'not-installed';
  readonly what: string;
  readonly hint: string;
};

// A shell that finds no program ends with 127, one that may not run it with 126 (POSIX, Shell Command Language 2.8.2).
const notFound = 127;
const notRun = 126;
// The words of libc's resolver, curl, git, Node, Python, Go and cargo for a network that isn't there.
const unreachable =
  /EAI_AGAIN|ENOTFOUND|ENETUNREACH|Temporary failure in name resolution|Could not resolve (?:host|proxy)|Name or service not known|getaddrinfo|Network is unreachable|dial tcp: lookup|failed to lookup address|No address associated with hostname/i;
// The words of Node, Python, shells and test runners for a package that isn't installed.
const diagnoseAbsent =
  /ERR_MODULE_NOT_FOUND|Cannot find (?:module|package)|ModuleNotFoundError|No module named|command not found|: not found|could not find gem|vendor\/autoload\.php|no required module provides package|no matching package/i;

/** Looks at a check that failed; null when its failure is about the work. */
export function diagnoseCheck(end: CheckEnd, found: readonly Recognised[], settings: RepoSettings): Diagnosis | null {
  const { command, status, tail } = end;
  if (status === 0 || status === null) return null;
  const service = failedService(end);
  if (service !== null)
    return {
      kind: 'not-started',
      what: `\`${command}\` was not run: ${service}`,
      hint: 'mend that command in fourline.yaml: checks: with: of this repository',
    };
  const missing = missingSetup(command, found, settings);
  const setup = 'say how it is installed, in fourline.yaml: repos: with setup: (fourline doctor proposes the lines)';
  if (unreachable.test(tail))
    return {
      kind: 'no-network',
      what: `\`${command}\` asked for a network, and checks have none`,
      hint: missing === null ? 'install it in setup:, or give checks hosts: checks: { network: [host] }' : setup,
    };
  if (missing !== null && (status === notFound || diagnoseAbsent.test(tail)))
    return { kind: 'not-installed', what: missing, hint: setup };
  if (status === notFound)
    return {
      kind: 'not-started',
      what: `\`${command}\` could not be started: a program is not there`,
      hint: 'checks see /usr and what setup: installs; correct the bullet, or install it in setup:',
    };
  if (status === notRun)
    return {
      kind: 'not-started',
      what: `\`${command}\` could not be started: it may not be run`,
      hint: 'git tracks whether a file may be run: git update-index --chmod=+x <file>',
    };
  return null;
}
