// Why: the signals have names that the journal, the rules and the commands share.
// Promises: pure.
// Never: finds a signal; signals/ does.

/** The five signs that a role leaves its job. */
export const signalNames = ['artefact', 'override', 'missed-rejection', 'scope', 'silent'] as const;

/** Each signal in a few words. */
export const signalWords: Readonly<Record<(typeof signalNames)[number], string>> = {
  artefact: "a routing role did others' work",
  override: 'a word was overruled without a reason',
  'missed-rejection': 'a new order does not name the rejection',
  scope: 'changes outside the boundary',
  silent: 'work with no order or no report',
};
