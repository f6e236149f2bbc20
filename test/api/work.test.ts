import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeScratch } from '../../src/api/scratch.ts';
import { openFourline, type WorkEvent } from '../../src/api.ts';
import { hostOf } from '../../src/platform/process/host.ts';
import { card, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';

test('the daemon works until it is drained; follow tells each step; a second one is refused, and stop finds none afterwards', async () => {
  const office = await openOffice({ coder: card('- write: src/a.ts\n  text: "2"', writes) });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const fourline = await openFourline(office.root, office);
  const drain = new AbortController();
  const events: WorkEvent[] = [];
  const opened = Promise.withResolvers<void>();
  const working = fourline.work({
    drain: drain.signal,
    on: (event) => {
      events.push(event);
      if (event.kind === 'opened') opened.resolve();
    },
  });
  await Promise.race([opened.promise, working]);
  const { line } = await fourline.look();
  expect(await fourline.look()).toMatchObject({ working: true, pid: process.pid });
  await expect(fourline.work({ once: true })).rejects.toMatchObject({ code: 'already-started' });
  const posted = await fourline.post('coder', order(['src/a.ts']), { name: 'x' });
  expect(posted).toMatchObject({ ok: true, id: '0001-x' });
  const steps: string[] = [];
  for await (const entry of fourline.follow(line)) {
    steps.push(entry.step);
    if (entry.step === 'settled') break;
  }
  expect(steps).toEqual(expect.arrayContaining(['posted', 'claimed', 'ran', 'judged', 'landed', 'settled']));
  drain.abort();
  expect(await working).toMatchObject({
    settled: [{ id: '0001-x', role: 'coder', outcome: 'done', limit: null }],
    held: [],
    untaken: [],
    stuck: 0,
  });
  expect([events[0]?.kind, events.at(-1)?.kind]).toEqual(['opened', 'leaving']);
  const landing = events.find(({ kind }) => kind === 'landed');
  expect(landing).toMatchObject({ role: 'coder', order: '0001-x', weight: 'good', refused: [], left: [] });
  expect(landing?.detail).toMatch(/^1 file {2}[0-9a-f]{7} on main$/);
  expect(new Date(landing?.at ?? '').toISOString()).toBe(landing?.at);
  expect(await fourline.stop()).toEqual({ stopped: false });
});

test('two workspaces that one process works at the same time have each the variables that were handed in', async () => {
  const worked = ['ann', 'bob'].map(async (person) => {
    const command = "[sh, -c, 'printf %s $PERSON > src/a.ts']";
    const office = await openOffice({
      coder: `---\nagent: command\ncommand: ${command}\nenv: PERSON\n${writes}\n---\nx\n`,
    });
    await office.write('fourline.yaml', 'sandbox: off\n');
    await office.repository('shop', { 'src/a.ts': '1\n' });
    await office.write('inbox/coder/x.md', order(['src/a.ts']));
    await (await openFourline(office.root, { env: { ...office.env, PERSON: person } })).work({ once: true });
    return office.git('repos/shop', 'show', 'HEAD:src/a.ts');
  });
  expect(await Promise.all(worked)).toEqual(['ann', 'bob']);
});

test('two scratch workspaces of one process have each their own rooms', async () => {
  const scratches = await Promise.all([makeScratch('test', hostOf()), makeScratch('test', hostOf())]);
  onTestFinished(async () => void (await Promise.all(scratches.map((one) => one.remove()))));
  for (const { root, host } of scratches) expect(host.env['XDG_STATE_HOME']).toBe(`${dirname(root)}/rooms`);
});
