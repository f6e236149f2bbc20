// Why: what an agent is told of its order stands in many places: the order, notes of earlier attempts, the history, the
// office. The brief is put together here.
// Promises: notes come oldest first; what was before a role was woken last is left out.
// Never: changes anything; agent/brief.ts has the words.
import { composeBrief, type Note } from '../agent/brief.ts';
import type { Office } from '../agent/office.ts';
import { openOrdersOf } from '../ledger/fold.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { listFolder, readPlain } from '../platform/files/files.ts';
import type { Claimed } from '../record/work.ts';
import type { StateCopy } from '../room/furnish.ts';
import { repoSettings, type Session } from '../workspace/workspace.ts';

/** The contents of a furnished room: names of mail, state files, and the handed-down texts by path. */
type LyingInRoom = {
  readonly mail: readonly string[];
  readonly state: readonly StateCopy[];
  readonly refs: ReadonlyMap<string, string>;
};

/** Gives the brief of a claimed order whose room is furnished. Throws what reading the order's folder throws. */
export async function writeBrief(
  session: Session,
  claimed: Claimed,
  { mail, state, refs }: LyingInRoom,
): Promise<string> {
  const { role } = claimed.card;
  return composeBrief({
    id: claimed.id,
    role: claimed.role,
    repo: claimed.admitted.repo,
    order: claimed.order,
    boundary: claimed.admitted.boundary,
    prompt: role.prompt,
    notes: [
      ...checkNotes(session, claimed),
      ...(await notesOf(claimed.folder)),
      ...rejectionNotes(session.ledger, claimed),
    ],
    mail,
    state: state.map((one) => one.path),
    refs: [...refs.keys()],
    reviews: claimed.reviews,
    office: role.send.length === 0 ? null : officeOf(session, claimed),
  });
}

// Names the commands that its repository always checks with.
function checkNotes({ workspace }: Session, { admitted, reviews }: Claimed): Note[] {
  const always = admitted.repo === null || reviews !== null ? [] : repoSettings(workspace, admitted.repo).checks.always;
  const title = 'Besides what Acceptance names, these commands must pass on what lands:';
  return always.length === 0 ? [] : [{ title, text: always.join('\n') }];
}

// Tells a role that sends orders where those orders stand. Its own order is no news to it.
function officeOf(session: Session, claimed: Claimed): Office {
  const { history } = session.ledger;
  const going = openOrdersOf(history).filter((one) => one.id !== claimed.id);
  const sent = history.orders.with('sender', claimed.role).filter((one) => one.bonds.reviews === null);
  return {
    sent: sent.map((one) => ({
      id: one.id,
      role: one.role,
      state: one.end.outcome ?? (one.position === 'claimed' ? 'runs' : 'waits'),
    })),
    free: claimed.card.role.send
      .filter((one) => one.role !== 'operator')
      .map(({ role }) => {
        const mine = going.filter((one) => one.role === role);
        const running = mine.filter((one) => one.position === 'claimed').length;
        const slots = session.workspace.cards.get(role)?.role.limits.runs ?? 0;
        return { role, free: Math.max(0, slots - running), waiting: mine.length - running };
      }),
  };
}

// Gives the results of earlier attempts, and what others said since, oldest first. The first line of a note is its
// title. Notes from before the role was last woken are left out.
async function notesOf(folder: string): Promise<Note[]> {
  const names = (await listFolder(folder))
    .filter((name) => /^(?:feedback-\d+|note-[\w.-]+)\.md$/.test(name))
    .sort((a, b) => numberInText(a) - numberInText(b) || (a < b ? -1 : 1));
  const woken = Math.max(0, ...names.filter((name) => name.endsWith('-wake.md')).map(numberInText));
  const out: Note[] = [];
  for (const name of names.filter((one) => numberInText(one) >= woken)) {
    const file = await readPlain(`${folder}/${name}`);
    if (file.kind !== 'text') continue;
    const cut = file.text.indexOf('\n');
    if (name.startsWith('feedback'))
      out.push({ title: `Attempt ${numberInText(name)} was handed back:`, text: file.text });
    else out.push({ title: file.text.slice(0, cut), text: file.text.slice(cut + 1) });
  }
  return out;
}

// A note about changes by others holds until the order ends, so its number is the highest.
function numberInText(name: string): number {
  if (name.endsWith('-contract.md')) return 1e9;
  return Number(/\d+/.exec(name)?.[0] ?? 0);
}

// Notes about the rejected or halted orders that this order names, and why it is ordered again.
function rejectionNotes(ledger: Ledger, claimed: Claimed): Note[] {
  const out: Note[] = [];
  for (const id of ledger.history.orders.get(claimed.id)?.bonds.answers ?? []) {
    const one = ledger.history.orders.get(id);
    const by = one?.end.rejection?.by ?? one?.end.haltedBy ?? null;
    if (one === undefined || by === null) continue;
    const did = one.end.rejection === null ? 'halted' : 'rejected';
    const title = `${one.id}, which this order answers, was ${did} by ${by}:`;
    out.push({ title, text: (one.end.rejection?.note ?? one.end.note) || 'no reason was given' });
  }
  const { reason = '', from = '' } = ledger.history.orders.get(claimed.id)?.asked ?? {};
  if (reason !== '') out.push({ title: `${from} orders it again, and says why:`, text: reason });
  return out;
}
