// Why: why a flow begins no run is said in the same words by commands and by the daemon.
// Promises: loads next to nothing: the API hands it out, and every command loads what the API hands out.
// Never: reads a flow.
import { type Problem, printProblem } from '../platform/text/problem.ts';

/** The orders that a run would write, as far as they are known, or why it would not; a gate has no text. */
export type FlowDraft = {
  readonly orders: readonly { readonly step: string; readonly to: string; readonly text: string | null }[];
  readonly problems: readonly Problem[];
  /** Roles that have no card. */
  readonly missing: readonly string[];
  readonly file: string;
  readonly source: string;
};

/** Says in words why a flow begins no run. */
export function draftWords(name: string, { problems, missing, file, source }: FlowDraft): string {
  const roles = missing.map(
    (role) => `the flow ${name} needs the role ${role}: fourline role new ${role} --from ${role}`,
  );
  return [...problems.map((one) => printProblem(one, file, source)), roles.join('\n')].filter(Boolean).join('\n\n');
}
