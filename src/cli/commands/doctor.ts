// Why: `fourline doctor` says whether everything is here that is needed, and that the gate holds.
// Promises: the API's findings, as a table; exit 7 when one is bad. With --fix, what would be mended is shown first.
// Never: changes the workspace without --fix and a person's word.
import { examine, type Mend, mendPlaces, proposeMends } from '../../api.ts';
import { countOf, escapeText } from '../../platform/text/text.ts';
import { confirms } from '../ask.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** The options. `fix` mends what can be mended, once a person said so or with `yes`. */
export type DoctorOptions = { readonly agents?: boolean; readonly fix?: boolean; readonly yes?: boolean };

/**
 * Looks at everything, and with `agents` asks each card's agent for an answer. Exit 7 when something needed is missing,
 * does not answer or could not be mended, or the gate does not hold. Throws Fault `usage` where nobody can be asked.
 */
export async function runDoctor(invocation: Invocation, options: DoctorOptions): Promise<number> {
  const { agents = false, fix = false, yes = false } = options;
  const mended = fix ? await runMends(invocation, yes) : null;
  const examination = await examine(invocation.directory, { agents, env: invocation.env });
  const { ok, findings } = examination;
  invocation.answer(mended === null ? examination : { ...examination, mended }, [
    ...(mended ?? []).map(mendedLine),
    ...tableOf(findings.map((one) => [one.state === 'note' ? '-' : one.state, one.what, one.detail])),
    ...findings.flatMap((one) => (one.below === undefined ? [] : ['', ...one.below])),
    ...proposalOf(findings.flatMap((one) => one.lines ?? [])),
    ok
      ? 'next: fourline start'
      : `${findings.filter((one) => one.state === 'bad').length} of ${findings.length} are bad`,
  ]);
  const all = mended?.every((one) => one.flaw === undefined) ?? true;
  return ok && all ? exitCodes.ok : exitCodes.environment;
}

function mendedLine({ place, does, flaw }: Mend): string {
  return flaw === undefined
    ? `mended  ${place}  ${escapeText(does)}`
    : `not mended  ${place}  ${escapeText(does)}: ${escapeText(flaw)}`;
}

async function runMends({ directory, env, log }: Invocation, yes: boolean): Promise<readonly Mend[]> {
  const found = await proposeMends(directory, { env });
  if (found.length === 0) {
    log.say('there is nothing that doctor can mend', 'dim');
    return [];
  }
  for (const { place, does } of found) log.say(`${place}  ${escapeText(does)}`);
  if (!yes && !(await confirms(`Mend ${countOf(found.length, 'place')}? [y/N] `))) {
    log.say('nothing is mended', 'dim');
    return [];
  }
  return mendPlaces(directory, found, { env });
}

function proposalOf(lines: readonly string[]): string[] {
  return lines.length === 0
    ? []
    : ['', 'for fourline.yaml (below its repos:, where it has one):', '', 'repos:', ...lines, ''];
}
