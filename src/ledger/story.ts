// Why: the ledger is read by people with `git log`. One action, one sentence, by the role that did it.
// Promises: pure; the subject is one escaped line; the author is who acted, never a name from a file.
// Never: reads the disk; which files belong to an action is named here and fetched by the publisher.

import { durationOf } from '../platform/text/clock.ts';
import { countOf, escapeText, firstLine } from '../platform/text/text.ts';
import type { Entry } from './entry.ts';
import { type Wait, waitKinds } from './waits.ts';

/** A file of the ledger's tree that an action changes: from the order's record, from the kept cards, or as given. */
export type StoryFile =
  | {
      readonly kind: 'record';
      readonly path: string;
      readonly order: string;
      readonly role: string;
      readonly name: string;
      /** The attempt that left it; it may have been put away since. */
      readonly attempt: number | null;
    }
  | { readonly kind: 'card'; readonly path: string; readonly digest: string }
  | { readonly kind: 'text'; readonly path: string; readonly text: string }
  | { readonly kind: 'gone'; readonly path: string };

/** An action as a commit of the ledger. `author` is a role's name or operator. */
export type Story = {
  readonly author: string;
  readonly subject: string;
  readonly body: string;
  readonly files: readonly StoryFile[];
};

/** Tells an entry. */
export function tellEntry(entry: Entry): Story {
  const told = tell(entry);
  return {
    author: authorOf(entry),
    subject: firstLine(told.subject, 120),
    body: told.body ?? '',
    files: told.files ?? [],
  };
}

/** The author of the action that an entry tells. */
export function authorOf(entry: Entry): string {
  switch (entry.step) {
    case 'started':
    case 'stopped':
    case 'amended':
    case 'paused':
    case 'unpaused':
      return 'operator';
    case 'decided':
    case 'answered':
    case 'released':
      return entry.by;
    case 'posted':
    case 'refused':
      return entry.from;
    default:
      return entry.role;
  }
}

/** Tells in words what a parked order waits for. */
export function waitWords({ on, what }: { readonly on: Wait; readonly what: string }): string {
  return waitKinds[on].words(what);
}

type StoryTold = { readonly subject: string; readonly body?: string; readonly files?: readonly StoryFile[] };

/**
 * Where an order's record is in the ledger's tree: by the hundred. One flat folder would be written anew, whole, with
 * every commit.
 */
export function ledgerFolder(order: string): string {
  const hundred = /^(\d+)\d\d-/.exec(order)?.[1] ?? 'other';
  return `orders/${hundred}${hundred === 'other' ? '' : 'xx'}/${order}`;
}

function record(
  { order, role, run }: { order: string; role: string; run?: string },
  ...names: readonly string[]
): StoryFile[] {
  const attempt = run === undefined ? null : Number(run.slice(order.length + 1));
  return names.map((name) => ({ kind: 'record', path: `${ledgerFolder(order)}/${name}`, order, role, name, attempt }));
}

function listWords(items: readonly string[]): string {
  return items.map((item) => `- ${escapeText(item)}`).join('\n');
}

function tell(entry: Entry): StoryTold {
  switch (entry.step) {
    case 'started':
      return { subject: `started fourline ${entry.version}`, body: `Walls: ${entry.walls}` };
    case 'stopped':
      return { subject: 'stopped fourline' };
    case 'amended': {
      const path = `roles/${entry.role}.md`;
      if (entry.what === 'removed')
        return { subject: `removed the role ${entry.role}`, files: [{ kind: 'gone', path }] };
      if (entry.what === 'broken')
        return {
          subject: `broke the card of ${entry.role}; ${entry.idle === true ? 'the role takes nothing' : 'the last good one stays in force'}`,
          body: escapeText(entry.problem ?? ''),
        };
      return {
        subject: `${entry.what === 'added' ? 'added the role' : 'edited the card of'} ${entry.role}`,
        files: [{ kind: 'card', path, digest: entry.digest }],
      };
    }
    case 'paused':
      return { subject: `paused ${entry.role}: its orders wait` };
    case 'unpaused':
      return { subject: `let ${entry.role} work again` };
    case 'posted':
      return {
        subject:
          entry.undoes === undefined
            ? `${entry.order}: ordered ${entry.role}: ${entry.title}`
            : `${entry.order}: ordered the undo of ${entry.undoes}`,
        body: [
          `Files:\n${listWords(entry.files)}`,
          ...(entry.refs === undefined ? [] : [`Handed down:\n${listWords(entry.refs)}`]),
          ...(entry.contract === undefined ? [] : [`Pinned:\n${listWords(entry.contract.map(({ path }) => path))}`]),
        ].join('\n\n'),
        files: record(entry, 'order.md'),
      };
    case 'refused':
      return {
        subject: `${entry.order}: order to ${entry.role} could not be taken`,
        body: listWords(entry.problems),
        files: [
          {
            kind: 'text',
            path: `refused/${entry.role.replace(/[^\w-]/g, '_')}/${entry.order}-${entry.digest.slice(0, 8)}.md`,
            text: entry.text,
          },
        ],
      };
    case 'claimed':
      return {
        subject: `${entry.order}: took the order, attempt ${entry.attempt}, boundary of ${countOf(entry.boundary, 'line')}`,
        body: entry.card === '' ? 'By no card: fourline does it itself' : `Card: sha256:${entry.card}`,
      };
    case 'opened':
      return {
        subject: `${entry.order}: opened a room${entry.repo === null ? '' : ` on ${entry.repo} ${entry.branch ?? ''} at ${entry.base?.slice(0, 7) ?? ''}`}`,
        body: `Run: ${entry.run}`,
      };
    case 'ran':
      return {
        subject: `${entry.order}: ran ${entry.agent}: ${entry.ending} after ${durationOf(entry.milliseconds)}`,
        body: listWords([
          ...(entry.unreached ?? []).map((one) => `asked for ${one} on the network in vain`),
          ...(entry.unmet ?? []),
        ]),
      };
    case 'judged':
      return {
        subject: `${entry.order}: changed ${entry.changed}, ${entry.allowed} allowed, ${entry.refused.length} refused`,
        body: listWords(entry.refused.slice(0, 50).map((one) => `${one.path}: ${one.sentence}`)),
        files: record(entry, 'verdicts.json', 'refused.patch'),
      };
    case 'checked': {
      const good = entry.results.filter((one) => one.status === 0).length;
      return {
        subject: `${entry.order}: ${good} of ${entry.results.length} checks passed`,
        body: listWords(
          entry.results.map(
            (one) =>
              `${one.command}: ${one.limit ?? (one.timedOut ? 'out of time' : `status ${one.status}`)}, ${durationOf(one.milliseconds)}`,
          ),
        ),
      };
    }
    case 'intended':
      return {
        subject: `${entry.order}: about to land${entry.commit === null ? '' : ` ${entry.commit.slice(0, 7)}`}`,
        body: listWords(entry.mail.map((one) => `mail ${one.id} to ${one.role}`)),
      };
    case 'landed':
      return {
        subject: `${entry.order}: landed ${countOf(entry.files, 'file')} on ${entry.repo} ${entry.branch} as ${entry.commit.slice(0, 7)}`,
        body: entry.left.length > 0 ? `Left as they were in the work tree:\n${listWords(entry.left)}` : '',
      };
    // The ledger's tree holds every version under the file's own path. Its text is kept by its digest: an order lands
    // more than once.
    case 'stated': {
      const { path, digest } = entry;
      return {
        subject: `${entry.order}: ${digest === null ? 'removed' : 'wrote'} ${path}`,
        files:
          digest === null
            ? [{ kind: 'gone', path }]
            : record(entry, `stated/${digest}`).map((one) => ({ ...one, path })),
      };
    }
    case 'pushed':
      return {
        subject: `${entry.order}: pushed ${entry.commit.slice(0, 7)} to ${entry.remote} ${entry.branch}`,
        body: `Of: repos/${entry.repo}`,
      };
    case 'proposed':
      return {
        subject: `${entry.order}: pull request ${entry.number} is ${entry.state}, of ${entry.repo} ${entry.branch} at ${entry.commit.slice(0, 7)}`,
        body: escapeText(entry.url),
      };
    case 'returned':
      return { subject: `${entry.order}: handed back: ${entry.reason}` };
    case 'routed':
      return { subject: `${entry.order}: routed to ${entry.to}: ${entry.note}` };
    case 'parked':
      return {
        subject: `${entry.order}: waits: ${waitWords(entry)}`,
        body: entry.branch === undefined ? '' : `On ${entry.branch} as ${entry.commit ?? ''}`,
      };
    case 'released':
      return { subject: `${entry.order}: goes on: ${entry.why}` };
    case 'decided':
      return {
        subject: `${entry.order}: ${entry.verdict}${entry.note === '' ? '' : `: ${entry.note}`}`,
        body: `Run: ${entry.run}${entry.review === undefined ? '' : `\nReview: ${entry.review}`}`,
      };
    case 'answered':
      return { subject: `${entry.order}: answered: ${entry.text}`, body: escapeText(entry.text) };
    case 'flagged':
      return {
        subject: `${entry.order}: ${countOf(entry.missing.length, 'number')} in none of the orders it sent`,
        body: listWords(entry.missing),
      };
    case 'signalled':
      return {
        subject: `${entry.order === undefined ? '' : `${entry.order}: `}signal ${entry.signal}: ${entry.sentence}`,
        body: listWords([...entry.about, entry.rule === 'fire' ? 'The order is taken away' : 'The operator was told']),
      };
    case 'settled':
      return {
        subject: `${entry.order}: ${entry.outcome}${entry.note === '' ? '' : `: ${entry.note}`}`,
        files: record(entry, 'order.md', 'report.md', 'unlanded.patch'),
      };
  }
}
