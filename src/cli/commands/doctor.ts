// Why: `fourline doctor` says whether everything is here that is needed, and that the gate holds.
// Promises: the API's findings, as a table; exit 7 when one is bad.
// Never: changes the workspace.
import { examine } from '../../api.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/**
 * Looks at everything, and with `agents` asks each card's agent for an answer. Exit 7 when something needed is missing,
 * does not answer, or the gate does not hold.
 */
export async function runDoctor(invocation: Invocation, options: { agents: boolean }): Promise<number> {
  const examination = await examine(invocation.directory, { ...options, env: invocation.env });
  const { ok, findings } = examination;
  invocation.answer(examination, [
    ...tableOf(findings.map((one) => [one.state === 'note' ? '-' : one.state, one.what, one.detail])),
    ...findings.flatMap((one) => (one.below === undefined ? [] : ['', ...one.below])),
    ...proposalOf(findings.flatMap((one) => one.lines ?? [])),
    ok
      ? 'next: fourline start'
      : `${findings.filter((one) => one.state === 'bad').length} of ${findings.length} are bad`,
  ]);
  return ok ? exitCodes.ok : exitCodes.environment;
}

function proposalOf(lines: readonly string[]): string[] {
  return lines.length === 0
    ? []
    : ['', 'for fourline.yaml (below its repos:, where it has one):', '', 'repos:', ...lines, ''];
}
