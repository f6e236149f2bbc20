// Many orders: to one role at once, and in the archive.
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Step } from '../../src/ledger/entry.ts';
import { openJournal } from '../../src/ledger/journal.ts';
import { systemClock } from '../../src/platform/text/clock.ts';
import { startDaemon } from '../kit/daemon.ts';
import { card, openOffice, order } from '../kit/office.ts';
import { testLimit } from '../kit/patience.ts';

/** Large numbers take minutes: a part of them runs with every test, all of them with `npm run test:heavy`. */
const heavy = process.env['FOURLINE_HEAVY'] === '1';
const writes = 'write: |\n  repos/*/src/**';

test(
  `${heavy ? '1,000' : '40'} orders to one role all settle, each once`,
  async () => {
    const count = heavy ? 1000 : 40;
    const office = await openOffice({
      coder: card(
        '- shell: "k=$(echo $FOURLINE_ID | sed s/.*-n//); echo $FOURLINE_ID >> src/log$((k % 4))"',
        `${writes}\nlimits: { runs: 4 }`,
      ),
    });
    await office.write('fourline.yaml', 'sandbox: off\n');
    await office.repository('shop', { 'src/log0': '', 'src/log1': '', 'src/log2': '', 'src/log3': '' });
    for (let number = 1; number <= count; number += 1)
      await office.write(`inbox/coder/n${number}.md`, order([`src/log${number % 4}`]));
    const daemon = await startDaemon(office);
    await daemon.idle(count);
    await daemon.stop();
    const standings = [...(await office.standings()).values()];
    expect(standings).toHaveLength(count);
    expect(standings.filter((one) => one.outcome !== 'done' || one.landed.length !== 1 || one.attempt !== 1)).toEqual(
      [],
    );
    const lines = office.git('repos/shop', 'grep', '-h', '-', 'HEAD').split('\n');
    expect(new Set(lines).size).toBe(count);
    expect(lines).toHaveLength(count);
    expect(Number(office.git('repos/shop', 'rev-list', '--count', '--author=coder', 'HEAD'))).toBe(count);
  },
  heavy ? 1_800_000 : testLimit,
);

test(
  `with ${heavy ? '100,000' : '3,000'} settled orders in the archive fourline starts, works, shows and stops as ever`,
  async () => {
    const count = heavy ? 100_000 : 3000;
    const office = await openOffice({ coder: card('- shell: "echo $FOURLINE_ID >> src/log.txt"', writes) });
    await office.write('fourline.yaml', 'sandbox: off\n');
    await office.repository('shop', { 'src/log.txt': '' });
    await settleMany(office.root, count);
    const id = `${count + 1}-x`;
    await office.write('inbox/coder/x.md', order(['src/log.txt']));
    const daemon = await startDaemon(office);
    await daemon.settled(id);
    await daemon.stop();
    const status = await office.fourline('status');
    expect(status.code).toBe(0);
    expect(status.out).toContain(`${count + 1} settled`);
    expect(await office.standing(id)).toMatchObject({ outcome: 'done' });
  },
  heavy ? 1_200_000 : 120_000,
);

// As if so many orders had been done: their lines in the journal and their records in the archive.
async function settleMany(root: string, count: number): Promise<void> {
  const journal = await openJournal(`${root}/state/journal.jsonl`, 0, systemClock);
  const month = '2026-01';
  for (let from = 1; from <= count; from += 1000) {
    const steps: Step[] = [];
    for (let number = from; number < from + 1000; number += 1) {
      const id = `${String(number).padStart(4, '0')}-done`;
      const folder = `${root}/state/orders/${month}/${id}`;
      await mkdir(folder, { recursive: true });
      await writeFile(`${folder}/report.md`, '---\noutcome: done\n---\n');
      const common = { order: id, role: 'coder' };
      steps.push(
        {
          step: 'posted',
          ...common,
          from: 'operator',
          title: 'Done.',
          repo: 'shop',
          files: ['repos/shop/src/log.txt'],
          digest: 'd',
        },
        { step: 'claimed', ...common, attempt: 1, card: 'c', boundary: 1 },
        { step: 'settled', ...common, outcome: 'done', note: '', month },
      );
    }
    await journal.append(...steps);
  }
  await journal.close();
  await publishAll(`${root}/state/ledger.git`, 3 * count);
}

// As if the ledger held them all.
async function publishAll(ledger: string, entries: number): Promise<void> {
  await mkdir(ledger);
  const git = (input: string, ...args: string[]): string =>
    execFileSync('git', [`--git-dir=${ledger}`, '-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
      input,
      encoding: 'utf8',
    }).trim();
  git('', 'init', '-q', '--bare', '--template=');
  const commit = git('', 'commit-tree', git('', 'mktree'), '-m', `Before.\n\nFourline-Entry: ${entries}`);
  git('', 'update-ref', 'refs/heads/main', commit);
  git('', 'symbolic-ref', 'HEAD', 'refs/heads/main');
}
