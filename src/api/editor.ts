// Why: an editor asks about a text under a cursor: which file of fourline's is it, which keys may it have, how many
// files does this pattern match?
// Promises: a text with errors is answered about as far as it can be read. The keys come from the tables that read the
// files.
// Never: changes anything; answers about files outside the workspace.
import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { onlyRepoOf } from '../delegation/files.ts';
import { repositoryPaths } from '../delegation/unmatched.ts';
import { flowKeys } from '../flow/keys.ts';
import { readFiles } from '../order/entries.ts';
import { isForeign } from '../order/foreign-file.ts';
import { findSections } from '../order/sections.ts';
import { orderKeys, readSettings } from '../order/settings.ts';
import { type Key, readFields, type Schema, type Table } from '../platform/text/fields.ts';
import { splitFrontMatter } from '../platform/text/front-matter.ts';
import type { Glob } from '../platform/text/glob.ts';
import { workspaceGlob } from '../role/boundary.ts';
import { cardKeys } from '../role/card.ts';
import { isCardFile } from '../role/card-file.ts';
import { compileMatcher } from '../role/grant.ts';
import { parseSettings, settingsKeys } from '../workspace/settings.ts';
import { repoOf, type Workspace } from '../workspace/workspace.ts';
import { type Site, withCards } from './site.ts';

/** The files that people write by hand: a card, an order, a flow, fourline.yaml. */
export type HandWritten = 'card' | 'order' | 'flow' | 'fourline';

/** A file that people write by hand, by its real absolute path. */
export type EditedFile = { readonly kind: HandWritten; readonly path: string };

/** A pattern or path of a text: what it matches in the repositories as they are. `examples` are a few of the files. */
export type PatternMatch = {
  readonly pattern: string;
  readonly files: number;
  readonly examples: readonly string[];
};

/** A key of a hand-written file. */
export type FileKey = {
  readonly name: string;
  readonly help: string;
  readonly example: string;
  readonly required: boolean;
  /** The words that may stand behind it, where only some may. */
  readonly words: readonly string[];
  /** Names that may stand behind it. */
  readonly holds: 'role' | 'order' | null;
  /** The keys of a map behind it; with `named` they are below names that a person chooses. */
  readonly keys: readonly FileKey[];
  readonly named: boolean;
};

/** How many files a match gives as examples. */
const exampleCount = 5;

/** Says what a file of the workspace is to fourline, by its path; null where it is none that people write for it. */
export async function findEdited(site: Site, path: string): Promise<EditedFile | null> {
  const folder = await realpath(dirname(path)).catch(() => null);
  if (folder === null || !`${folder}/`.startsWith(`${site.root}/`)) return null;
  const full = `${folder}/${basename(path)}`;
  const kind = fileKind(full.slice(site.root.length + 1));
  return kind === null ? null : { kind, path: full };
}

// `drafts/` holds orders that nobody has dropped yet.
function fileKind(file: string): HandWritten | null {
  const [top = '', second = '', third, ...rest] = file.split('/');
  if (file === 'fourline.yaml') return 'fourline';
  if (top === 'roles' && third === undefined && isCardFile(second)) return 'card';
  if (top === 'flows' && third === undefined && second.endsWith('.md')) return 'flow';
  if (top === 'drafts' && /\.md$/i.test(file)) return 'order';
  const order = top === 'inbox' && second !== 'operator' && third !== undefined && rest.length === 0;
  return order && !second.startsWith('.') && !isForeign(third) ? 'order' : null;
}

const nameHolders: Readonly<Record<HandWritten, Readonly<Record<string, 'role' | 'order'>>>> = {
  card: { send: 'role', review: 'role' },
  order: { after: 'order', parent: 'order', answers: 'order', retries: 'order', contract: 'role' },
  flow: {},
  fourline: { review: 'role' },
};

/** All keys of a hand-written file, those that fourline stamps left out. */
export function fileKeys(kind: HandWritten): FileKey[] {
  const table: Table = { card: cardKeys, order: orderKeys, flow: flowKeys, fourline: settingsKeys }[kind];
  return tableKeys(table, nameHolders[kind]);
}

function tableKeys(table: Table, holders: Readonly<Record<string, 'role' | 'order'>>): FileKey[] {
  const written = Object.entries(table).filter(([, { about }]) => about.stamped !== true);
  return written.map(([name, { about, reader }]: [string, Key<unknown>]) => ({
    name,
    help: about.help,
    example: about.example,
    required: about.required === true,
    words: closedWords(reader.schema),
    holds: holders[name] ?? null,
    keys: reader.keys === undefined ? [] : tableKeys(reader.keys, {}),
    named: reader.named === true,
  }));
}

function closedWords({ enum: words, anyOf, type, items }: Schema): string[] {
  if (Array.isArray(words)) return words.map(String);
  if (type === 'boolean') return ['true', 'false'];
  const inner = [...(Array.isArray(anyOf) ? anyOf : []), ...(items === undefined ? [] : [items])] as Schema[];
  return [...new Set(inner.flatMap(closedWords))];
}

/** Says of each pattern on a line (from 1) of a text how many files of the repositories it matches. */
export function matchLine(site: Site, { kind, text }: { kind: HandWritten; text: string }, line: number) {
  return withCards(site, async (workspace): Promise<PatternMatch[]> => {
    const globs = (await patternsOf(workspace, kind, text)).filter((one) => one.line === line);
    if (globs.length === 0) return [];
    const paths = await repositoryPaths(workspace);
    return globs.map(({ glob, written }) => {
      const matcher = compileMatcher('', [{ glob, line }]);
      const found = paths.filter((path) => matcher.match(path, true) !== undefined);
      return { pattern: written, files: found.length, examples: found.slice(0, exampleCount) };
    });
  });
}

type LinePattern = { readonly glob: Glob; readonly line: number; readonly written: string };

// State files are not in repositories: patterns of them are left out.
async function patternsOf(workspace: Workspace, kind: HandWritten, text: string): Promise<LinePattern[]> {
  // A flow's patterns are whole when its run has begun.
  if (kind === 'flow') return [];
  const found = kind === 'order' ? await orderPatterns(workspace, text) : ownPatterns(kind, text);
  return found.filter(({ glob }) => !glob.text.startsWith('state/'));
}

function ownPatterns(kind: 'card' | 'fourline', text: string): LinePattern[] {
  const written = (lines: readonly Omit<LinePattern, 'written'>[]): LinePattern[] =>
    lines.map((one) => ({ ...one, written: one.glob.text }));
  if (kind === 'fourline') return written(parseSettings(text).settings.approve.paths);
  const parts = splitFrontMatter(text);
  if (!parts.ok) return [];
  const { write, deny, approve } = readFields(cardKeys, parts.fields, { code: 'role-key' }).values;
  return written([...write, ...deny, ...approve.paths]);
}

async function orderPatterns(workspace: Workspace, text: string): Promise<LinePattern[]> {
  const parts = splitFrontMatter(text);
  if (!parts.ok) return [];
  const files = readFiles(findSections(parts.body, parts.bodyLine).found.files, [], false);
  const repo = await repoOf(workspace, readSettings(parts.fields).settings.repo ?? onlyRepoOf({ files }));
  return files.map(({ glob, line, text: entry }) => ({
    glob: { text: workspaceGlob(entry, repo), literal: glob.literal },
    line,
    written: entry,
  }));
}
