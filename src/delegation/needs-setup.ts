// Why: a command of Acceptance that needs installed packages fails after a paid run. The repository's files show before
// the run what the command lacks.
// Promises: each doubt points at its bullet and gives the lines for fourline.yaml. There is no doubt where a setup
// installs what is needed.
// Never: refuses an order: the files may be misleading.
import type { Order } from '../order/order.ts';
import type { Problem } from '../platform/text/problem.ts';
import { ecosystems, neededBy, recognise } from '../setup/ecosystem.ts';
import type { RepoSettings } from '../setup/plan.ts';
import { installingPart, missingSetup, proposeSetup, uncovered } from '../setup/propose.ts';

// Every manager at the top: if a command needs no manager at all, we don't look at the repository.
const anywhere = ecosystems.map((ecosystem) => ({ ecosystem, folder: '' }));

/**
 * Says which Acceptance commands of an order lack what a setup would install. `list` gives the paths of the
 * repository's branch; it is called only when they matter.
 */
export async function setupDoubts(
  order: Order,
  repo: string,
  list: () => Promise<readonly string[]>,
  settings: RepoSettings,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { command, line } of order.acceptance) {
    if (command === null || neededBy(command, anywhere).length === 0) continue;
    const found = recognise(await list());
    const missing = missingSetup(command, found, settings);
    const installing = installingPart(command, settings);
    const say = (code: string, message: string, hint: string, lines?: readonly string[]): void =>
      void problems.push({ code, level: 'warning', message, line, column: 1, hint, lines });
    if (missing !== null)
      say(
        'check-needs-setup',
        missing,
        `checks have no network; ${settings.setups.length === 0 ? 'put this into fourline.yaml' : 'add what is missing in fourline.yaml'} (docs/setup.md)`,
        problems.length === 0 ? ['repos:', ...proposeSetup(repo, uncovered(found, settings))] : undefined,
      );
    else if (installing !== null)
      say(
        'check-installs',
        `\`${command}\` installs by itself, and checks have no network`,
        `leave \`${installing}\` out: what setup: installs is there`,
      );
  }
  return problems;
}
