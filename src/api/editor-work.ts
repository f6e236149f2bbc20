// Why: what editors and shells ask is a part of the API that grows by itself.
// Promises: a method's code is loaded when it is called.
// Never: does the work; the file that it loads does.
import type { EditedFile, FileKey, HandWritten, PatternMatch } from './editor.ts';
import type { KnownName } from './names.ts';
import type { Site } from './site.ts';

/** Questions about a text under a cursor, and the names that may stand there. */
export type EditorWork = {
  /** Says whether a file is a card, an order or fourline.yaml, by its absolute path; null where it is none of them. */
  readonly edited: (path: string) => Promise<EditedFile | null>;
  /** The keys that a kind of file may have, those that fourline writes itself left out. */
  readonly keys: (kind: HandWritten) => Promise<readonly FileKey[]>;
  /** How many files of the repositories the patterns on a line (from 1) match, of a text that may not be saved. */
  readonly matches: (
    text: { readonly kind: HandWritten; readonly text: string },
    line: number,
  ) => Promise<readonly PatternMatch[]>;
  /** The names of the roles, or of the open orders and of those that settled last: quick, for a shell's Tab key. */
  readonly names: (of: 'roles' | 'orders') => Promise<readonly KnownName[]>;
};

/** The answers about a workspace's texts. */
export function editorWork(site: Site): EditorWork {
  return {
    edited: async (path) => (await import('./editor.ts')).findEdited(site, path),
    keys: async (kind) => (await import('./editor.ts')).fileKeys(kind),
    matches: async (text, line) => (await import('./editor.ts')).matchLine(site, text, line),
    names: async (of) => {
      const { nameOrders, nameRoles } = await import('./names.ts');
      return of === 'roles' ? nameRoles(site) : nameOrders(site);
    },
  };
}
