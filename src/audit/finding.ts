// Why: each kind of finding has a code that stays, so that a person knows its meaning and a script can ask for it.
// Promises: pure. Every finding says what is wrong, where, and what to do. The printer escapes the texts of commits and
// files.
// Never: decides what is wrong.
import { escapeText } from '../platform/text/text.ts';

const findingLook = 'look at it: git -C repos/<repo> show <commit>, fourline show <order>';
const kept = 'restore it from a copy of the workspace; until then nobody can say whether it was allowed';
const edited = 'somebody edited it since: compare it with a copy of the workspace, or with state/ledger.git';
/** The step to take for whatever a proof is found with. */
export const proofHint =
  'get the proof again from whoever made it; fourline audit --verify tells whether their workspace has it so';

// Lists all findings, with the step to take for each.
const findingHints = {
  'commit-no-order': 'look at it: git -C repos/<repo> show <commit>; a commit by a person is no role’s work',
  'commit-not-landed': 'its trailers are copied: fourline landed no such commit; git -C repos/<repo> show <commit>',
  'commit-rewritten':
    'somebody amended or rebased it after it landed; compare both: git -C repos/<repo> diff <one> <other>',
  'commit-left': 'somebody reset or rewrote the branch; git -C repos/<repo> log <branch> shows what it holds now',
  'commit-missing': kept,
  'commit-parent': findingLook,
  'commit-author': findingLook,
  'commit-committer': findingLook,
  'commit-trailer': findingLook,
  'commit-outside': `${findingLook}; it holds what its role may not change`,
  'commit-unequal': findingLook,
  'card-missing': kept,
  'card-altered': edited,
  'card-unknown': 'look at the role’s cards in the ledger: git -C state/ledger.git log -- roles/<role>.md',
  'order-missing': kept,
  'order-altered': edited,
  'order-beyond-parent': 'fourline show <order> shows both; delegation narrows, it never widens',
  'record-missing': kept,
  'record-altered': edited,
  'verdict-differs': edited,
  'mail-differs': edited,
  'state-differs': edited,
  'target-replaced':
    'git -C repos/<repo> replace -l, and its info/grafts, say what; git replace -d <commit> takes one away',
  'journal-damaged': 'restore the line from a copy of state/journal.jsonl',
  'journal-incomplete': 'fourline log <order> shows what is there; restore state/journal.jsonl from a copy',
  'journal-differs': 'one of them was edited: compare state/journal.jsonl with git -C state/ledger.git show <commit>',
  'journal-lacks': 'a line was removed or damaged: git -C state/ledger.git show <commit> says what it told',
  'ledger-lacks': 'if nobody added the line by hand, fourline start --once publishes it',
  'ledger-missing': 'fourline start --once builds it again from the journal, which then stands alone',
  'signature-missing': 'fourline doctor says why its role did not sign; fourline init --sign adds missing keys',
  'signature-bad': findingLook,
  'signature-other': findingLook,
  'signature-unchecked': 'roles/allowed_signers and ssh-keygen are needed to check it',
  'proof-damaged': proofHint,
  'proof-lacks': proofHint,
  'proof-extra': proofHint,
  'proof-other': 'ask for the proof of this order; fourline proof --check <file> says which orders this one is about',
} as const;

/** The kind of a finding. */
export type FindingCode = keyof typeof findingHints;

/** One discrepancy. `at` is the time of the event that it is about (ISO 8601; empty when that time is unknown). */
export type Finding = {
  readonly code: FindingCode;
  readonly message: string;
  readonly where: string;
  readonly hint: string;
  readonly role: string | null;
  readonly order: string | null;
  readonly commit: string | null;
  readonly at: string;
};

/** The things that a finding is about, as far as they are known. */
export type Subject = { readonly [Key in 'role' | 'order' | 'commit']?: string | null } & {
  readonly at: string;
  readonly repo?: string | null;
  readonly branch?: string | null;
};

/** Makes a finding; its hint names the things it is about. */
export function makeFinding(code: FindingCode, message: string, where: string, subject: Subject): Finding {
  const known = { repo: subject.repo, branch: subject.branch, role: subject.role, order: subject.order };
  let hint: string = findingHints[code].replaceAll('<commit>', subject.commit?.slice(0, 12) ?? '<commit>');
  for (const [key, value] of Object.entries(known)) if (value != null) hint = hint.replaceAll(`<${key}>`, value);
  const { role = null, order = null, commit = null, at } = subject;
  return { code, message, where, hint, role, order, commit, at };
}

/** A finding as people see it. */
export function printFinding(finding: Finding): string[] {
  return [
    `finding[${finding.code}]: ${escapeText(finding.message)}`,
    `  ${escapeText(finding.where)}`,
    `  help: ${escapeText(finding.hint)}`,
  ];
}
