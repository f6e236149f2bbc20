// Random orders land random work on one branch, people commit between them, and some of it is undone, undos included.
// Plain git in a clone makes what must come out: `git revert` on the tip, and `git merge-file` for state files.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { composeMessage } from '../../src/commit/message.ts';
import type { HeldSession } from '../../src/daemon/session.ts';
import { openSession } from '../../src/daemon/session.ts';
import { unheard } from '../../src/event.ts';
import { undoOrder } from '../../src/journey/undo.ts';
import type { Step } from '../../src/ledger/entry.ts';
import { digestOf } from '../../src/order/scan.ts';
import { type Dice, openDice, seed, someOf } from '../kit/dice.ts';
import { openOffice } from '../kit/office.ts';
import { git } from '../kit/repository.ts';

const month = '2026-01';
// Gits before 2.50 find renames in their newer way of merging, whatever they are told.
const plainly = ['--strategy=recursive', '-X', 'no-renames', '-X', 'diff-algorithm=histogram'];

type Texts = Map<string, string | null>;
/** A landing as it was made: its commit, and the state files it wrote with what they replaced. */
type Made = {
  readonly id: string;
  readonly commits: string[];
  readonly state: { path: string; before: string | null; after: string | null }[];
};
type Scene = {
  readonly session: HeldSession;
  readonly root: string;
  readonly repo: string;
  readonly folder: string;
  readonly dice: Dice;
};

const counter = { orders: 0 };

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('.git') && !statSync(`${folder}/${name}`).isDirectory())
    .sort();
}

function textOfLines(dice: Dice): string {
  return Array.from({ length: 6 + dice.roll(6) }, (_, at) => `line ${at} ${dice.roll(1000)}\n`).join('');
}

function editText(dice: Dice, text: string): string {
  const lines = text.split('\n').slice(0, -1);
  const at = dice.roll(Math.max(1, lines.length)) - 1;
  const kind = dice.roll(3);
  if (kind === 1) lines.splice(at, 1, `changed ${dice.roll(10_000)}`);
  else if (kind === 2) lines.splice(at, 0, `added ${dice.roll(10_000)}`);
  else if (lines.length > 2) lines.splice(at, 1);
  return `${lines.join('\n')}\n`;
}

// One to three acts on the work tree.
function changeFiles({ folder, dice }: Scene): void {
  for (let left = dice.roll(3); left > 0; left -= 1) {
    const files = filesOf(folder);
    const one = files[dice.roll(Math.max(1, files.length)) - 1];
    const fresh = `d${dice.roll(2)}/f${dice.roll(12)}.txt`;
    const act = dice.roll(7);
    if (one === undefined || act === 1) {
      mkdirSync(dirname(`${folder}/${fresh}`), { recursive: true });
      writeFileSync(`${folder}/${fresh}`, textOfLines(dice));
    } else if (act === 2) rmSync(`${folder}/${one}`);
    else if (act === 3 && !existsSync(`${folder}/${fresh}`)) {
      mkdirSync(dirname(`${folder}/${fresh}`), { recursive: true });
      renameSync(`${folder}/${one}`, `${folder}/${fresh}`);
    } else if (act === 4)
      chmodSync(`${folder}/${one}`, (statSync(`${folder}/${one}`).mode & 0o100) === 0 ? 0o755 : 0o644);
    else writeFileSync(`${folder}/${one}`, editText(dice, readFileSync(`${folder}/${one}`, 'utf8')));
  }
}

function tipOf(folder: string): string {
  return readFileSync(`${folder}/.git/refs/heads/main`, 'utf8').trim();
}

function commitAll(folder: string, message: string): string | null {
  git(folder, ['add', '-A']);
  try {
    git(folder, ['commit', '-q', '-m', message]);
  } catch {
    return null;
  }
  return tipOf(folder);
}

function readState(root: string, path: string): string | null {
  return existsSync(`${root}/${path}`) ? readFileSync(`${root}/${path}`, 'utf8') : null;
}

function writeState(root: string, path: string, text: string | null): void {
  if (text === null) rmSync(`${root}/${path}`, { force: true });
  else writeFileSync(`${root}/${path}`, text);
}

// An order lands once or twice, as the journal and its record say it.
async function landOrder(scene: Scene): Promise<Made> {
  const { session, root, repo, folder, dice } = scene;
  counter.orders += 1;
  const id = `${String(counter.orders).padStart(4, '0')}-work`;
  const line = { order: id, role: 'coder' };
  const steps: Step[] = [
    { step: 'posted', ...line, from: 'operator', title: `Work ${id}.`, repo, files: [`repos/${repo}/**`], digest: '' },
  ];
  const commits: string[] = [];
  const state: Made['state'] = [];
  const runs = dice.roll(4) === 1 ? 2 : 1;
  const record = `${root}/state/orders/${month}/${id}`;
  for (let attempt = 1; attempt <= runs; attempt += 1) {
    if (attempt > 1 && dice.roll(2) === 1) personActs(scene);
    const run = `${id}.${attempt}`;
    const from = tipOf(folder);
    changeFiles(scene);
    const parts = { order: id, run, role: 'coder', card: '', agent: 'x', files: 1, refused: 0 };
    const commit = commitAll(folder, composeMessage({ objective: `Work ${id}.`, ...parts }));
    const files = stateActs(scene);
    state.push(...files);
    const kept = attempt === runs ? record : `${record}/runs/${attempt}`;
    mkdirSync(kept, { recursive: true });
    writeFileSync(`${kept}/state.json`, JSON.stringify({ v: 1, files }));
    const promised = files.map(({ path, after }) => ({ path, digest: after === null ? null : digestOf(after) }));
    steps.push(
      { step: 'claimed', ...line, attempt, card: '', boundary: 1, branch: 'main' },
      { step: 'intended', ...line, run, repo, branch: 'main', from, commit, mail: [], state: promised },
    );
    if (commit !== null) {
      commits.push(commit);
      steps.push({ step: 'landed', ...line, run, repo, branch: 'main', commit, files: 1, left: [] });
    }
    steps.push(...promised.map((one) => ({ step: 'stated' as const, ...line, run, ...one })));
  }
  steps.push({ step: 'settled', ...line, outcome: 'done', note: '', month });
  await session.ledger.record(...steps);
  return { id, commits, state };
}

function stateActs({ root, repo, dice }: Scene): Made['state'] {
  if (dice.roll(2) === 1) return [];
  const path = `state/${repo}-${dice.roll(2)}.txt`;
  const before = readState(root, path);
  const after = before === null ? textOfLines(dice) : dice.roll(5) === 1 ? null : editText(dice, before);
  if (after === before) return [];
  writeState(root, path, after);
  return [{ path, before, after }];
}

function personActs(scene: Scene): void {
  const { root, repo, folder, dice } = scene;
  changeFiles(scene);
  commitAll(folder, 'By hand.');
  const path = `state/${repo}-${dice.roll(2)}.txt`;
  const text = readState(root, path);
  if (text !== null && dice.roll(3) === 1) writeState(root, path, editText(dice, text));
}

// Gives the tree that plain git comes to; null for a conflict.
function expectCode(folder: string, { commits }: Made): string | null {
  const tip = tipOf(folder);
  const last = commits.at(-1);
  if (last === undefined) return git(folder, ['rev-parse', 'HEAD^{tree}']);
  const clone = `${folder}.clone`;
  // Its objects are those of the repository, also the new ones.
  if (!existsSync(clone)) git(dirname(folder), ['clone', '-q', '--shared', folder, clone]);
  const plain = (...args: string[]): boolean => {
    try {
      git(clone, args);
      return true;
    } catch {
      return false;
    }
  };
  // All landings are taken back where the last one stood; that change is then picked onto the tip.
  plain('checkout', '-q', '--force', '--detach', commits.length === 1 ? tip : last);
  if (commits.length === 1) return plain('revert', ...plainly, '--no-commit', last) ? git(clone, ['write-tree']) : null;
  for (const commit of [...commits].reverse()) {
    if (!plain('revert', ...plainly, '--no-commit', commit)) return null;
    plain('commit', '-q', '--allow-empty', '-m', 'Revert.');
  }
  const whole = git(clone, ['commit-tree', 'HEAD^{tree}', '-p', last, '-m', 'Revert.']);
  plain('checkout', '-q', '--detach', tip);
  return plain('cherry-pick', ...plainly, '--no-commit', whole) ? git(clone, ['write-tree']) : null;
}

function mergeTexts(
  folder: string,
  ours: string | null,
  base: string | null,
  theirs: string | null,
): string | null | 'conflict' {
  if (ours === base || ours === theirs) return theirs;
  if (theirs === base) return ours;
  if (ours === null || base === null || theirs === null) return 'conflict';
  const names = [ours, base, theirs].map((text, at) => {
    writeFileSync(`${folder}.merge${at}`, text);
    return `${folder}.merge${at}`;
  });
  try {
    return git(dirname(folder), ['merge-file', '-p', '-q', ...names]).concat('\n');
  } catch {
    return 'conflict';
  } finally {
    for (const name of names) rmSync(name);
  }
}

function expectState({ root, folder }: Scene, { state }: Made): Texts | null {
  const back = new Map<string, { base: string | null; to: string | null }>();
  for (const { path, before, after } of [...state].reverse()) {
    const later = back.get(path);
    const to = later === undefined ? before : mergeTexts(folder, later.to, after, before);
    if (to === 'conflict') return null;
    back.set(path, { base: later?.base ?? (later === undefined ? after : null), to });
  }
  const out: Texts = new Map();
  for (const [path, { base, to }] of back) {
    const text = mergeTexts(folder, to, base, readState(root, path));
    if (text === 'conflict') return null;
    out.set(path, text);
  }
  return out;
}

// Undoes one of them, holds everything against what plain git says, and gives the undo as what can be undone next.
async function undoOne(scene: Scene, made: Made): Promise<{ outcome: string; made: Made | null }> {
  const { session, root, repo, folder } = scene;
  const [tree, texts] = [expectCode(folder, made), expectState(scene, made)];
  const tip = tipOf(folder);
  const before = new Map([...new Set(made.state.map((one) => one.path))].map((path) => [path, readState(root, path)]));
  counter.orders += 1;
  const id = `${String(counter.orders).padStart(4, '0')}-undo-work`;
  await undoOrder(session, { id, undoes: made.id }, new AbortController().signal);
  const standing = session.ledger.history.orders.get(id);
  const now = tipOf(folder);
  const states = new Map([...before.keys()].map((path) => [path, readState(root, path)]));
  expect(git(folder, ['status', '--porcelain']), `${repo} ${made.id}`).toBe('');
  if (tree === null || texts === null) {
    expect({ outcome: standing?.end.outcome, now, states }, `${repo} ${made.id}`).toEqual({
      outcome: 'failed',
      now: tip,
      states: before,
    });
    return { outcome: 'conflict', made: null };
  }
  const same =
    git(folder, ['rev-parse', `${tip}^{tree}`]) === tree &&
    [...texts].every(([path, text]) => before.get(path) === text);
  const found = { outcome: standing?.end.outcome, tree: git(folder, ['rev-parse', 'HEAD^{tree}']), states };
  expect(found, `${repo} ${made.id} ${standing?.end.note ?? ''}`).toEqual({
    outcome: same ? 'halted' : 'done',
    tree,
    states: texts,
  });
  if (same) return { outcome: 'nothing', made: null };
  if (now !== tip) {
    expect(git(folder, ['log', '-1', '--format=%an %P'])).toBe(`operator ${tip}`);
    expect(git(folder, ['log', '-1', '--format=%(trailers:key=Fourline-Undoes,valueonly)']).trim()).toBe(made.id);
  }
  const state = [...before].map(([path, text]) => ({ path, before: text, after: states.get(path) ?? null }));
  return { outcome: 'undone', made: { id, commits: now === tip ? [] : [now], state } };
}

const histories = 200;
const parts = 20;

test.each(
  someOf(
    Array.from({ length: parts }, (_, at) => at),
    parts,
  ),
)(`${histories / parts} random histories come out as plain git says (seed ${seed}, part %i)`, async (part) => {
  const office = await openOffice();
  const session = await openSession(office.root, unheard, office.host());
  if (session === null) throw new Error('the session is taken');
  counter.orders = 0;
  const seen: Record<string, number> = {};
  for (let at = 0; at < histories / parts; at += 1) {
    const dice = openDice(`undo ${seed} ${part} ${at}`);
    const repo = `h${at}`;
    const scene: Scene = { session, root: office.root, repo, folder: `${office.root}/repos/${repo}`, dice };
    const first = Array.from({ length: 4 }, (_, file) => [`d1/f${file}.txt`, textOfLines(dice)] as const);
    await office.repository(repo, Object.fromEntries(first));
    const undoable: Made[] = [];
    for (let left = 2 + dice.roll(3); left > 0; left -= 1) {
      const made = await landOrder(scene);
      if (made.commits.length + made.state.length > 0) undoable.push(made);
      if (dice.roll(3) === 1) personActs(scene);
    }
    for (let left = 1 + dice.roll(3); left > 0 && undoable.length > 0; left -= 1) {
      const [one] = undoable.splice(dice.roll(undoable.length) - 1, 1);
      if (one === undefined) break;
      const { outcome, made } = await undoOne(scene, one);
      seen[outcome] = (seen[outcome] ?? 0) + 1;
      if (made !== null) undoable.push(made);
    }
  }
  await session.close();
  expect(seen['undone']).toBeGreaterThan(5);
});
