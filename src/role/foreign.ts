// Why: people have agents in the files of their agent CLIs. This file knows the forms: where such a file lies, and how
// its keys and its prompt are told apart.
// Promises: pure; the prompt keeps its every byte; a line that is no YAML is read as text only where it stands alone.
// Never: says what a key means to fourline; that is import-card.ts and export-card.ts.
import { readYaml, splitFrontMatter } from '../platform/text/front-matter.ts';
import type { Problem } from '../platform/text/problem.ts';
import { readToml } from '../platform/text/toml.ts';

/** The kinds of agent files that are read and written, by the tool they belong to. */
export const foreignKinds = ['claude', 'codex', 'opencode', 'gemini', 'cursor', 'copilot'] as const;
/** One kind of agent file. */
export type ForeignKind = (typeof foreignKinds)[number];

/** Where each tool looks for its agents: a folder, and how a file's name ends. */
export const foreignPlaces: Readonly<Record<ForeignKind, { readonly folder: string; readonly end: string }>> = {
  claude: { folder: '.claude/agents', end: '.md' },
  codex: { folder: '.codex/agents', end: '.toml' },
  opencode: { folder: '.opencode/agent', end: '.md' },
  gemini: { folder: '.gemini/agents', end: '.md' },
  cursor: { folder: '.cursor/agents', end: '.md' },
  copilot: { folder: '.github/agents', end: '.agent.md' },
};

/** An agent file taken apart. `relaxed` are the keys whose line is no YAML and was read as text. */
export type ForeignFile = {
  readonly fields: readonly { readonly key: string; readonly value: unknown }[];
  readonly body: string;
  readonly relaxed: readonly string[];
  readonly present: boolean;
};

/** The kind that a file's path tells; null where it tells none. */
export function foreignKindOf(path: string): ForeignKind | null {
  const full = path.replaceAll('\\', '/');
  if (/\.(?:agent|chatmode)\.md$/.test(full)) return 'copilot';
  if (full.endsWith('.mdc')) return 'cursor';
  if (full.endsWith('.toml')) return 'codex';
  const folders = /(?:^|\/)\.?(claude|opencode|gemini|cursor|github)\/agents?\//.exec(full)?.[1];
  return folders === undefined ? null : folders === 'github' ? 'copilot' : (folders as ForeignKind);
}

/** The name that a file's path gives its agent. */
export function foreignStem(path: string): string {
  const name = path.replaceAll('\\', '/').split('/').at(-1) ?? '';
  return name.replace(/(?:\.agent|\.chatmode)?\.md$|\.mdc$|\.toml$/i, '');
}

/** The text below a front matter, byte for byte. `bodyLine` is its first line in the file, from 1. */
export function rawBody(text: string, bodyLine: number): string {
  let at = 0;
  for (let line = 1; line < bodyLine; line++) {
    const end = text.indexOf('\n', at);
    if (end < 0) return '';
    at = end + 1;
  }
  return text.slice(at);
}

/** Takes an agent file apart, or says what is wrong with it. */
export function splitForeign(kind: ForeignKind, text: string): ForeignFile | readonly Problem[] {
  return kind === 'codex' ? splitToml(text) : splitMarkdown(text);
}

function splitToml(text: string): ForeignFile | readonly Problem[] {
  const read = readToml(text.replace(/^\uFEFF/, ''));
  if (!read.ok) return read.problems;
  const prompt = read.fields.find((one) => one.key === 'developer_instructions')?.value;
  if (prompt !== undefined && typeof prompt !== 'string')
    return [{ code: 'toml', level: 'error', message: 'developer_instructions is no text', line: 1, column: 1 }];
  const fields = read.fields.filter((one) => one.key !== 'developer_instructions');
  return { fields, body: prompt ?? '', relaxed: [], present: true };
}

function splitMarkdown(source: string): ForeignFile | readonly Problem[] {
  const text = source.replace(/^\uFEFF/, '');
  const strict = splitFrontMatter(text);
  const relaxed = strict.ok ? { text, keys: [] } : quoteTexts(text);
  const read = relaxed.keys.length === 0 ? strict : splitFrontMatter(relaxed.text);
  if (!read.ok) return strict.ok ? read.problems : strict.problems;
  const { fields, bodyLine, present } = read;
  return { fields, body: rawBody(text, bodyLine), relaxed: relaxed.keys, present };
}

// The tools read `description: Use it when: …` as the text it is meant to be, and YAML does not. A line that is no YAML
// by itself, and no beginning of something else, is put into quotes.
function quoteTexts(text: string): { readonly text: string; readonly keys: readonly string[] } {
  const lines = text.split('\n');
  const end = lines.findIndex((line, at) => at > 0 && line.trimEnd() === '---');
  const keys: string[] = [];
  const quoted = lines.map((line, at) => {
    const found = /^([A-Za-z][\w-]*):[ \t]+([^\s"'[{|>].*?)\s*$/.exec(line);
    if (at === 0 || at >= end || found === null || readYaml(line.trimEnd()).ok) return line;
    const [, key = '', value = ''] = found;
    keys.push(key);
    return `${key}: ${JSON.stringify(value)}`;
  });
  return { text: quoted.join('\n'), keys };
}
