// Why: some work needs a person's approval: files that cost money when they are wrong, a role that people don't know
// yet, a plan before forty agents set out on it.
// Promises: pure; strict like the rest of a card; work that the card doesn't name needs no approval.
// Never: decides whether a path may be changed; that is the gate's, before anybody is asked.
import { block, defaultsOf, type KeyReader, key, tellNone, type Values } from '../platform/text/fields.ts';
import { wholeNumber, yesNo } from '../platform/text/readers.ts';
import { compileMatcher } from './grant.ts';
import { patterns } from './patterns.ts';

function approvalKeys(recalled: boolean) {
  return {
    paths: key(patterns({ key: 'approve', list: true, recalled }), [], {
      help: 'Changes of these workspace paths wait.',
      example: 'paths: [repos/*/billing/**]',
      since: '0.1.0',
    }),
    first: key(wholeNumber(0), 0, {
      help: 'So many landings of the role wait, from its first one on.',
      example: 'first: 3',
      since: '0.1.0',
    }),
    plan: key(yesNo, false, {
      help: 'The orders that a run sends wait, all of them together.',
      example: 'plan: true',
      since: '0.1.0',
    }),
  };
}

/**
 * The work that waits for the operator: changes of `paths` (workspace paths), a role's `first` landings, and with
 * `plan` the orders that a run sends.
 */
export type Approval = Values<ReturnType<typeof approvalKeys>>;

/** Nothing waits. */
export const noApproval: Approval = defaultsOf(approvalKeys(false));

/** Reads `approve:`, of a card or of fourline.yaml: patterns, one a line, or a map with paths, first and plan. */
export function approval(recalled = false): KeyReader<Approval> {
  const keys = block(approvalKeys(recalled));
  const paths = patterns({ key: 'approve', list: true, recalled });
  return {
    read: (field, fail) => {
      if (field.value === null) return undefined;
      if (field.fields !== null) return keys.read(field, fail);
      if (typeof field.value !== 'string' && !Array.isArray(field.value))
        return tellNone(fail, 'must be patterns, one a line, or a map');
      return { ...noApproval, paths: paths.read(field, fail) ?? [] };
    },
    schema: { anyOf: [paths.schema, keys.schema] },
    ...(keys.keys && { keys: keys.keys }),
  };
}

/**
 * Why landing these needs the operator, in words; null when it doesn't. `landings` is how many the role has had. `file`
 * is where the rule stands.
 */
export function needsApproval(
  rule: Approval,
  file: string,
  work: {
    readonly paths: readonly string[];
    readonly letters: number;
    readonly landings: () => number;
    readonly role: string;
  },
): string | null {
  const matcher = compileMatcher(file, rule.paths);
  for (const path of work.paths) {
    const found = matcher.match(path, true);
    if (found !== undefined) return `${path} (${file}:${found.line} ${found.pattern})`;
  }
  if (rule.plan && work.letters > 0) return `the orders it sends (${file})`;
  const landings = work.paths.length > 0 && rule.first > 0 ? work.landings() : rule.first;
  if (landings < rule.first) return `landing ${landings + 1} of the first ${rule.first} of ${work.role} (${file})`;
  return null;
}
