// Why: a card's tools, skills and servers are looked at before a run needs them.
// Promises: a skill that can't be copied is an error. Two things are warnings: a tool that the CLI keeps all the same,
// and a list of tools with which no report can be written.
// Never: asks whether this machine has a program or a variable; that is doctor's.
import type { Launch } from '../agent/agent.ts';
import { splitFrontMatter } from '../platform/text/front-matter.ts';
import type { Problem } from '../platform/text/problem.ts';
import type { CardReading } from '../role/roles.ts';
import { skillsFlaw } from '../runs/equipment.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Problems of a card's tools and skills; `launch` is null where its agent can't be planned. */
export async function equipmentProblems(
  workspace: Workspace,
  { card, text }: CardReading,
  launch: Launch | null,
): Promise<Problem[]> {
  if (card === null) return [];
  const { role } = card;
  const parts = splitFrontMatter(text);
  const at = (code: string, level: Problem['level'], message: string, hint?: string): Problem => {
    const key = message.slice(0, message.indexOf(':'));
    const field = parts.ok ? parts.fields.find((one) => one.key === key) : undefined;
    return { code, level, message, line: field?.line ?? 1, column: field?.column ?? 1, hint };
  };
  const skills = await skillsFlaw(workspace, role);
  // A CLI that keeps a tool all the same is not kept from writing.
  const mute =
    role.tools !== null &&
    (launch?.unheld ?? []).length === 0 &&
    !role.tools.includes('edit') &&
    !role.tools.includes('shell');
  return [
    ...(skills === null ? [] : [at('role-skills', 'error', skills)]),
    ...(launch?.unheld ?? []).map((message) => at('role-tools-kept', 'warning', message)),
    ...(mute
      ? [
          at(
            'role-tools-mute',
            'warning',
            'tools: without edit or shell the agent writes no report and no mail, so it can neither halt nor review',
            'add edit: write: decides what it may change',
          ),
        ]
      : []),
  ];
}
