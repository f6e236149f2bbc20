// Why: people ask for work in issues, by a form or in their own words; a draft of an order keeps what they said.
// Promises: pure. A stranger's words are escaped, bounded and named. None of them is front matter, and no bullet is a
// command that a check would run.
// Never: decides who may have the order, or delivers it.
import { entryLimits, readBranching, readCriteria, readFiles } from '../order/entries.ts';
import type { Branch } from '../order/part.ts';
import { findSections, type Section } from '../order/sections.ts';
import { countOf, escapeText, firstLine, quoteLines } from '../platform/text/text.ts';

/** An issue as gh describes it. */
export type Issue = {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly author: string;
  readonly open: boolean;
  readonly body: string;
};

/** The fields we ask for, by gh's names. */
export const issueFields = 'number,url,title,author,state,body';

/** A draft of an order, and what its text took from the issue. `missing` are sentences about what the issue lacks. */
export type IssueDraft = {
  readonly text: string;
  readonly missing: readonly string[];
  readonly files: readonly string[];
  /** Commands that the issue wants run; in the draft they are words. */
  readonly commands: readonly string[];
  /** Files entries that are no paths, and what was longer than a draft keeps. */
  readonly left: readonly string[];
};

/**
 * Most characters of an issue's text that are read, of those that are quoted, of one line of the draft, and of one line
 * of the quote.
 */
const issueLimits = { body: 65_536, quoted: 8_000, line: 500, quotedLine: 1_000 } as const;

/** The repository that an issue is in: `owner/name`. */
export function issueHome({ url }: Pick<Issue, 'url'>): string {
  return url.split('/').slice(3, 5).join('/');
}

/** Reads what `gh issue view --json` printed; null if it is something else. */
export function readIssue(text: string): Issue | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (value === null || typeof value !== 'object') return null;
  const { number, url, title, author, state, body } = value as Record<string, unknown>;
  const plain = typeof url === 'string' && /^https:\/\/[\w.:-]+\/[\w.-]+\/[\w.-]+\/issues\/\d+$/.test(url);
  if (!Number.isSafeInteger(number) || !plain || typeof title !== 'string') return null;
  const login = (author as { login?: unknown } | null)?.login;
  return {
    number: number as number,
    url,
    title,
    author: typeof login === 'string' ? login : 'somebody',
    open: state === 'OPEN',
    body: typeof body === 'string' ? body : '',
  };
}

/** Makes a draft of an issue. `repo` is the name of its repository in repos/, null where that is not known. */
export function draftOfIssue(issue: Issue, repo: string | null): IssueDraft {
  const body = issue.body
    .slice(0, issueLimits.body)
    .replaceAll('\r\n', '\n')
    .replace(/^_No response_$/gm, '');
  const { found } = findSections(body, 1);
  const criteria = readCriteria(found.acceptance, [], true).map(({ text }) => oneLine(text));
  const bullets = criteria.slice(0, entryLimits.bullets);
  const { files, odd } = readIssueFiles(found.files);
  const over = criteria.length - bullets.length;
  const more = over > 0 ? [`Acceptance: ${countOf(over, 'bullet')} more than an order may have`] : [];
  const branches = [...new Set(readBranching(found.branching, []).map(branchWord))];
  const goal = (found.objective?.lines ?? [])
    .map(({ text }) => text.trim())
    .join(' ')
    .trim();
  const given = { bullets, files, branches };
  const missing = lacking(given, repo === null ? issueHome(issue) : null);
  return {
    text: [
      ...(repo === null ? [] : ['---', `repo: ${repo}`, '---', '']),
      `<!-- A draft from ${issue.url}, by ${oneLine(issue.author)}. Read each line before you give it to a role. -->`,
      '',
      `**Objective:** ${oneLine(goal === '' ? issue.title : goal)}`,
      ...draftList('Acceptance', bullets.map(bulletLine), 'missing: 3 to 5 bullets that can be checked'),
      ...draftList('Files', files.map(fileLine), 'missing: every path that may be touched, one a line'),
      ...draftList('Branching', branches.length === 0 ? ['halt-with-note'] : branches, ''),
      ...quoteIssue(issue, body),
    ].join('\n'),
    missing,
    files,
    commands: bullets.filter((line) => bulletKind(line) === 'command'),
    left: [...more, ...odd, ...uncopied(issue)],
  };
}

function lacking(
  { bullets, files, branches }: Record<'bullets' | 'files' | 'branches', readonly unknown[]>,
  unclear: string | null,
): string[] {
  return [
    ...(bullets.length === 0 ? ['Acceptance: add 3 to 5 bullets that can be checked without asking a person'] : []),
    ...(files.length === 0 ? ['Files: list every path that may be touched'] : []),
    ...(branches.length === 0 ? ['Branching: the issue names none, so halt-with-note stands there'] : []),
    ...(unclear === null ? [] : [`repo: name the repository of repos/ that is ${unclear} in front matter`]),
  ];
}

function readIssueFiles(section: Section | undefined): { files: string[]; odd: string[] } {
  const problems: Parameters<typeof readFiles>[1] = [];
  const files = readFiles(section, problems, false).map(({ text }) => text);
  const told = problems.filter(({ level, code }) => level === 'error' && code !== 'order-files-empty');
  const odd = told.slice(0, 10).map(({ message }) => `Files: ${message}`);
  if (told.length > odd.length) odd.push(`Files: ${told.length - odd.length} more that are no paths`);
  return { files: files.slice(0, entryLimits.files), odd };
}

function uncopied({ body }: Issue): string[] {
  const over = body.length - issueLimits.body;
  if (over > 0) return [`the last ${countOf(over, 'character')} of the issue were not read`];
  return body.length > issueLimits.quoted
    ? [`of the issue's ${body.length} characters, ${issueLimits.quoted} are quoted`]
    : [];
}

// Without a comment's marks: nothing that a stranger wrote hides or shows what follows.
function oneLine(text: string): string {
  return firstLine(escapeText(text.replaceAll(/\s+/g, ' ')), issueLimits.line)
    .replaceAll('<!--', '<! --')
    .replaceAll('-->', '-- >');
}

// A bullet of the issue as an order's reader would take it: as a command that is run, as another of the four lines, or
// as words.
function bulletKind(line: string): 'command' | 'label' | 'words' {
  const { found } = findSections(`**Acceptance:**\n- ${line}`, 1);
  if (readCriteria(found.acceptance, [], true).some(({ command }) => command !== null)) return 'command';
  return Object.keys(found).length > 1 ? 'label' : 'words';
}

function bulletLine(line: string): string {
  return bulletKind(line) === 'words' ? line : `the issue wants this: ${line}`;
}

function fileLine(path: string): string {
  return /^[A-Za-z][\w./*-]*$/.test(path) ? path : `\`${path}\``;
}

function branchWord(branch: Branch): string {
  if (branch.kind === 'route') return `route-to-${branch.role}`;
  return branch.kind === 'halt' ? 'halt-with-note' : 'requeue-with-blocker';
}

function draftList(label: string, lines: readonly string[], missing: string): string[] {
  const items = lines.length === 0 ? [`<!-- ${missing} -->`] : lines.map((line) => `- ${line}`);
  return ['', `**${label}:**`, ...items];
}

// The whole issue, for whoever fills in the rest; it is the last of the draft.
function quoteIssue({ author }: Issue, body: string): string[] {
  if (body.trim() === '') return [''];
  const text = body.slice(0, issueLimits.quoted).replaceAll('<!--', '<! --');
  const lines = quoteLines(text).flatMap(breakQuote);
  return ['', `## The issue, in the words of ${oneLine(author)}`, '', ...lines, ''];
}

// No line of an order is as long as a paragraph of an issue may be.
function breakQuote(line: string): string[] {
  const pieces = line.match(new RegExp(`.{1,${issueLimits.quotedLine}}`, 'gsu')) ?? [line];
  return pieces.map((piece, index) => (index === 0 ? piece : `> ${piece}`));
}
