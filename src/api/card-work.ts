// Why: a person's work on cards is a part of the API that grows by itself.
// Promises: a method's code is loaded when it is called.
// Never: does the work; the files that it loads do.
import type { Exported, ExportQuestion, Imported, ImportQuestion } from './cards.ts';
import type { Site } from './site.ts';

/** Work on cards. */
export type CardWork = {
  /** Makes cards of other tools' agent files: all of them or none. No card that comes in may change a path. */
  readonly importRoles: (question: ImportQuestion) => Promise<readonly Imported[]>;
  /** Writes cards as agent files of another tool: all of them or none. */
  readonly exportRoles: (question: ExportQuestion) => Promise<readonly Exported[]>;
};

/** The work on the cards of a workspace. */
export function cardWork(site: Site): CardWork {
  return {
    importRoles: async (question) => (await import('./cards.ts')).importRoles(site, question),
    exportRoles: async (question) => (await import('./cards.ts')).exportRoles(site, question),
  };
}
