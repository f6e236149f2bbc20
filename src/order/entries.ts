// Why: reads what stands under Acceptance, Files and Branching into entries.
// Promises: each entry keeps its place in the source. A Files entry that can match nothing is an error with its right
// spelling; a bullet that no person could check is a warning. The number of entries is limited. An order that was taken
// once (`recalled`) is read again as it was.
// Never: expands a pattern or looks at a repository.
import { formsOf, parseGlob } from '../platform/text/glob.ts';
import { meantPath } from '../platform/text/meant.ts';
import type { Problem } from '../platform/text/problem.ts';
import { escapeText } from '../platform/text/text.ts';
import type { Branch, Criterion, FileEntry, Part } from './part.ts';
import { bullet, type Section } from './sections.ts';

/** Most entries of one order. Beyond them it is several orders; a run with more checks would take the day. */
export const entryLimits = { bullets: 40, checks: 12, files: 200 } as const;

/** Reads the Acceptance bullets. */
export function readCriteria(section: Section | undefined, problems: Problem[], recalled: boolean): Criterion[] {
  if (section === undefined) return [];
  const criteria = bulletsOf(section).map((part) => ({
    ...part,
    command: /^`([^`]+)`/.exec(part.text)?.[1]?.trim() ?? null,
  }));
  if (criteria.length === 0) {
    problems.push({
      code: 'order-no-acceptance',
      level: 'error',
      message: 'Acceptance has no bullet',
      line: section.line,
      column: 1,
      hint: 'add 3 to 5 bullets that can be checked without asking a person',
    });
  } else if (criteria.length < 3 || criteria.length > 5) {
    problems.push({
      code: 'order-acceptance-count',
      level: 'warning',
      message: `Acceptance has ${criteria.length} bullet${criteria.length === 1 ? '' : 's'}`,
      line: section.line,
      column: 1,
      note: '3 to 5 hold an agent best',
    });
  }
  const checks = criteria.filter((one) => one.command !== null);
  const over = criteria[entryLimits.bullets] ?? checks[entryLimits.checks];
  if (over !== undefined && !recalled)
    problems.push({
      code: 'order-acceptance-many',
      level: 'error',
      message: `Acceptance has ${criteria.length} bullets, ${checks.length} of them commands`,
      line: over.line,
      column: over.column,
      hint: `at most ${entryLimits.bullets} bullets and ${entryLimits.checks} commands: let a script hold the checks, or write several orders`,
    });
  for (const one of criteria) {
    const vague = one.command === null ? vagueWord(one.text) : undefined;
    if (vague !== undefined) {
      problems.push({
        code: 'order-acceptance-vague',
        level: 'warning',
        message: `nobody could check '${vague}'`,
        line: one.line,
        column: one.column,
        note: 'name a command, a file, a number or an exact behaviour',
      });
    }
  }
  return criteria;
}

const vagueWords =
  /\b(works? (?:well|properly|correctly|fine)|properly|nicely?|clean(?:ly)?|good|better|robust|elegant(?:ly)?|user[- ]friendly|high[- ]quality|as expected|appropriate(?:ly)?|reasonable|fast|efficient(?:ly)?|best practices?)\b/i;

function vagueWord(text: string): string | undefined {
  if (/`[^`]+`|\d/.test(text)) return undefined;
  return vagueWords.exec(text)?.[0];
}

// Bullets with the lines that continue them; text that stands on the label's own line is a bullet as well.
function bulletsOf(section: Section): Part[] {
  const parts: Part[] = [];
  for (const line of section.lines) {
    if (line.text.trim() === '') continue;
    const match = line.fenced ? null : bullet.exec(line.text);
    const last = parts.at(-1);
    if (match === null && last !== undefined && line.column === 1 && (line.fenced || /^\s/.test(line.text))) {
      parts[parts.length - 1] = { ...last, text: `${last.text} ${line.text.trim()}` };
      continue;
    }
    const lead = match?.[0].length ?? line.text.length - line.text.trimStart().length;
    parts.push({ text: line.text.slice(lead).trim(), line: line.line, column: line.column + lead });
  }
  return parts;
}

/**
 * Reads the Files entries: one a line or bullet, or several with commas between; in backticks when a path holds a space
 * or comma.
 */
export function readFiles(section: Section | undefined, problems: Problem[], recalled: boolean): FileEntry[] {
  if (section === undefined) return [];
  const entries: FileEntry[] = [];
  for (const part of section.lines.flatMap(pathsOf)) {
    const entry = readFilesEntry(part, problems, recalled);
    if (entry === undefined) continue;
    if (entries.some((one) => one.text === entry.text)) {
      problems.push({
        code: 'order-files-twice',
        level: 'warning',
        message: `'${entry.text}' stands in Files twice`,
        line: part.line,
        column: part.column,
      });
    } else entries.push(entry);
  }
  const over = entries[entryLimits.files];
  if (over !== undefined && !recalled)
    problems.push({
      code: 'order-files-many',
      level: 'error',
      message: `Files has ${entries.length} entries; at most ${entryLimits.files}`,
      line: over.line,
      column: over.column,
      hint: 'name folders (src/login/**), or write several orders',
    });
  if (entries.length === 0 && !problems.some((one) => one.code.startsWith('order-files'))) {
    problems.push({
      code: 'order-files-empty',
      level: 'error',
      message: 'Files is empty',
      line: section.line,
      column: 1,
      hint: 'list every path that may be touched, one a line; src/** is all below src',
    });
  }
  return entries;
}

type PathText = Part & { readonly quoted: boolean; readonly beside: boolean };

// A line's paths. Backticks hold one path each; outside them commas separate that are in no braces, and words right
// beside a backtick (`a` and `b`) are no path.
function pathsOf(line: Section['lines'][number]): PathText[] {
  const lead = line.fenced ? 0 : (bullet.exec(line.text)?.[0].length ?? 0);
  const parts: PathText[] = [];
  const pattern = /`([^`]*)`|(?:\{(?:[^{}`]|\{[^{}`]*\})*\}|[^,`])+/g;
  pattern.lastIndex = lead;
  for (let match = pattern.exec(line.text); match !== null; match = pattern.exec(line.text)) {
    const raw = match[1] ?? match[0];
    const text = raw.trim();
    if (text === '' && match[1] === undefined) continue;
    const quoted = match[1] !== undefined;
    const column = line.column + match.index + (quoted ? 1 : raw.length - raw.trimStart().length);
    const beside = !quoted && (line.text[match.index - 1] === '`' || line.text[pattern.lastIndex] === '`');
    parts.push({ text: quoted ? raw : text, line: line.line, column, quoted, beside });
  }
  return parts;
}

function readFilesEntry(part: PathText, problems: Problem[], recalled: boolean): FileEntry | undefined {
  const fail = (code: string, message: string, hint?: string): undefined => {
    problems.push({ code, level: 'error', message, line: part.line, column: part.column, hint });
    return undefined;
  };
  const shown = escapeText(part.text).slice(0, 80);
  const bare = part.text.startsWith('./') ? part.text.slice(2) : part.text;
  if (part.beside || (/\s/.test(bare) && !part.quoted && meantPath(bare) === null)) {
    return fail(
      'order-files-vague',
      `'${shown}' is not a path`,
      'Files are exact paths or patterns like src/login/**; a path with a space goes into backticks',
    );
  }
  if (/^(tbd|todo|etc\.?|various|any|all|\.\.\.|…|n\/a|none)$/i.test(bare))
    return fail('order-files-vague', `'${shown}' says nothing`, 'name the paths that may be touched');
  const meant = recalled ? null : meantPath(bare);
  if (meant !== null)
    return fail(
      'order-files-spelling',
      `'${shown}' is ${meant.what}, and matches no file`,
      `write ${escapeText(meant.path).slice(0, 200)}`,
    );
  const reading = parseGlob(bare, recalled);
  if (!reading.ok)
    return fail('order-files-pattern', `'${shown}' is no path or pattern: ${reading.reason}`, reading.hint);
  if (formsOf(bare).some(coversAll))
    return fail('order-files-vague', `'${shown}' is everything`, 'name the folder: src/login/**');
  return { text: bare, line: part.line, column: part.column, glob: reading.glob };
}

// A pattern whose first segment is a wildcard leaves nothing out: **, */x/** and the like. `**/x.ts` names at least a
// file.
function coversAll(text: string): boolean {
  const place = /^(?:repos\/(?:[^/]+\/?|$)|state\/)/.exec(text)?.[0].length ?? 0;
  return text
    .slice(place)
    .split('/')
    .every((segment) => /^[*?]*$/.test(segment));
}

/** The legal refusals, as they are written. */
export const branchingForms = 'halt-with-note, route-to-<role>, requeue-with-blocker';

/**
 * Reads the Branching entries. The words after the form on its line (`halt-with-note: if the schema is missing`) are
 * advice for the agent.
 */
export function readBranching(section: Section | undefined, problems: Problem[]): Branch[] {
  if (section === undefined) return [];
  const branches: Branch[] = [];
  for (const part of bulletsOf(section).flatMap(splitForms)) {
    const text = part.text.replace(/^[`*]+/, '');
    const route = /^route-to-\{?([a-z0-9][a-z0-9-]*)\}?(?![\w-])/i.exec(text)?.[1];
    if (/^halt-with-note\b/i.test(text)) branches.push({ ...part, kind: 'halt' });
    else if (/^requeue-with-blocker\b/i.test(text)) branches.push({ ...part, kind: 'requeue' });
    else if (route !== undefined) branches.push({ ...part, kind: 'route', role: route });
    else
      problems.push({
        code: 'order-branching-unknown',
        level: 'error',
        message: `'${escapeText(part.text).slice(0, 60)}' is no legal refusal`,
        line: part.line,
        column: part.column,
        hint: `the forms are ${branchingForms}`,
      });
  }
  if (branches.length === 0 && !problems.some((one) => one.code === 'order-branching-unknown')) {
    problems.push({
      code: 'order-no-branching',
      level: 'error',
      message: 'Branching is empty',
      line: section.line,
      column: 1,
      hint: `the forms are ${branchingForms}`,
    });
  }
  return branches;
}

// `halt-with-note, route-to-auditor` on one line are two; a comma inside the advice behind a form is not a separator.
function splitForms(part: Part): Part[] {
  const out: Part[] = [];
  let from = 0;
  for (const match of part.text.matchAll(
    /(?:,|;|\||\/|\bor\b|\band\b)\s*(?=`?(?:halt-with-note|route-to-|requeue-with-blocker))/gi,
  )) {
    out.push({ text: part.text.slice(from, match.index).trim(), line: part.line, column: part.column + from });
    from = match.index + match[0].length;
  }
  out.push({ text: part.text.slice(from).trim(), line: part.line, column: part.column + from });
  return out.filter((one) => one.text !== '');
}
