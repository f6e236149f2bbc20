import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startDaemon } from '../kit/daemon.ts';
import { card, letter, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const files = { 'src/a.ts': '1\n', 'src/b.ts': '1\n' };
const two = card('- write: src/a.ts\n  text: "2"', writes);

test('two letters of one name to two roles are two orders', async () => {
  const mails = `${letter('coder/login', order(['src/a.ts'], { objective: 'For the coder.' }))}\n${letter('auditor/login', order(['src/b.ts'], { objective: 'For the auditor.' }))}`;
  const office = await openOffice({
    lead: card(mails, 'send: coder, auditor'),
    coder: card('- shell: cp ../../order.md src/a.ts', writes),
    auditor: card('- shell: cp ../../order.md src/b.ts', writes),
  });
  await office.repository('shop', files);
  await office.write('inbox/lead/plan.md', order(['src/**']));
  await office.work();
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toContain('For the coder.');
  expect(office.git('repos/shop', 'show', 'HEAD:src/b.ts')).toContain('For the auditor.');
  expect((await office.standings()).size).toBe(3);
});

test('what goes wrong after the branch has moved never lands an order twice', async () => {
  const office = await openOffice({ coder: two });
  await office.repository('shop', files);
  await rm(`${office.root}/inbox/operator`, { recursive: true });
  await office.write('inbox/operator', 'a file in the way');
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  expect((await office.standing('x')).outcome).toBe('done');
  expect(Number(office.git('repos/shop', 'rev-list', '--count', '--author=coder', 'HEAD'))).toBe(1);
  expect(office.said.join('\n')).toMatch(/its report could not be put into inbox\/operator/);
});

test('a letter that cannot be delivered and a state file that cannot be written are named; the rest lands once', async () => {
  const steps = `${letter('zed/child', order(['src/b.ts']))}\n- write: src/a.ts\n  text: "2"\n- shell: mkdir -p ../../state/plan && echo x > ../../state/plan/p.json`;
  const office = await openOffice({ coder: card(steps, `${writes}\n  state/plan/**\nsend: zed`), zed: two });
  await office.repository('shop', files);
  await rm(`${office.root}/inbox/zed`, { recursive: true });
  await office.write('inbox/zed', 'a file in the way');
  await office.write('state/plan', 'a file in the way');
  await office.write('inbox/coder/x.md', order(['src/**', 'state/plan/**']));
  await office.fourline('start', '--once');
  const x = await office.standing('x');
  expect(x.outcome).toBe('done');
  const report = await office.record('x', 'report.md');
  expect(report).toMatch(/order 0002-child to zed \(/);
  expect(report).toMatch(/state\/plan\/p\.json \(/);
  expect(Number(office.git('repos/shop', 'rev-list', '--count', '--author=coder', 'HEAD'))).toBe(1);
});

test('orders of one role that start together with a report waiting all run', async () => {
  const office = await openOffice({
    coder: card('- shell: echo $FOURLINE_ID > src/$FOURLINE_ID', `${writes}\nlimits: { runs: 4 }`),
  });
  await office.repository('shop', files);
  await office.write('inbox/coder/0000-old.report.md', 'a report\n');
  for (const name of ['a', 'b', 'c', 'd']) await office.write(`inbox/coder/${name}.md`, order([`src/*-${name}`]));
  await office.work();
  expect([...(await office.standings()).values()].map((one) => one.outcome)).toEqual(['done', 'done', 'done', 'done']);
});

test('an order whose hand-back was not recorded any more runs again', async () => {
  const office = await openOffice({ coder: two });
  await office.repository('shop', files);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const steps = card('- shell: kill -9 $(ps -o ppid= -p $PPID)', writes);
  await office.write('roles/coder.md', steps);
  await office.write('fourline.yaml', 'runs: 4\nsandbox: off\n');
  await office.fourline('start', '--once');
  expect(await office.list('state/active/0001-x')).toContain('order.md');
  await rename(`${office.root}/state/active/0001-x/order.md`, `${office.root}/inbox/coder/0001-x.md`);
  await office.write('roles/coder.md', two);
  await office.work();
  expect((await office.standing('x')).outcome).toBe('done');
});

test("a broken repository holds up its own orders and nobody else's", async () => {
  const office = await openOffice({ coder: two });
  await office.repository('shop', files);
  await office.repository('sick', files);
  const tree = office.git('repos/sick', 'rev-parse', 'HEAD^{tree}');
  rmSync(`${office.root}/repos/sick/.git/objects/${tree.slice(0, 2)}/${tree.slice(2)}`);
  await office.write('inbox/coder/ill.md', order(['src/a.ts'], { front: 'repo: sick' }));
  await office.write('inbox/coder/fine.md', order(['src/a.ts'], { front: 'repo: shop' }));
  await office.work();
  expect((await office.standing('fine')).outcome).toBe('done');
  expect(await office.read('inbox/coder/ill.md.problem.txt')).toMatch(/repos\/sick cannot be used/);
});

test("the order's file comes back while it runs: it is kept aside, and the order goes its way", async () => {
  const office = await openOffice({
    coder: card(
      '- shell: test $FOURLINE_ATTEMPT = 1 && cp ../../order.md "$INBOX/0001-x.md"; echo n$FOURLINE_ATTEMPT > src/a.ts',
      `${writes}\nenv: INBOX`,
    ),
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  process.env['INBOX'] = `${office.root}/inbox/coder`;
  await office.repository('shop', files);
  await office.write('inbox/coder/x.md', order(['src/a.ts'], { accept: ['`grep -q n2 src/a.ts` holds'] }));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 2 });
  expect(await office.list('inbox/coder')).toEqual(['0001-x.md.aside-1']);
});

test("an order that was moved to another inbox is that role's; one that cannot be claimed is held, not tried without end", async () => {
  const office = await openOffice({ coder: two, tester: card('- write: src/b.ts\n  text: "2"', writes) });
  await office.repository('shop', files);
  await office.write('inbox/coder/0001-x.md', order(['src/**'], { front: 'after: [0002-y]' }));
  await office.write('inbox/tester/0002-y.md', order(['src/b.ts'], { front: 'after: [0001-x]' }));
  await office.work();
  expect((await office.fourline('check')).code).toBe(1);
  await office.write('inbox/coder/z.md', order(['src/**']));
  const daemon = await startDaemon(office);
  await daemon.settled('z');
  await daemon.stop();
});

test("Files of another repository than the order's are refused before the run", async () => {
  const office = await openOffice({ coder: two });
  await office.repository('shop', files);
  await office.repository('other', files);
  await office.write('inbox/coder/x.md', order(['src/a.ts', 'repos/other/src/a.ts'], { front: 'repo: shop' }));
  await office.write('inbox/coder/y.md', order(['repos/other/src/a.ts']));
  await office.work();
  expect(await office.read('inbox/coder/x.md.problem.txt')).toMatch(/'repos\/other\/src\/a\.ts' is not in repos\/shop/);
  expect(office.git('repos/other', 'log', '-1', '--format=%an')).toBe('coder');
});

test('a lot of refused output is kept as files, and the good work lands', async () => {
  const office = await openOffice({
    coder: card(
      '- write: src/a.ts\n  text: "2"\n- shell: mkdir target; for n in 1 2 3 4; do head -c 12000000 /dev/urandom > target/$n; done; echo small > note',
      writes,
    ),
  });
  await office.repository('shop', files);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  const x = await office.standing('x');
  expect(x.outcome).toBe('done');
  expect(await office.record('x', 'refused.patch')).toContain('+small');
  expect((await office.list(`state/orders/${x.month ?? ''}/${x.id}/refused`)).length).toBe(5);
});

test('work that was judged before a crash goes into the next attempt, or is kept as a patch', async () => {
  const kill = '`kill -9 $PPID` passes';
  for (const attempts of [1, 2]) {
    const office = await openOffice({
      coder: card(
        '- shell: test -f src/new.ts && cp src/new.ts src/seen.ts || echo new > src/new.ts',
        `${writes}\nlimits: { attempts: ${attempts} }`,
      ),
    });
    await office.write('fourline.yaml', 'sandbox: off\n');
    await office.repository('shop', files);
    await office.write('inbox/coder/x.md', order(['src/new.ts', 'src/seen.ts'], { accept: [kill] }));
    await office.fourline('start', '--once');
    expect(await office.list('state/active/0001-x')).toContain('verdicts.json');
    if (attempts === 2) {
      const text = await office.read('state/active/0001-x/order.md');
      await office.write('state/active/0001-x/order.md', text.replace(kill, '`test -f src/seen.ts` passes'));
    }
    await office.work();
    const x = await office.standing('x');
    expect([attempts, x.outcome]).toEqual([attempts, attempts === 1 ? 'failed' : 'done']);
    if (attempts === 1) expect(await office.record('x', 'unlanded.patch')).toContain('+new');
  }
});

test('an index that somebody holds for a moment is waited for', async () => {
  const office = await openOffice({ coder: two });
  await office.repository('shop', files);
  const lock = `${office.root}/repos/shop/.git/index.lock`;
  const holder = spawn('sh', ['-c', `: > "${lock}"; echo held; sleep 1.5; rm -f "${lock}"`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((held) => holder.stdout.once('data', held));
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  expect(existsSync(lock)).toBe(false);
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
});

test('a room that was replaced or removed is not read, and nothing of what stands in its place is touched', async () => {
  for (const line of [
    'mv "$FOURLINE_ROOM" "$FOURLINE_ROOM-x"; ln -s "$ELSE" "$FOURLINE_ROOM"',
    'rm -rf "$FOURLINE_ROOM"',
  ]) {
    const office = await openOffice({ coder: card(`- shell: cd / && ${line}`, `${writes}\nenv: ELSE`) });
    await office.write('fourline.yaml', 'sandbox: off\n');
    await office.write('../else/repos/shop/src/a.ts', 'from elsewhere\n');
    await mkdir(`${office.root}/../else/closed`, { mode: 0o500 });
    process.env['ELSE'] = `${office.root}/../else`;
    await office.repository('shop', files);
    await office.write('inbox/coder/x.md', order(['src/a.ts']));
    await office.work();
    expect((await office.standing('x')).note).toMatch(/its room was removed or replaced/);
    expect(office.git('repos/shop', 'log', '--format=%s')).toBe('begin');
    expect(execFileSync('stat', ['-c', '%a', `${office.root}/../else/closed`], { encoding: 'utf8' }).trim()).toBe(
      '500',
    );
  }
});

test("a child is held to its parent's Files as they were when the parent was claimed", async () => {
  const office = await openOffice({
    lead: card(letter('coder/child', order(['src/a.ts'])), 'send: coder'),
    coder: two,
  });
  await office.repository('shop', files);
  await office.write('inbox/lead/0001-plan.md', order(['src/a.ts', 'src/b.ts'], { front: 'after: [0002-first]' }));
  await office.write('inbox/coder/0002-first.md', order(['src/b.ts'], { front: 'after: [0001-plan]' }));
  await office.work();
  await office.write('inbox/lead/0001-plan.md', order(['src/b.ts']));
  await office.work();
  expect((await office.standing('0001-plan')).refused[0]?.sentence).toMatch(
    /reach beyond those of 0001-plan: repos\/shop\/src\/a\.ts/,
  );
});

test('a state file that is no text is refused and kept as it is', async () => {
  const office = await openOffice({
    coder: card('- shell: printf "\\377\\376\\001" > ../../state/plan.bin', 'write: |\n  state/**'),
  });
  await office.repository('shop', files);
  await office.write('state/other.txt', 'x\n');
  await office.write('inbox/coder/x.md', order(['state/**'], {}).replace('- state/**', '- state/plan.bin'));
  await office.work();
  const x = await office.standing('x');
  expect(x.refused).toMatchObject([{ path: 'state/plan.bin', sentence: 'state files are UTF-8 text' }]);
  expect([...readFileSync(`${office.root}/state/orders/${x.month ?? ''}/${x.id}/refused/0001-state_plan.bin`)]).toEqual(
    [0xff, 0xfe, 1],
  );
});

test('an inbox that was removed and made again is heard', async () => {
  const office = await openOffice({ coder: two });
  await office.repository('shop', files);
  const daemon = await startDaemon(office);
  await rm(`${office.root}/inbox/coder`, { recursive: true });
  await mkdir(`${office.root}/inbox/coder`, { recursive: true });
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await daemon.settled('one');
  await office.write('inbox/coder/two.md', order(['src/a.ts']));
  await daemon.settled('two');
  await daemon.stop();
});
