// Why: the files a run puts into its trays are orders to other roles. The gate said whether it may write to them; this
// file reads each as an order.
// Promises: a bad order in a tray is refused with its reason and kept, like any other refused change. A good order gets
// an id and fourline's stamp. It reaches no further than the order it came from.
// Never: delivers.
import { refuseLetter } from '../gate/refuse.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { makeId } from '../order/identity.ts';
import { type Order, parseOrder, stampOrder } from '../order/order.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { readPlain } from '../platform/files/files.ts';
import { nextNumber } from '../platform/files/lock.ts';
import { findCircles } from '../platform/text/circle.ts';
import { countOf } from '../platform/text/text.ts';
import type { Judged, Opened } from '../record/work.ts';
import type { Session } from '../workspace/workspace.ts';
import { admitOrder } from './admission.ts';
import { handDown, handedStamp } from './family.ts';
import { repoNamedBy } from './files.ts';
import { generationFlaw } from './lineage.ts';

type MailLetter = {
  readonly verdict: Verdict;
  readonly role: string;
  readonly stem: string;
  readonly text: string;
  readonly order: Order;
};

/** Most letters of one run that are read; a larger `children` on a card has no effect. */
const letterLimit = 500;
/** A run with letters to read. `began` is when it began: it cannot know later rejections. */
export type Sender = Opened & { readonly began: Date };

/**
 * The result of reading a run's mail: all verdicts again, orders to send, questions to the operator, and the limit that
 * the run reached.
 */
export type RunMail = {
  readonly verdicts: Verdict[];
  readonly mail: Judged['mail'];
  readonly questions: string[];
  readonly limit: string | null;
};

/**
 * Reads the allowed mail of a run. If mail is no good order, its verdict becomes a refusal. Throws what reading the
 * room or taking a number throws.
 */
export async function readMail(session: Session, opened: Sender, verdicts: readonly Verdict[]): Promise<RunMail> {
  const { workspace, ledger } = session;
  const { letters, questions, others } = await emptyTrays(opened, verdicts);
  const asked = await askLetters({ workspace, ledger, opened, letters, others });
  const { good, over, limit } = withinLimits(session, opened, inOrder(asked.good));
  const sent = inOrder(good);
  const numbers = workspace.places.session.numbers;
  const ids = new Map(
    sent.map((letter) => [letter.verdict.path, makeId(nextNumber(numbers, ledger.history.number), letter.stem)]),
  );
  crashPoint('judge.numbered');
  const mail = sent.map((letter) => stampLetter(ledger, opened, letter, { ids, good }));
  const all = [...others, ...asked.refused, ...over, ...good.map((letter) => letter.verdict)];
  return { verdicts: all.sort((a, b) => (a.path < b.path ? -1 : 1)), mail, questions, limit };
}

/** The contents of a run's trays: letters to roles, questions to the operator, and all other verdicts. */
type Trays = { readonly letters: MailLetter[]; readonly questions: string[]; readonly others: Verdict[] };

async function emptyTrays(opened: Opened, verdicts: readonly Verdict[]): Promise<Trays> {
  const { letters, questions, others }: Trays = { letters: [], questions: [], others: [] };
  let seen = 0;
  for (const verdict of verdicts) {
    if (verdict.decision !== 'allow' || !verdict.path.startsWith('inbox/')) others.push(verdict);
    else if (verdict.path.startsWith('inbox/operator/')) {
      const question = await readQuestion(opened, verdict);
      if ('text' in question) questions.push(question.text);
      others.push('text' in question ? verdict : question);
    } else {
      seen += 1;
      const unread = `a run sends at most ${letterLimit} orders; this one was not read`;
      const letter = seen > letterLimit ? refuseLetter(verdict, unread) : await readLetter(opened, verdict);
      if ('order' in letter) letters.push(letter);
      else others.push(letter);
    }
  }
  return { letters, questions, others };
}

// A letter as it is delivered: with its id, its sender, and what is handed down with it. It names the letters it waits
// for by their ids.
function stampLetter(
  { history }: Ledger,
  opened: Sender,
  letter: MailLetter,
  { ids, good }: { readonly ids: ReadonlyMap<string, string>; readonly good: readonly MailLetter[] },
): Judged['mail'][number] {
  const { order } = letter;
  const id = ids.get(letter.verdict.path) ?? '';
  const after = order.settings.after.map((name) => ids.get(siblingOf(good, letter, name)?.verdict.path ?? '') ?? name);
  const repo = order.settings.repo ?? opened.admitted.repo ?? undefined;
  const handed = handDown(history, { id, parent: opened.id, order, repo: repo ?? repoNamedBy(order) ?? null });
  const text = stampOrder(letter.text, {
    id,
    from: opened.role,
    parent: opened.id,
    date: opened.began.toISOString(),
    ...(repo === undefined ? {} : { repo }),
    ...(after.length === 0 ? {} : { after }),
    ...handedStamp(handed),
  });
  return { id, role: letter.role, file: letter.verdict.path, text };
}

// Limits stop a role that sends orders without end: letters over a limit are kept like any other refused change.
function withinLimits(
  session: Session,
  opened: Opened,
  letters: readonly MailLetter[],
): { good: MailLetter[]; over: Verdict[]; limit: string | null } {
  const { workspace, ledger } = session;
  const good: MailLetter[] = [];
  const over: Verdict[] = [];
  let limit: string | null = null;
  // Most runs send nothing, and an hour may have seen thousands of orders.
  if (letters.length === 0) return { good, over, limit };
  const { children } = opened.card.role.limits;
  const deep = generationFlaw(workspace.settings, ledger.history, opened.id);
  const since = new Date(workspace.clock.now().getTime() - 3_600_000).toISOString();
  const recent = ledger.history.orders.postedSince(since).filter((one) => one.asked.from !== 'operator');
  for (const letter of letters) {
    const hourly = workspace.cards.get(letter.role)?.role.limits.hourly ?? 0;
    const taken = [...recent, ...good].filter((one) => one.role === letter.role).length;
    const lost = letter.order.settings.after.find((name) => {
      const sibling = siblingOf(letters, letter, name);
      return sibling !== undefined && !good.includes(sibling);
    });
    const flaw =
      deep !== null
        ? (['generations', deep] as const)
        : good.length >= children
          ? (['children', `a run of ${opened.role} sends at most ${countOf(children, 'order')}`] as const)
          : taken >= hourly
            ? (['hourly', `${letter.role} takes at most ${countOf(hourly, 'order')} from roles in an hour`] as const)
            : null;
    if (flaw !== null) {
      limit = flaw[0];
      over.push(refuseLetter(letter.verdict, deep ?? `${flaw[1]} (limits: ${flaw[0]})`));
    } else if (lost !== undefined) over.push(refuseLetter(letter.verdict, `after: '${lost}' was refused`));
    else good.push(letter);
  }
  return { good, over, limit };
}

// If a letter waits for another, the other gets the lower number, so that numbers follow the order of events.
function inOrder(letters: readonly MailLetter[]): MailLetter[] {
  const left = [...letters];
  const out: MailLetter[] = [];
  while (left.length > 0) {
    const next = left.findIndex(
      (letter) => !letter.order.settings.after.some((name) => siblingOf(left, letter, name) !== undefined),
    );
    out.push(...left.splice(Math.max(next, 0), 1));
  }
  return out;
}

/** The letters of a run, and what is known while they are checked. */
type LetterRound = Session &
  Pick<Trays, 'letters' | 'others'> & {
    readonly opened: Sender;
  };

// Checks the letters again until nothing changes: an order that waits for a refused order is refused with it.
async function askLetters(round: LetterRound): Promise<{ readonly good: MailLetter[]; readonly refused: Verdict[] }> {
  let good = [...round.letters];
  const refused: Verdict[] = [];
  for (;;) {
    const flaws = new Map<MailLetter, string>();
    const circles = circlesOf(good);
    for (const letter of good) {
      const flaw = circles.get(letter) ?? siblingFlaw(letter, round.letters, good) ?? (await askLetter(round, letter));
      if (flaw !== null) flaws.set(letter, flaw);
    }
    if (flaws.size === 0) return { good, refused };
    for (const [letter, flaw] of flaws) refused.push(refuseLetter(letter.verdict, flaw));
    good = good.filter((letter) => !flaws.has(letter));
  }
}

// Orders that wait for each other would wait for ever: all orders of a circle are refused, and each refusal shows the
// circle.
function circlesOf(letters: readonly MailLetter[]): Map<MailLetter, string> {
  const named = letters.map((letter) => ({
    id: letter.verdict.path,
    after: letter.order.settings.after.flatMap((name) => siblingOf(letters, letter, name)?.verdict.path ?? []),
  }));
  const found = findCircles(named);
  return new Map(
    letters.flatMap((letter) => {
      const circle = found.get(letter.verdict.path);
      return circle === undefined ? [] : [[letter, `after: they wait for each other: ${circle}`] as const];
    }),
  );
}

// The letter of the same tray that a name in `after:` means: another letter with that name.
function siblingOf(letters: readonly MailLetter[], self: MailLetter, name: string): MailLetter | undefined {
  return letters.find((one) => one.stem === name && one !== self);
}

/** Most characters of a question that are passed on to the operator. */
const questionLimit = 8000;

// A question to a person must be plain text.
async function readQuestion(opened: Opened, verdict: Verdict): Promise<{ readonly text: string } | Verdict> {
  const file = await readPlain(`${opened.room.folder}/${verdict.path}`);
  if (file.kind !== 'text')
    return refuseLetter(verdict, file.kind === 'flawed' ? `the question cannot be read: ${file.flaw}` : 'it is gone');
  const text = file.text.trim();
  return text === '' ? refuseLetter(verdict, 'the question is empty') : { text: text.slice(0, questionLimit) };
}

async function readLetter(opened: Opened, verdict: Verdict): Promise<MailLetter | Verdict> {
  const file = await readPlain(`${opened.room.folder}/${verdict.path}`);
  if (file.kind !== 'text')
    return refuseLetter(verdict, file.kind === 'flawed' ? `the order cannot be read: ${file.flaw}` : 'it is gone');
  const reading = parseOrder(file.text);
  if (!reading.ok)
    return refuseLetter(verdict, reading.problems.map((one) => `line ${one.line}: ${one.message}`).join('; '));
  const [, role = '', name = ''] = verdict.path.split('/');
  return { verdict, role, stem: name.replace(/\.md$/, ''), text: file.text, order: reading.order };
}

// Says why a name in `after:` that means another letter is wrong; null when all are right.
function siblingFlaw(letter: MailLetter, all: readonly MailLetter[], good: readonly MailLetter[]): string | null {
  for (const name of letter.order.settings.after) {
    const named = all.filter((one) => one.stem === name);
    if (named.length > 1) return `after: '${name}' may be ${named.map((one) => one.verdict.path).join(' or ')}`;
    if (named[0] === letter) return `after: '${name}' waits for itself`;
    if (named[0] !== undefined && !good.includes(named[0])) return `after: '${name}' was refused`;
  }
  return null;
}

async function askLetter(
  { workspace, ledger, opened, letters, others }: LetterRound,
  { role, order }: MailLetter,
): Promise<string | null> {
  const admission = await admitOrder(workspace, ledger.history, {
    role,
    order,
    file: 'order',
    after: order.settings.after.filter((name) => !letters.some((one) => one.stem === name)),
    written: opened.began.toISOString(),
    parent: opened.id,
    repo: order.settings.repo ?? opened.admitted.repo ?? undefined,
    holds: (path) => heldBy(opened, others, path),
  });
  return admission.ok
    ? null
    : admission.problems.map((one) => one.message + (one.hint === undefined ? '' : ` (${one.hint})`)).join('; ');
}

// An order hands down files that its sender's room holds, and files that land with it.
function heldBy(opened: Opened, verdicts: readonly Verdict[], path: string): 'here' | 'coming' | null {
  const change = verdicts.find((one) => one.decision === 'allow' && one.path === path);
  if (change !== undefined) return change.what === 'deleted' ? null : 'coming';
  const { repo } = opened.admitted;
  const held = repo !== null && path.startsWith(`repos/${repo}/`);
  return held || opened.state.some((one) => one.path === path) ? 'here' : null;
}
