// Why: a role that routes work describes it; when it begins to do it, its orders hold code, SQL or a diff. This finds
// them in a text.
// Promises: pure; names the line and quotes it; commands in backticks, paths, names and samples of data or output are
// no artefacts.
// Never: judges whether what it found is right: a small correct piece of another's work is one all the same.

/** A piece of somebody's work in a text; `line` counts from 1. */
export type Artefact = { readonly line: number; readonly kind: 'code' | 'diff' | 'SQL'; readonly text: string };

// Fences that hold what a program said or reads, and no program.
const plainWords =
  /^(?:text|txt|plain|plaintext|md|markdown|output|log|logs|csv|tsv|json|jsonc|json5|yaml|yml|toml|ini|env|http|mermaid|tree|gherkin|feature)$/;
const shellWords = /^(?:sh|bash|zsh|shell|fish|console|terminal|shell-session|cmd|bat|powershell|ps1)$/;
const diffWords = /^(?:diff|patch|udiff)$/;
const sqlWords = /^(?:sql|psql|mysql|postgres|postgresql|pgsql|sqlite|plsql|tsql)$/;

const artefactFence = /^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*$/;

// If a line is longer, only its beginning is examined: its author may want the examination to take for ever.
const artefactLongest = 2000;

/** Finds the artefacts in a text, from top to bottom: one for each fence, hunk, statement or run of lines. */
export function findArtefacts(text: string): Artefact[] {
  const lines = text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.slice(0, artefactLongest));
  const out: Artefact[] = [];
  // The line before was part of what is named already.
  let going: Artefact['kind'] | null = null;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const opened = artefactFence.exec(line);
    if (opened !== null) {
      const close = closingOf(lines, at, opened[1] ?? '');
      const found = readFence((opened[2] ?? '').toLowerCase(), lines.slice(at + 1, close));
      if (found !== null) out.push({ line: at + 2 + found.index, kind: found.kind, text: found.text.trim() });
      at = close;
      going = null;
      continue;
    }
    const kind = kindOf(line, lines[at + 1] ?? '') ?? (statementLength(lines, at) > 0 ? 'SQL' : null);
    if (kind !== null && kind !== going) out.push({ line: at + 1, kind, text: line.trim() });
    // A statement is one artefact, however many lines it takes.
    at += Math.max(0, statementLength(lines, at) - 1);
    // A hunk goes on as long as its lines do.
    going = kind ?? (going === 'diff' && /^(?:[ +\-\\]|index )/.test(line) ? going : null);
  }
  return out;
}

function closingOf(lines: readonly string[], at: number, mark: string): number {
  for (let close = at + 1; close < lines.length; close += 1)
    if (/^[\s>]*(`{3,}|~{3,})\s*$/.exec(lines[close] ?? '')?.[1]?.startsWith(mark) === true) return close;
  return lines.length;
}

type Piece = { readonly index: number; readonly kind: Artefact['kind']; readonly text: string };

function readFence(word: string, lines: readonly string[]): Piece | null {
  const piece = (kind: Artefact['kind'], test: (line: string, next: string) => boolean): Piece | null => {
    const index = lines.findIndex((line, at) => test(line, lines[at + 1] ?? ''));
    return index < 0 ? null : { index, kind, text: lines[index] ?? '' };
  };
  const full = (line: string): boolean => line.trim() !== '';
  const language = word.replace(/^\{?\.?|[}:,].*$/g, '');
  if (diffWords.test(language)) return piece('diff', full);
  if (sqlWords.test(language)) return piece('SQL', full);
  const begun = lines.findIndex((line, at) => isSql(line) || statementLength(lines, at) > 0);
  const sql: Piece | null = begun < 0 ? null : { index: begun, kind: 'SQL', text: lines[begun] ?? '' };
  const known = piece('diff', isDiff) ?? sql;
  if (known !== null || plainWords.test(language)) return known;
  if (shellWords.test(language)) return piece('code', isScript);
  if (language !== '') return piece('code', full);
  if (isData(lines.join('\n'))) return null;
  const loose = lines.filter(isLoose).length;
  const much = loose >= 2 && 2 * loose >= lines.filter(full).length;
  return piece('code', isCode) ?? (much ? piece('code', (line) => isLoose(line) && !isValue(line)) : null);
}

function isData(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function kindOf(line: string, next: string): Artefact['kind'] | null {
  if (isDiff(line, next)) return 'diff';
  const bare = line.replace(/^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?/, '').replace(/^\*\*[A-Za-z ]+(?::\*\*|\*\*:?)\s*/, '');
  const spans = [...bare.matchAll(/(`+)([^`]+)\1/g)].map((match) => (match[2] ?? '').trim());
  const rest = bare.replace(/(`+)[^`]+\1/g, '').trim();
  if ([rest, ...spans].some(isSql)) return 'SQL';
  // A span in backticks that leads a bullet is a command, and a short span is a name.
  const inside = spans.slice(bare.startsWith('`') ? 1 : 0).filter((span) => span.length >= 20);
  return [rest, ...inside].some(isCode) ? 'code' : null;
}

function isDiff(line: string, next: string): boolean {
  return (
    /^\s*diff --git \S+ \S+/.test(line) ||
    /^\s*@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/.test(line) ||
    /^\s*\*\*\* (?:Begin Patch|Update File: \S|Add File: \S|Delete File: \S)/.test(line) ||
    (/^\s*--- \S/.test(line) && /^\s*\+\+\+ \S/.test(next))
  );
}

// In capitals a clause is enough; in small letters people write "select a plan from the list", so there its punctuation
// is asked for.
const statements: readonly RegExp[] = [
  /^(?:WITH\b.+\bAS \(.*|SELECT\b.+\bFROM\b.*|INSERT INTO\b.+|UPDATE \S+ SET\b.+=.*|DELETE FROM \S+.*|MERGE INTO \S+.*)$/,
  /^(?:CREATE|ALTER|DROP)(?: OR REPLACE)?(?: (?:UNIQUE|TEMP|TEMPORARY|MATERIALIZED))? (?:TABLE|INDEX|VIEW|TRIGGER|FUNCTION|PROCEDURE|SCHEMA|DATABASE|SEQUENCE|TYPE|EXTENSION)\b.*/,
  /^(?:GRANT|REVOKE) [A-Z, ]+ ON \S+ (?:TO|FROM) .*/,
  /^(?:select (?:\*|[\w.]+(?:, *[\w.]+)*|count\(.*?\)) from [\w."]+|delete from [\w."]+)(?: (?:where|order by|group by|limit|join) .+)?;$/i,
  /^select (?:\*|[\w.,() ]+) from [\w."]+ (?:\w+ )?where [\w."]+ ?(?:=|<|>|!=|like |in ?\().*$/i,
  /^insert into [\w."]+ ?(?:\([^)]*\) ?)?(?:values ?\(.*|select .+ from .+)$/i,
  /^update [\w."]+ set [\w."]+ ?= ?.+(?:;| where .+=.+)$/i,
  /^(?:create|alter) table (?:if (?:not )?exists )?[\w."]+ ?(?:\(.*|add (?:column )?[\w"]+ [\w()]+.*)$/i,
  /^drop (?:table|index|view) (?:if exists )?[\w."]+ ?(?:cascade)?;$/i,
];

function isSql(line: string): boolean {
  const text = line.trim();
  return statements.some((one) => one.test(text));
}

// Statements over several lines: how the first line begins, and how one of the next goes on. An article behind the verb
// is a sentence's: "select a plan".
const article =
  '(?!(?:a|an|the|this|that|these|those|one|all|any|each|every|our|your|their|its|which|what|how|from)\\b)';
const name = '["`\\[]?[a-z_][\\w.]*["`\\]]?';
const table = `${name}(?:(?: +as)? +(?!(?:where|join|order|group|limit)\\b)\\w+)?`;
const spans: readonly (readonly [RegExp, RegExp])[] = (
  [
    [
      `select(?: distinct)?(?: +${article}[^.;:]*)?`,
      `from +${article}${table}(?:, *${table})*(?: +(?:where|inner|left|right|full|cross|join|order|group|limit|having|union)\\b.*)?[;)]*`,
    ],
    [`update +${article}${name}`, `set +${name} *= *\\S.*`],
    [`insert +into +${article}${name}(?: *\\([^)]*\\)?)?`, `(?:values *\\(|values$|select\\b|\\().*`],
    [
      `delete(?: +from +${article}${name})?`,
      `(?:from +${article}${name}|where +${name} *(?:=|<|>|!=|in\\b|is (?:not )?null|like\\b)).*`,
    ],
    [
      `(?:create|alter) +table +(?:if +(?:not +)?exists +)?${name} *\\(?`,
      `(?:\\( *)?(?:add +(?:column +)?)?${name} +(?:(?:big|small)?int|integer|text|varchar|char|(?:big)?serial|bool|boolean|date|timestamp|numeric|decimal|real|float|double|uuid|jsonb?)\\b.*`,
    ],
    [`with +${name} +as *\\(?`, `(?:\\( *)?select\\b.*`],
  ] as const
).map(([begins, goesOn]) => [new RegExp(`^${begins}$`, 'i'), new RegExp(`^${goesOn}$`, 'i')]);

/** Most lines between a statement's first line and the one that shows what it is. */
const spanLines = 12;

// Gives the number of lines of a statement that begins here and that a later line shows; 0 when no statement does.
function statementLength(lines: readonly string[], at: number): number {
  const bare = (line: string | undefined): string =>
    (line ?? '').replace(/^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?[`"']?/, '').replace(/[`"'\s]+$/, '');
  const first = bare(lines[at]).replace(/^\*\*[A-Za-z ]+(?::\*\*|\*\*:?)\s*/, '');
  const found = spans.find(([begins]) => begins.test(first));
  if (found === undefined) return 0;
  for (let next = at + 1; next <= at + spanLines; next += 1) {
    const line = bare(lines[next]);
    if (line === '' || artefactFence.test(lines[next] ?? '')) return 0;
    if (!found[1].test(line)) continue;
    let end = next;
    while (
      end - at < spanLines &&
      !/;$/.test(bare(lines[end])) &&
      bare(lines[end + 1]) !== '' &&
      !artefactFence.test(lines[end + 1] ?? '')
    )
      end += 1;
    return end - at + 1;
  }
  return 0;
}

// Lines that belong to a program, and are no sentence.
const code: readonly RegExp[] = [
  /^(?:export\s+)?(?:default\s+)?(?:const|let|var)\s+(?:[\w$]+|[{[][^=]*[}\]])(?:\s*:\s*[^=]+)?\s*=(?!=)\s*\S.*$/,
  /^(?:export\s+)?(?:default\s+)?(?:[a-z]+\s+)?function\s*\*?\s*[\w$]*\s*(?:<[^>]*>)?\([^)]*(?:\)\s*(?::[^{]+)?(?:\{.*|[;,])?)?$/,
  /^(?:export\s+)?(?:declare\s+)?(?:abstract\s+)?(?:class|interface|enum|struct|trait|impl|namespace)\s+\w+[^.]*\{.*$/,
  /^(?:export\s+)?type\s+\w+(?:<[^>]*>)?\s*=\s*\S.*$/,
  /^(?:export|import)\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\}|\w+)(?:\s*,\s*\{[^}]*\})?\s+from\s+['"][^'"]+['"];?$/,
  /^import\s+['"][^'"]+['"];?$/,
  /^import\s+[\w.]+(?:\s+as\s+\w+|;)$/,
  /^from\s+[\w.]+\s+import\s+(?:\*|\(|\w+(?:\s+as\s+\w+)?(?:\s*,\s*\w+)*)\s*$/,
  /^(?:\w+\s+)?def\s+\w+\s*\(.*\).*:\s*(?:#.*)?$/,
  /^class\s+\w+(?:\([^)]*\))?:$/,
  /^@\w[\w.]*(?:\(.*\))$/,
  /^(?:if|for|while|switch|else if|} else if|catch|} catch)\s*\(.*\)\s*(?:\{.*|return\b.*;|throw\b.*;)$/,
  /^(?:if|elif|for|while|with)\s+[^.,]*(?:[=!<>]=|\(|\bnot\b|\bin\b|\bis\b)[^.,]*:$/,
  /^for\s+\w+(?:,\s*\w+)*\s+in\s+[\w.]+\(.*\):$/,
  /^(?:else|try|finally|do|} else|} finally)\s*\{$/,
  /^(?:return|throw|yield)\b.*[;{(]$/,
  /^\w+\s+[\w$.]+\(.*\)(?:\.[\w$]+\(.*\))*;$/,
  /^(?:pub(?:\([a-z]+\))?\s+)?(?:\w+\s+)?fn\s+\w+\s*(?:<[^>]*>)?\(.*$/,
  /^func\s+(?:\(\w+\s+\*?\w+\)\s*)?\w+\s*\(.*\).*\{.*$/,
  /^(?:package|use|using)\s+[\w.:]+;$/,
  /^#\s*(?:include\s*[<"]|define\s+\w+\s|ifn?def\s)/,
  /^(?:public|private|protected|internal|static)\s+.*[;{]$/,
  /^[\w$.[\]]+\s*(?:[-+*/|&]?=|\?\?=|:=)\s*[^=>\s].*;$/,
  /^[\w$.]+\(.*(?:\);|(?:=>|function\b[^)]*\))\s*\{)$/,
  /^.*\)\s*=>\s*\{$/,
  /^<\/?(?:html|head|body|div|span|form|input|button|script|style|table|template|section|ul|li|a|p|svg|img)\b[^>]*>.*$/,
  /^#!\s*\/\S+/,
];

function isCode(line: string): boolean {
  const text = line.trim();
  return text.length > 3 && code.some((one) => one.test(text));
}

// `weapons = 80` says how many.
function isValue(line: string): boolean {
  return /^\s*[\w.]+ = [\w.'"-]+$/.test(line);
}

// Enough of these together are a program too.
function isLoose(line: string): boolean {
  const text = line.trim();
  return (
    isCode(text) || /[;{]$|^[}\])]+[;,]?$/.test(text) || /^[\w$.]+\(.*\)$/.test(text) || /^[\w$.]+ = \S+/.test(text)
  );
}

// A command line is an order to run something; loops, functions, here-documents and edits in place are work.
function isScript(line: string): boolean {
  const text = line.trim().replace(/^[$#>%]\s+/, '');
  return (
    /<<[-~]?\s*['"]?\w/.test(text) ||
    /^(?:function\s+\w+|\w+\s*\(\)\s*\{)/.test(text) ||
    /^(?:for|while|until|case|if)\b.*(?:;\s*(?:do|then)|\bin)\b/.test(text) ||
    /\b(?:sed\s+(?:-\w+\s+)*-i|perl\s+-p?i)\b/.test(text) ||
    /\b(?:echo|printf|cat)\b.*[^2&]>{1,2}\s*[^&\s/]/.test(text)
  );
}
