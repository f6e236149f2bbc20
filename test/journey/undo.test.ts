import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startDaemon } from '../kit/daemon.ts';
import { card, letter, type Office, openOffice, order } from '../kit/office.ts';
import { errand, openTown, coder as shellCoder } from '../kit/remote.ts';

const writes = 'write: |\n  repos/*/src/**\n  state/*.json';
const acts =
  '- shell: echo 2 > src/a.ts; echo new > src/new.ts; rm src/old.ts; mkdir -p ../../state; echo 1 > ../../state/n.json';

async function landed(steps = acts, front = writes): Promise<Office> {
  const office = await openOffice({ coder: card(steps, front) });
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/old.ts': 'old\n', 'src/b.ts': 'b\n' });
  await office.write('inbox/coder/x.md', order(['src/**', 'state/n.json']));
  await office.work();
  return office;
}

const commits = (office: Office): string => office.git('repos/shop', 'log', '--format=%an %s', '--reverse');
const isGone = (office: Office, path: string): boolean => !existsSync(`${office.root}/${path}`);

test('an undo takes back code and state files, is an order of the operator, and can itself be undone', async () => {
  const office = await landed();
  const undo = await office.fourline('undo', '1');
  expect(undo.out).toMatch(
    /^0001-x is undone by 0002-undo-x: 4 files, [0-9a-f]{7} on main\n {2}repos\/shop\/src\/a\.ts\n {2}repos\/shop\/src\/new\.ts\n {2}repos\/shop\/src\/old\.ts\n {2}state\/n\.json\nundo: fourline undo 0002-undo-x\n$/,
  );
  expect(undo.code).toBe(0);
  expect(office.git('repos/shop', 'diff', 'HEAD~2', 'HEAD', '--stat')).toBe('');
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
  expect(isGone(office, 'state/n.json')).toBe(true);
  expect(commits(office)).toBe('dana begin\ncoder The value is 2.\noperator Undo 0001-x: The value is 2.');
  expect((await office.fourline('show', '1')).out).toContain('\nundone by 0002-undo-x\n');
  expect((await office.fourline('undo', '1', '--json')).out).toContain('"order-undone"');
  const again = await office.fourline('undo', '2', '--json');
  expect(JSON.parse(again.out)).toMatchObject({
    ...{ did: 'undone', id: '0002-undo-x', undo: '0003-undo-x', outcome: 'done', sent: [], left: [] },
    landed: { repo: 'shop', branch: 'main' },
  });
  expect(await office.read('repos/shop/src/a.ts')).toBe('2\n');
  expect(await office.read('state/n.json')).toBe('1\n');
  expect((await office.fourline('show', '1')).out).toContain('undone by 0002-undo-x, which was itself undone');
  const audit = await office.fourline('audit', '--verify');
  expect(audit.out).toMatch(/^operator +2 +6 +2 +0 +0$/m);
  expect(audit.out).toContain('3 landings recomputed');
  expect(audit.code).toBe(0);
  expect((await office.fourline('signals', '--json')).out).toContain('"signals": []');
  expect((await office.fourline('retry', '2')).err).toContain('error[order-undoes]');
});

test('what others changed since stays; the same lines are a named conflict that changes nothing', async () => {
  const office = await landed('- shell: printf "1\\n2\\n3\\n4\\n5\\nsix\\n" > src/b.ts; echo 2 > src/a.ts');
  await office.write('repos/shop/src/b.ts', 'one\n2\n3\n4\n5\nsix\n');
  office.git('repos/shop', 'commit', '-qam', 'By hand.');
  expect((await office.fourline('undo', '1')).out).toMatch(/is not undone: conflict with main: src\/b\.ts\n/);
  const before = [commits(office), office.git('repos/shop', 'rev-parse', 'HEAD')];
  const undo = await office.fourline('undo', '1');
  expect(undo.code).toBe(1);
  expect(undo.out).toContain('Nothing was changed. If later orders changed the same lines, undo those first');
  expect(undo.out).toMatch(/git -C repos\/shop revert [0-9a-f]{12} does it by hand/);
  expect([commits(office), office.git('repos/shop', 'rev-parse', 'HEAD')]).toEqual(before);
  expect(await office.read('repos/shop/src/a.ts')).toBe('2\n');
  await office.write('repos/shop/src/b.ts', '1\n2\n3\n4\n5\nsix\n');
  office.git('repos/shop', 'commit', '-qam', 'Back.');
  await office.write('repos/shop/src/c.ts', 'mine\n');
  office.git('repos/shop', 'add', '-A');
  office.git('repos/shop', 'commit', '-qm', 'Beside.');
  expect((await office.fourline('undo', '1')).code).toBe(0);
  expect(await office.read('repos/shop/src/b.ts')).toBe('b\n');
  expect(await office.read('repos/shop/src/c.ts')).toBe('mine\n');
  expect((await office.fourline('audit', '--verify', '--json')).out).not.toContain('commit-outside');
});

test('a state file that others changed at the same place keeps everything as it is', async () => {
  const office = await landed();
  await office.write('state/n.json', '7\n');
  const undo = await office.fourline('undo', '1');
  expect(undo.out).toContain('is not undone: conflict with the state that stands: state/n.json');
  expect(await office.read('state/n.json')).toBe('7\n');
  expect(await office.read('repos/shop/src/a.ts')).toBe('2\n');
});

test("a person's edits are left as they are, and named", async () => {
  const office = await landed();
  await office.write('repos/shop/src/a.ts', 'mine\n');
  const undo = await office.fourline('undo', '1');
  expect(undo.out).toContain('left as it was: src/a.ts (it has local edits)');
  expect(await office.read('repos/shop/src/a.ts')).toBe('mine\n');
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('1');
});

test('mail is said and not unsent; what landed nothing or is open says so', async () => {
  const sends = letter('coder/y.md', order(['src/a.ts']));
  const office = await openOffice({
    lead: card(sends, 'send: coder'),
    coder: card('- shell: echo 2 > src/a.ts', writes),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/lead/x.md', order(['src/a.ts']));
  await office.work();
  const mail = await office.fourline('undo', '1');
  expect(mail.code).toBe(2);
  expect(mail.err).toContain('0001-x landed nothing (done); it sent 1 order, which an undo does not take back');
  expect(mail.err).toContain('help: fourline undo 0002-y');
  await office.write('inbox/coder/z.md', order(['src/a.ts'], { front: 'after: nobody' }));
  await office.write('inbox/coder/w.md', order(['src/a.ts'], { front: 'after: 0001-x' }));
  expect((await office.fourline('undo', 'nobody')).err).toContain('error[order-unknown]');
});

test('commands that check all that lands check an undo, and a red one changes nothing', async () => {
  const office = await landed('- shell: echo 2 > src/a.ts', writes);
  await office.write(
    'fourline.yaml',
    "sandbox: off\nrepos: { shop: { checks: { always: ['grep -q 2 src/a.ts'] } } }\n",
  );
  const undo = await office.fourline('undo', '1');
  expect(undo.out).toContain('0001-x is not undone: check failed: grep -q 2 src/a.ts');
  expect(await office.read('repos/shop/src/a.ts')).toBe('2\n');
  await office.write(
    'fourline.yaml',
    "sandbox: off\nrepos: { shop: { checks: { always: ['grep -q 1 src/a.ts'] } } }\n",
  );
  expect((await office.fourline('undo', '1')).code).toBe(0);
  expect((await office.standing('undo-x')).outcome).toBe('failed');
});

test('a running fourline carries the undo out, and its command waits for the end', async () => {
  const office = await landed();
  const daemon = await startDaemon(office);
  const undo = await office.fourline('undo', '1');
  expect(undo.out).toMatch(/^0001-x is undone by 0002-undo-x: 4 files/);
  expect(await office.read('repos/shop/src/a.ts')).toBe('1\n');
  expect(daemon.output()).toMatch(/operator +0002-undo-x +landed +4 files/);
  expect(await office.list('state/requests')).toEqual([]);
  await daemon.stop();
});

test('where orders land on their own branch, the undo lands there; once merged, on a branch of its own', async () => {
  const town = await openTown(shellCoder('echo two > src/a.txt'), 'remote: origin, push: true, land: branch');
  await town.write('inbox/coder/x.md', errand('One.'));
  await town.work();
  expect(JSON.parse((await town.fourline('undo', '1', '--json')).out)).toMatchObject({
    landed: { branch: 'agents/0001-x' },
  });
  expect(town.git('repos/shop', 'show', 'agents/0001-x:src/a.txt')).toBe('one');
  await town.work();
  expect(town.there('agents/0001-x')).toBe('one');
  await town.write('inbox/coder/y.md', errand('Two.'));
  await town.work();
  town.git('repos/shop', 'merge', '-q', 'agents/0003-y');
  const merged = JSON.parse((await town.fourline('undo', '3', '--json')).out);
  expect(merged).toMatchObject({ did: 'undone', landed: { branch: 'agents/0004-undo-y' } });
  expect(town.git('repos/shop', 'show', 'agents/0004-undo-y:src/a.txt')).toBe('one');
  expect(town.git('repos/shop', 'show', 'main:src/a.txt')).toBe('two');
  expect((await town.fourline('audit', '--verify')).code).toBe(0);
});

test('what somebody rebased is found by its run; what was reset away is not there', async () => {
  const office = await landed('- shell: echo 2 > src/a.ts', writes);
  office.git('repos/shop', 'commit', '-q', '--amend', '--no-edit', '--author=dana <dana@example.com>');
  expect((await office.fourline('undo', '1')).code).toBe(0);
  expect(await office.read('repos/shop/src/a.ts')).toBe('1\n');
  office.git('repos/shop', 'reset', '-q', '--hard', 'HEAD~2');
  expect((await office.fourline('undo', '2')).out).toContain('is not undone: nothing of it is on main any more');
});
