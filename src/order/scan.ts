// Why: anybody may put a file into an inbox, by any means, perhaps half written. A knock only says: look.
// Promises: looks at names and bytes, never trusts an event. An order is ready when its file stands still and no
// process writes it, or at once when its writer renames it. An unreadable order is bad only after it has stood still
// for longer. A file that is no order at all is told apart.
// Never: changes anything.
import { createHash } from 'node:crypto';
import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type FileStamp, listFolder, readPlain, sameStamp, stampOf } from '../platform/files/files.ts';
import { findWriters } from '../platform/files/writers.ts';
import type { Clock } from '../platform/text/clock.ts';
import type { Problem } from '../platform/text/problem.ts';
import { isForeign } from './foreign-file.ts';
import { type Order, parseOrder } from './order.ts';

/**
 * How long an unreadable file must stand still before it is called bad, in milliseconds: an editor or a slow copy may
 * still be at it.
 */
export const settleTime = 1500;

/**
 * How far apart two looks must be that find a whole order the same, in milliseconds: its first lines may be an order
 * already.
 */
export const stillTime = 500;

/** A file in an inbox, and what it is. `stem` is its name without `.md`. */
export type Found =
  | {
      readonly kind: 'ready';
      readonly path: string;
      readonly stem: string;
      readonly text: string;
      readonly digest: string;
      readonly order: Order;
      readonly stamp: FileStamp;
    }
  | {
      readonly kind: 'bad';
      readonly path: string;
      readonly stem: string;
      readonly text: string;
      readonly digest: string;
      readonly problems: readonly Problem[];
    }
  | { readonly kind: 'settling'; readonly path: string; readonly wait: number };

/** Looks at inboxes, remembering what it saw last time. */
export type Scanner = {
  readonly scan: (folder: string) => Promise<Found[]>;
  /** Looks at the files right in a folder whose folders are inboxes of their own. */
  readonly scanFiles: (folder: string) => Promise<Found[]>;
};

type ScanLook = { readonly stamp: FileStamp | null; readonly since: number; readonly found: Found };

/** The digest by which an order's text is known. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Opens a scanner. `comesWhole` tells of a name whether its writer renames: such a file is taken at the first look. */
export function openScanner(clock: Clock, comesWhole: (stem: string) => boolean = () => false): Scanner {
  const looks = new Map<string, ScanLook>();
  const look = async (
    path: string,
    stem: string,
    isWritten: (path: string) => Promise<boolean>,
  ): Promise<Found | null> => {
    const before = looks.get(path);
    if (before?.stamp != null && before.found.kind !== 'settling') {
      const stamp = await stampOf(path);
      if (stamp !== null && sameStamp(before.stamp, stamp)) return before.found;
    }
    const file = await readPlain(path);
    if (file.kind === 'absent') return null;
    const stamp = file.kind === 'text' ? file.stat : null;
    const still =
      before !== undefined &&
      (stamp === null ? before.stamp === null : before.stamp !== null && sameStamp(before.stamp, stamp));
    const since = still ? before.since : clock.elapsed();
    if (still && before.found.kind !== 'settling') return before.found;
    const whole = before === undefined && comesWhole(stem);
    const stood = whole ? Number.POSITIVE_INFINITY : clock.elapsed() - since;
    const content: Content = file.kind === 'text' ? file : { kind: 'flawed', flaw: file.flaw };
    let found = readFound(path, stem, content, stood);
    if (found.kind !== 'settling' && !whole && (await isWritten(path)))
      found = { kind: 'settling', path, wait: stillTime };
    looks.set(path, { stamp, since, found });
    return found;
  };
  const lookAll = async (folder: string, names: readonly string[]): Promise<Found[]> => {
    const found: Found[] = [];
    let writers: ReadonlySet<string> | null = null;
    const isWritten = async (path: string): Promise<boolean> => {
      const real = await realpath(folder);
      writers ??= findWriters(real);
      return writers.has(`${real}/${basename(path)}`);
    };
    for (const name of names.filter((one) => !isForeign(one))) {
      const one = await look(`${folder}/${name}`, name.replace(/\.md$/, ''), isWritten);
      if (one !== null) found.push(one);
    }
    const here = new Set(names.map((name) => `${folder}/${name}`));
    for (const path of looks.keys()) if (dirname(path) === folder && !here.has(path)) looks.delete(path);
    return found;
  };
  return {
    scan: async (folder) => lookAll(folder, await listFolder(folder)),
    scanFiles: async (folder) => {
      const entries = await readdir(folder, { withFileTypes: true });
      return lookAll(
        folder,
        entries
          .filter((entry) => !entry.isDirectory())
          .map((entry) => entry.name)
          .sort(),
      );
    },
  };
}

/** Names without `.md` of the files that lie in the roles' inboxes below a folder: orders that may have no id yet. */
export async function listStems(inbox: string): Promise<Set<string>> {
  const stems = new Set<string>();
  for (const role of await listFolder(inbox)) {
    if (role === 'operator' || role.startsWith('.')) continue;
    const names = await readdir(`${inbox}/${role}`).catch(() => []);
    for (const name of names) if (!isForeign(name) && name.endsWith('.md')) stems.add(name.slice(0, -3));
  }
  return stems;
}

/** Looks once at one file, as it stands; null when it is gone. */
export async function lookOnce(path: string): Promise<Exclude<Found, { kind: 'settling' }> | null> {
  const file = await readPlain(path);
  if (file.kind === 'absent') return null;
  const found = readFound(path, basename(path).replace(/\.md$/, ''), file, settleTime);
  return found.kind === 'settling' ? null : found;
}

type Content =
  | { readonly kind: 'text'; readonly text: string; readonly stat: FileStamp }
  | { readonly kind: 'flawed'; readonly flaw: string };

function readFound(path: string, stem: string, content: Content, stood: number): Found {
  const bad = (text: string, problems: readonly Problem[]): Found =>
    stood >= settleTime
      ? { kind: 'bad', path, stem, text, digest: digestOf(text), problems }
      : { kind: 'settling', path, wait: settleTime - stood };
  const one = (code: string, message: string, hint: string): Problem => ({
    code,
    level: 'error',
    message,
    line: 1,
    column: 1,
    hint,
  });
  if (content.kind === 'flawed')
    return bad('', [
      one('order-unreadable', `the file cannot be taken: ${content.flaw}`, 'put a plain text file here'),
    ]);
  if (!path.endsWith('.md'))
    return bad(content.text, [
      one('order-name', 'an order is a .md file', `rename it to ${stem.replace(/\.[^.]*$/, '')}.md`),
    ]);
  const reading = parseOrder(content.text);
  if (!reading.ok) return bad(content.text, reading.problems);
  if (stood < stillTime) return { kind: 'settling', path, wait: stillTime - stood };
  // A last line without its end may still be being written.
  if (!content.text.endsWith('\n') && stood < settleTime) return { kind: 'settling', path, wait: settleTime - stood };
  return {
    kind: 'ready',
    path,
    stem,
    text: content.text,
    digest: digestOf(content.text),
    order: reading.order,
    stamp: content.stat,
  };
}
