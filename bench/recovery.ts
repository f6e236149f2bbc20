// Why: how long a session takes to open on a workspace with a long history, and what that time goes to.
// Promises: the history is one that fourline would have written, line by line; medians are printed.
// Never: asserts; absolute times mean little on a shared machine.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { openSession } from '../src/daemon/session.ts';
import { unheard } from '../src/event.ts';
import type { Step } from '../src/ledger/entry.ts';
import { openJournal, readJournal } from '../src/ledger/journal.ts';
import { readHistory } from '../src/ledger/ledger.ts';
import { placesOf } from '../src/places.ts';
import { hostOf } from '../src/platform/process/host.ts';
import { systemClock } from '../src/platform/text/clock.ts';

const orders = Number(process.argv[2] ?? 10_000);

// Gives the journal's steps of one order that went well.
function stepsOf(order: string, month: string): Step[] {
  const [role, run, commit, card] = ['coder', `${order}.1`, 'c0ffee'.padEnd(40, '0'), 'ab'.repeat(32)];
  const files = ['repos/shop/src/**', 'repos/shop/test/login.test.ts'];
  const title = 'Users can log in with their mail address and a password';
  const landing = { order, run, role, repo: 'shop', branch: 'main', commit };
  const results = [{ command: 'npm test', status: 0, milliseconds: 900, tail: 'ok\n'.repeat(40), timedOut: false }];
  return [
    { step: 'posted', order, role, from: 'operator', title, repo: 'shop', files, digest: card },
    { step: 'claimed', order, role, attempt: 1, card, boundary: 2, title, files },
    {
      step: 'opened',
      order,
      run,
      role,
      repo: 'shop',
      branch: 'main',
      base: commit,
      room: `/home/dana/.local/state/fourline/rooms/0123456789ab/${run}`,
    },
    {
      step: 'ran',
      order,
      run,
      role,
      agent: 'claude:sonnet',
      ending: 'exit status 0',
      status: 0,
      milliseconds: 81_000,
      walls: 'bubblewrap 0.8',
    },
    {
      step: 'judged',
      order,
      run,
      role,
      changed: 4,
      allowed: 3,
      refused: [{ path: 'repos/shop/docs/a.md', sentence: 'no write: pattern of roles/coder.md matches it' }],
      scratch: 12,
    },
    { step: 'checked', order, run, role, results },
    { step: 'intended', ...landing, from: commit, mail: [] },
    { step: 'landed', ...landing, files: 3, left: [] },
    { step: 'settled', order, role, outcome: 'done', note: '', month },
  ];
}

async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const began = performance.now();
  const result = await work();
  console.log(`${what.padEnd(48)} ${((performance.now() - began) / 1000).toFixed(2)} s`);
  return result;
}

const place = await mkdtemp(`${tmpdir()}/fourline-recovery-`);
try {
  const root = `${place}/office`;
  const host = hostOf({ ...process.env, XDG_STATE_HOME: `${place}/xdg` });
  for (const folder of ['roles', 'inbox', 'state/orders/2026-01', 'repos'])
    await mkdir(`${root}/${folder}`, { recursive: true });
  const places = placesOf(root, place, 'x');
  const journal = await openJournal(places.history.journal, 0, systemClock);
  const ids = Array.from({ length: orders }, (_, index) => `${String(index + 1).padStart(4, '0')}-users-can-log-in`);
  await journal.append(...ids.flatMap((id) => stepsOf(id, '2026-01')));
  await journal.close();
  for (const id of ids) {
    await mkdir(`${root}/state/orders/2026-01/${id}`);
    await writeFile(`${root}/state/orders/2026-01/${id}/report.md`, '---\noutcome: done\n---\n');
  }
  console.log(`${orders} settled orders, ${orders * 9} lines`);
  const open = async (): Promise<void> => (await openSession(root, unheard, host))?.close();
  await timed('the first opening, publishing all of it', open);
  for (const round of [1, 2, 3]) {
    await timed(`${round}. reading the journal`, () => readJournal(places.history.journal));
    await timed(`${round}. reading and folding it`, () => readHistory(places));
    await timed(`${round}. opening the session after an end in order`, open);
    await writeFile(places.session.running, '{"pid":1,"mark":"0123456789ab"}\n');
    await timed(`${round}. opening the session after a crash`, open);
  }
} finally {
  await rm(place, { recursive: true, force: true });
}
