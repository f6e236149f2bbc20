// Why: people edit cards and settings while fourline runs, and break them. fourline says what takes effect and what
// does not.
// Promises: a broken file changes nothing that is in force. The report names the error by file and line when it
// happens, and in `status` for as long as it stands.
// Never: reads a file; workspace.ts does.
import { escapeText } from '../platform/text/text.ts';
import { cardTrouble } from '../workspace/card-trouble.ts';
import { refreshCards, refreshSettings, type Session, type Workspace } from '../workspace/workspace.ts';

/** Takes in the edits since the last look, and reports them. True when there were any. */
export async function hearNews(session: Session): Promise<boolean> {
  const { workspace } = session;
  const settings = await refreshSettings(workspace);
  if (settings === 'edited') workspace.tell({ kind: 'configuration', detail: 'fourline.yaml edited', weight: 'minor' });
  else if (settings !== null)
    for (const one of settingsTroubles(workspace))
      workspace.tell({ kind: 'configuration', detail: one, weight: 'bad' });
  const cards = await refreshCards(session);
  for (const { name, what } of cards) {
    if (what === 'broken')
      workspace.tell({ kind: 'configuration', role: name, detail: cardTrouble(workspace, name), weight: 'bad' });
    else workspace.tell({ kind: 'configuration', role: name, detail: `roles/${name}.md ${what}`, weight: 'minor' });
  }
  return settings !== null || cards.length > 0;
}

/**
 * Describes the problems of cards and settings on disk, by file and line, and what they mean for the work. `idle` says
 * that no daemon works.
 */
export function fileTroubles(workspace: Workspace, idle = false): string[] {
  return [
    ...settingsTroubles(workspace, idle),
    ...[...workspace.broken.keys()].map((name) => cardTrouble(workspace, name)),
  ];
}

function settingsTroubles({ settings, settingsFile }: Workspace, idle = false): string[] {
  const [problem] = settingsFile.problems;
  const then = idle ? 'nothing starts until it is mended' : 'the last good settings stay in force';
  if (problem !== undefined)
    return [`fourline.yaml:${problem.line}: ${escapeText(problem.message)}; ${then}  → fourline check`];
  if (settingsFile.text === null) return [];
  const late = (['sandbox', 'domain'] as const).filter((key) => settingsFile.settings[key] !== settings[key]);
  return late.map((key) => `fourline.yaml: ${key}: takes effect at the next start`);
}
