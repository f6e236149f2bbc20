// Why: some work is a person's to allow: files that cost money when they are wrong, a role nobody knows yet, a plan before forty agents set out on it.
// Promises: pure; strict like the rest of a card; what is not named needs nobody.
// Never: decides whether a path may be changed; that is the gate's, before anybody is asked.
import type { Field } from '../platform/text/front-matter.ts';
import { formsOf, type Glob, readPattern } from '../platform/text/glob.ts';
import type { Problem } from '../platform/text/problem.ts';
import { escapeText } from '../platform/text/text.ts';
import { compileMatcher } from './grant.ts';

/** What waits for the operator: changes of `paths` (workspace paths), a role's `first` landings, and with `plan` the orders a run sends. */
export type Approval = {
  readonly paths: readonly { readonly glob: Glob; readonly line: number }[];
  readonly first: number;
  readonly plan: boolean;
};

/** Nothing waits. */
export const noApproval: Approval = { paths: [], first: 0, plan: false };

/** Reads `approve:`, of a card or of fourline.yaml: patterns, one a line, or a map with paths, first and plan. */
export function readApproval(field: Field | undefined, problems: Problem[], recalled = false): Approval {
  const value = field?.value ?? null;
  if (field === undefined || value === null) return noApproval;
  const fail = (message: string, hint = 'approve: { paths: [repos/*/billing/**], first: 3, plan: true }'): void =>
    void problems.push({ code: 'approve', level: 'error', message, line: field.line, column: 1, hint });
  if (typeof value === 'string' || Array.isArray(value))
    return { ...noApproval, paths: readPaths(value, field, fail, recalled) };
  if (typeof value !== 'object') {
    fail('approve: must be patterns, one a line, or a map');
    return noApproval;
  }
  const out = { ...noApproval };
  for (const [key, one] of Object.entries(value)) {
    if (key === 'paths') out.paths = readPaths(one, field, fail, recalled);
    else if (key === 'first') {
      if (typeof one === 'number' && Number.isInteger(one) && one >= 0) out.first = one;
      else fail('approve: first must be a whole number of landings');
    } else if (key === 'plan') {
      if (typeof one === 'boolean') out.plan = one;
      else fail('approve: plan must be true or false');
    } else fail(`approve: does not know '${escapeText(key).slice(0, 40)}'`);
  }
  return out;
}

function readPaths(
  value: unknown,
  { line }: Field,
  fail: (message: string, hint?: string) => void,
  recalled: boolean,
): Approval['paths'] {
  const list: unknown = typeof value === 'string' ? value.split('\n') : value;
  const out: { glob: Glob; line: number }[] = [];
  for (const one of Array.isArray(list) ? (list as unknown[]) : [null]) {
    const text = typeof one === 'string' ? one.trim() : '';
    if (typeof one === 'string' && (text === '' || text.startsWith('#'))) continue;
    const reading = readPattern(text, recalled);
    if (!reading.ok)
      fail(`approve: '${escapeText(String(one)).slice(0, 80)}' is no pattern: ${reading.reason}`, reading.hint);
    else if (formsOf(text).some((form) => !/^(?:repos|state)\//.test(form)))
      fail(`approve: '${text}' does not begin with repos/ or state/`);
    else out.push({ glob: reading.glob, line });
  }
  return out;
}

/** Why landing these needs the operator, in words; null when it doesn't. `landings` is how many the role has had. `file` is where the rule stands. */
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
