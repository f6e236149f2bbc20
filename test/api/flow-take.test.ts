// Files that begin runs of flows.
import { mkdir, rename, symlink } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { advanceRun } from '../../src/api/flow-advance.ts';
import { takeFlowFiles } from '../../src/api/flow-take.ts';
import { unheard } from '../../src/event.ts';
import { parseFlow } from '../../src/flow/flow.ts';
import { messageOf } from '../../src/platform/text/fault.ts';
import { card, openOffice, order } from '../kit/office.ts';

const text = `---
takes: { goal: What the file asks for is done., where: 'src/**' }
on: { file: requests/* }
---
## look
to: scout

${order(['{where}'], { objective: '{goal}' })}`;

// As the follower of flows remembers: the trouble of one thing is kept, and others go on.
function openMemory() {
  const troubles: string[] = [];
  const apart = <Result>(about: string, work: () => Promise<Result>): Promise<Result | null> =>
    work().catch((error: unknown) => {
      troubles.push(`${about} ${messageOf(error)}`);
      return null;
    });
  const memory = { seen: new Map<string, string>(), answered: new Map<string, string>(), apart };
  return { troubles, memory };
}

async function openRequests(flow = text) {
  const office = await openOffice({ scout: card('- report: done\n  text: Read.') });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': 'a\n' });
  await office.write('flows/asked.md', flow);
  const reading = parseFlow(flow);
  if (!reading.ok) throw new Error('the flow has a problem');
  const flows = [{ name: 'asked', flow: reading.flow }];
  const { memory } = openMemory();
  const site = { root: office.root, tell: unheard, host: office.host() };
  return { office, site, look: () => takeFlowFiles(site, flows, memory) };
}

test('a file begins its run when two looks find it as it was', async () => {
  const { office, look } = await openRequests();
  await office.write('requests/a.md', 'It is');
  expect(await look()).toMatchObject({ begun: [], waits: true });
  await office.write('requests/a.md', 'It is slow.\n');
  expect(await look()).toMatchObject({ begun: [], waits: true });
  expect(await look()).toMatchObject({ begun: [{ run: 'asked-1', posted: ['0001-asked-1-look'] }], waits: false });
  expect(await office.read('state/handed/asked-1/a.md')).toBe('It is slow.\n');
  expect(await look()).toMatchObject({ begun: [], waits: false });
});

test('a run that was broken off before it took its file takes it, and no other begins', async () => {
  const { office, site, look } = await openRequests();
  await office.write('requests/a.md', 'It is slow.\n');
  await look();
  await look();
  // As a crash between the two leaves it: the run is there, and the file lies where it lay.
  await rename(`${office.root}/state/handed/asked-1/a.md`, `${office.root}/requests/a.md`);
  await look();
  expect((await look()).begun).toEqual([]);
  await advanceRun(site, 'asked-1');
  expect(await office.list('requests')).toEqual([]);
  expect(await office.read('state/handed/asked-1/a.md')).toBe('It is slow.\n');
  expect(await office.list('state/flows')).toEqual(['asked-1']);
});

test('a file that begins no run is answered once, and its answer goes with it', async () => {
  const { office, look } = await openRequests();
  await office.write('requests/a.md', Buffer.from([0xff, 0xfe]));
  await office.write('requests/.b.md', 'hidden');
  await office.write('requests/c.md~', 'a backup');
  await look();
  expect((await look()).answered).toEqual(['requests/a.md']);
  expect((await look()).answered).toEqual([]);
  expect(await office.read('requests/a.md.problem.txt')).toContain('it is not UTF-8 text');
  await rename(`${office.root}/requests/a.md`, `${office.root}/a.md`);
  await look();
  expect(await office.list('requests')).toEqual(['.b.md', 'c.md~']);
  expect(await office.list('state/flows')).toEqual([]);
});

test('a file does not decide what an order reaches, unless the flow says so', async () => {
  const asks = '---\ngoal: It is fast.\nwhere: src/a.ts\n---\n';
  const { office, look } = await openRequests();
  await office.write('requests/a.md', asks);
  await look();
  expect((await look()).answered).toEqual(['requests/a.md']);
  expect(await office.read('requests/a.md.problem.txt')).toMatch(
    /a file gives no 'where'[\s\S]*3:1[\s\S]*it takes goal,/,
  );
  const given = await openRequests(text.replace('requests/* }', 'requests/*, gives: where }'));
  await given.office.write('requests/a.md', asks);
  await given.look();
  expect((await given.look()).begun).toMatchObject([{ run: 'asked-1' }]);
  expect(await given.office.read('inbox/scout/0001-asked-1-look.md')).toContain('src/a.ts');
});

test('a folder that leads to where roles write begins nothing, and holds up no other', async () => {
  const { office, site, look } = await openRequests();
  await symlink('repos/shop/src', `${office.root}/linked`);
  await mkdir(`${office.root}/elsewhere`);
  await symlink('elsewhere', `${office.root}/asks`);
  await office.write('elsewhere/a.md', 'It is slow.\n');
  expect(await look()).toMatchObject({ begun: [], waits: false });
  const flows = ['linked', 'asks'].map((folder) => {
    const reading = parseFlow(text.replace('requests/*', `${folder}/*`));
    if (!reading.ok) throw new Error('the flow has a problem');
    return { name: 'asked', flow: reading.flow };
  });
  const { troubles, memory } = openMemory();
  await takeFlowFiles(site, flows, memory);
  expect((await takeFlowFiles(site, flows, memory)).begun).toMatchObject([{ run: 'asked-1' }]);
  expect(troubles[0]).toMatch(/^linked\/ it leads to repos\/shop\/src, where fourline or roles write/);
});
