// Why: what a line of the journal changes of where its order stands.
// Promises: pure; a change names what it changes of each part and nothing else. The compiler names a step that is
// missing here.
// Never: changes what the workspace as a whole remembers; fold.ts does.

import type { Entry } from './entry.ts';
import { none, type Standing, type StandingParts } from './standing.ts';
import { waitKinds } from './waits.ts';

/** A line of an order's own way. */
export type OrderEntry = Exclude<
  Entry,
  { step: 'amended' | 'paused' | 'unpaused' | 'started' | 'stopped' | 'refused' | 'posted' | 'signalled' | 'pushed' }
>;

/** The difference to a standing: from each part only the fields that change. */
export type StandingChange = Partial<Pick<Standing, 'role' | 'position' | 'month'>> & {
  readonly [Part in keyof StandingParts]?: Partial<StandingParts[Part]>;
};

/** A standing with a change put over it. Parts that do not change are the same objects as before. */
export function changeStanding(standing: Standing, change: StandingChange): Standing {
  const { asked, bonds, tries, pause, landing, end, ...place } = change;
  return {
    ...standing,
    ...place,
    asked: putOver(standing.asked, asked),
    bonds: putOver(standing.bonds, bonds),
    tries: putOver(standing.tries, tries),
    pause: putOver(standing.pause, pause),
    landing: putOver(standing.landing, landing),
    end: putOver(standing.end, end),
  };
}

function putOver<Part extends object>(part: Part, change: Partial<Part> | undefined): Part {
  return change === undefined ? part : { ...part, ...change };
}

/** Says what a line changes of its order. */
export function advance({ role, asked, tries, pause, landing, bonds }: Standing, entry: OrderEntry): StandingChange {
  switch (entry.step) {
    case 'claimed':
      return {
        position: 'claimed',
        role: entry.role,
        asked: {
          title: entry.title ?? asked.title,
          files: entry.files ?? asked.files,
          refs: entry.refs ?? asked.refs,
          contract: entry.contract ?? asked.contract,
        },
        tries: {
          attempt: entry.attempt,
          card: entry.card,
          run: null,
          ...(entry.resumes === true ? {} : { cost: null }),
        },
        pause: { untaken: null, waits: null, ...(entry.resumes === true ? {} : { held: null, decisions: none }) },
        landing: { branch: landing.branch ?? entry.branch ?? null, intent: null },
      };
    case 'opened':
      // Journals from before the claim named a branch tell it here.
      return {
        asked: { repo: entry.repo },
        tries: { run: entry.run },
        landing: { branch: landing.branch ?? (bonds.reviews === null ? entry.branch : null) },
      };
    case 'ran':
      return { tries: { cost: entry.spent === undefined ? null : { run: entry.run, spent: entry.spent } } };
    case 'judged':
      return { tries: { refused: entry.refused, quiet: entry.quiet === true } };
    case 'intended':
      return { landing: { intent: entry, stated: [] } };
    case 'landed':
      return { landing: { landed: [...landing.landed, entry] }, end: { rejection: null } };
    case 'stated':
      return { landing: { stated: [...landing.stated, entry.path] } };
    case 'returned':
      return {
        position: 'posted',
        tries: {
          run: null,
          spent: tries.spent + (entry.spent ? 1 : 0),
          handOvers: tries.handOvers + (entry.handover === true ? 1 : 0),
          ...(entry.keeps === true ? {} : { cost: null }),
        },
        pause: { waits: null, ...(entry.keeps === true ? {} : { held: null }) },
        landing: { intent: null },
        end: { note: entry.reason },
      };
    case 'routed':
      return {
        position: 'posted',
        role: entry.to,
        tries: { run: null, cost: null, spent: 0, handOvers: 0, hops: [...tries.hops, role] },
        landing: { intent: null },
        end: { note: entry.note },
      };
    case 'parked':
      return {
        position: 'parked',
        pause: { waits: { on: entry.on, what: entry.what, review: entry.review ?? null }, ...heldWith(entry) },
        landing: { intent: null },
        // The orders it sent, or its landing, are work done: attempts count anew from here.
        ...(waitKinds[entry.on].rests ? { tries: { spent: 0, handOvers: 0 } } : {}),
      };
    case 'released':
      return {
        position: 'posted',
        ...(pause.waits?.on === 'children' ? { tries: { wakes: tries.wakes + 1 } } : {}),
        pause: { waits: null },
      };
    case 'proposed':
      return { landing: { pull: { number: entry.number, url: entry.url, state: entry.state, commit: entry.commit } } };
    case 'decided': {
      const { run, by, verdict, note, review } = entry;
      const word = { run, by, verdict, note, ...(review === undefined ? {} : { review }) };
      return {
        pause: { decisions: [...pause.decisions, word] },
        ...(verdict === 'rejected' ? { end: { rejection: word } } : {}),
      };
    }
    case 'settled':
      return {
        position: 'settled',
        month: entry.month,
        tries: { cost: null },
        pause: { untaken: null, waits: null, held: null },
        landing: { intent: null },
        end: {
          outcome: entry.outcome,
          note: entry.note,
          limit: entry.limit ?? null,
          verdict: entry.verdict ?? null,
          haltedBy: entry.by ?? null,
        },
      };
    case 'checked':
    case 'answered':
    case 'flagged':
      return {};
  }
}

// An order that now waits for an order it sent holds no landing any more. Its landing was approved and carried out, or
// there never was one. So its next claim is a run.
function heldWith({ on, run, commit, branch }: Extract<Entry, { step: 'parked' }>): StandingChange['pause'] {
  if (run !== undefined) return { held: { run, commit: commit ?? null, branch: branch ?? null } };
  return on === 'order' ? { held: null, decisions: none } : {};
}
