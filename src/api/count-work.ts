// Why: what the history adds up to is a part of the API of its own.
// Promises: a method's code is loaded when it is called.
// Never: does the work; the files that it loads do.
import type { Audit, AuditQuestion, VerifiedAudit } from './audit.ts';
import type { CostQuestion, Costs } from './costs.ts';
import type { MadeProof, ProofQuestion } from './proof.ts';
import type { SignalQuestion, Signals } from './signals.ts';
import type { Site } from './site.ts';

/** The history, added up. */
export type CountWork = {
  /** The commit history per role; with `verify` every landing is recomputed. */
  readonly audit: (question?: AuditQuestion) => Promise<Audit | VerifiedAudit>;
  /** The tokens and the money that runs spent, by role, model, order, day or level. */
  readonly costs: (question?: CostQuestion) => Promise<Costs>;
  /** The signs that roles leave their job: five kinds, each with its evidence. */
  readonly signals: (question?: SignalQuestion) => Promise<Signals>;
  /** Writes evidence about settled orders into one file, which can be checked without the workspace. */
  readonly proof: (question: ProofQuestion) => Promise<MadeProof>;
};

/** The sums over the history of a workspace. */
export function countWork(site: Site): CountWork {
  return {
    audit: async (question) => (await import('./audit.ts')).auditHistory(site, question),
    costs: async (question) => (await import('./costs.ts')).addUpCosts(site, question),
    signals: async (question) => (await import('./signals.ts')).readSignals(site, question),
    proof: async (question) => (await import('./proof.ts')).writeProof(site, question),
  };
}
