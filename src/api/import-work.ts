// Why: what comes from elsewhere as drafts is a part of the API that grows by itself.
// Promises: a method's code is loaded when it is called.
// Never: does the work; the file that it loads does.
import type { ImportedIssue, IssueQuestion } from './import-issue.ts';
import type { Site } from './site.ts';

/** Drafts of what others wrote. */
export type ImportWork = {
  /** Makes a draft of an order from an issue, in drafts/, and says what it took from the issue and what is missing. */
  readonly importIssue: (question: IssueQuestion) => Promise<ImportedIssue>;
};

/** The drafts of a workspace. */
export function importWork(site: Site): ImportWork {
  return {
    importIssue: async (question) => (await import('./import-issue.ts')).importIssue(site, question),
  };
}
