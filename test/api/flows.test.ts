// Runs of flows, as a person and a daemon let them go on.
import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { beginRun } from '../../src/api/flow-begin.ts';
import { followFlows } from '../../src/api/flow-follow.ts';
import { openFourline } from '../../src/api.ts';
import { unheard, type WorkEvent } from '../../src/event.ts';
import { startDaemon } from '../kit/daemon.ts';
import { card, letter, type Office, openOffice, order } from '../kit/office.ts';

const lines = (goal: string, files: string): string =>
  order([files], { objective: goal, accept: ['one is there', 'two is there', 'three is there'] });

const cut = `---
takes: { goal: null, where: 'src/**' }
---
## list
to: scout
report: Found

${lines('The places are known: {goal}', '{where}')}
## agree
to: operator
after: list

## chunk
to: builder
after: agree
for each: list

${lines('{goal}', '{item}')}
## look
to: scout
after: chunk

${lines('It is looked at: {goal}', '{where}')}`;

const listing = card('- report: done\n  text: "## Found\\nTwo.\\n## List\\n- `src/a.ts`\\n- src/b.ts"');
const building = card('- report: done\n  text: It is as it should be.', 'write: repos/shop/src/**');

async function openCut(
  cards: Readonly<Record<string, string>> = { scout: listing, builder: building },
): Promise<Office> {
  const office = await openOffice(cards);
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': 'a\n', 'src/b.ts': 'b\n' });
  await office.write('flows/cut.md', cut);
  return office;
}

function flowsOf(office: Office) {
  return openFourline(office.root, { env: office.env });
}

async function states(office: Office, run = 'cut-1'): Promise<string[]> {
  const { steps } = await (await flowsOf(office)).flows.show(run);
  return steps.map(({ step, state, orders }) => [step, state, ...orders].join(' '));
}

test('a run goes on by ordinary orders: a gate, a list, reports handed down', async () => {
  const office = await openCut();
  expect((await office.fourline('flow', 'run', 'cut', 'goal=Go.')).code).toBe(0);
  expect(await states(office)).toEqual(['list works 0001-cut-1-list', 'agree waits', 'chunk waits', 'look waits']);
  expect((await office.fourline('start', '--once')).err).toMatch(/cut-1 +flow +agree waits for you/);
  const form = await office.read('inbox/operator/cut-1-agree.gate.md');
  expect(form).toContain('> > - `src/a.ts`');
  await office.write('inbox/operator/cut-1-agree.gate.md', form.replace(/Answer:\s*$/, 'Answer: well, perhaps\n'));
  await office.fourline('start', '--once');
  expect(await office.read('inbox/operator/cut-1-agree.gate.md')).toContain('not plainly approve or reject');
  const again = form.replace(/Answer:\s*$/, 'Answer: approve\nReason: keep it small\n');
  await office.write('inbox/operator/cut-1-agree.gate.md', again);
  expect((await office.fourline('start', '--once')).code).toBe(0);
  expect(await states(office)).toEqual([
    'list done 0001-cut-1-list',
    'agree done',
    'chunk done 0002-cut-1-chunk-1 0003-cut-1-chunk-2',
    'look done 0004-cut-1-look',
  ]);
  expect(await office.list('inbox/operator')).not.toContain('cut-1-agree.gate.md');
  const [one, two] = [await office.standing('0002-cut-1-chunk-1'), await office.standing('0003-cut-1-chunk-2')];
  expect([one.files, two.files]).toEqual([['repos/shop/src/a.ts'], ['repos/shop/src/b.ts']]);
  expect(one.after).toEqual(['0001-cut-1-list']);
  expect(one.refs).toEqual(['state/handed/cut-1/list.md', 'state/handed/cut-1/agree.md']);
  expect(await office.read('state/handed/cut-1/agree.md')).toContain('> keep it small');
  expect(await office.record('0002-cut-1-chunk-1', 'refs/state/handed/cut-1/list.md')).toContain('## Found\n\n> Two.');
  expect((await (await flowsOf(office)).flows.runs()).length).toBe(0);
});

test('what a step landed is handed down: its patch, and the documents in it', async () => {
  const writing = card(
    '- write: src/a.ts\n  text: "2\\n"\n- write: src/why.md\n  text: "Why.\\n"\n- report: done\n  text: Done.',
    'write: repos/shop/src/**',
  );
  const office = await openCut({ scout: card('- report: done\n  text: Read.'), builder: writing });
  const two = `---\ntakes: goal\n---\n## build\nto: builder\n\n${lines('{goal}', 'src/**')}\n## look\nto: scout\nafter: build\n\n${lines('{goal}', 'src/**')}`;
  await office.write('flows/two.md', two);
  await office.fourline('flow', 'run', 'two', 'goal=Go.');
  expect((await office.fourline('start', '--once')).code).toBe(0);
  expect((await office.standing('two-1-look')).refs).toEqual([
    'state/handed/two-1/build.md',
    'state/handed/two-1/build.patch',
    'repos/shop/src/why.md',
  ]);
  expect(await office.read('state/handed/two-1/build.md')).toContain('- repos/shop/src/a.ts');
  expect(await office.record('two-1-look', 'refs/state/handed/two-1/build.patch')).toContain('+2');
});

test('a dry run prints the orders and posts none; a value that is missing or unknown begins nothing', async () => {
  const office = await openCut();
  const dry = await office.fourline('flow', 'run', 'cut', '--dry-run', 'goal=Go.');
  expect(dry.out).toContain('chunk: to builder\n\n    **Objective:** Go.');
  expect(dry.out).toContain('agree: a gate');
  expect(dry.code).toBe(0);
  const none = await office.fourline('flow', 'run', 'cut');
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('[flow-value]: there is no value for goal')]);
  const odd = await office.fourline('flow', 'run', 'cut', 'goal=Go.', 'gaol=x');
  expect([odd.code, odd.err]).toEqual([2, expect.stringContaining("takes no value 'gaol'")]);
  const bad = await office.fourline('flow', 'run', 'cut', 'goal=`x`');
  expect(bad.err).toContain('[flow-value]');
  const gone = await office.fourline('flow', 'run', 'cot', 'goal=x');
  expect(gone.err).toContain("[flow-unknown]: there is no flow 'cot'");
  expect(await office.list('state/flows')).toEqual([]);
  expect(await office.list('inbox/scout')).toEqual([]);
});

test('a step whose order was posted in part is posted to the end, and none twice', async () => {
  const office = await openCut();
  await office.fourline('flow', 'run', 'cut', 'goal=Go.');
  await office.fourline('start', '--once');
  await office.fourline('flow', 'approve', 'cut-1');
  const kept = 'state/flows/cut-1/chunk.step.json';
  await office.write(kept, (await office.read(kept)).replace('"posted":true', '"posted":false'));
  await rm(`${office.root}/inbox/builder/0003-cut-1-chunk-2.md`);
  await office.work();
  await office.fourline('start', '--once');
  expect(await office.list('inbox/builder')).toEqual([]);
  expect((await states(office))[2]).toBe('chunk done 0002-cut-1-chunk-1 0003-cut-1-chunk-2');
  expect((await office.standings()).size).toBe(4);
});

test('a rejection has the steps before done again, with the reason; so has a retry', async () => {
  const office = await openCut();
  const { flows } = await flowsOf(office);
  await flows.run('cut', { goal: 'Go.' });
  await office.fourline('start', '--once');
  await flows.say('cut-1', { kind: 'reject', text: 'look in lib too' });
  const text = await office.read('inbox/scout/0002-cut-1-list.md');
  expect(text).toContain('retries: "0001-cut-1-list"\nreason: "look in lib too"');
  await expect(flows.say('cut-1', { kind: 'retry', step: 'list', text: '' })).rejects.toMatchObject({
    code: 'flow-open',
  });
  await expect(flows.say('cut-1', { kind: 'approve', text: '' })).rejects.toMatchObject({ code: 'flow-gate' });
  await office.fourline('start', '--once');
  expect((await states(office)).slice(0, 2)).toEqual(['list done 0002-cut-1-list', 'agree yours']);
  await flows.say('cut-1', { kind: 'approve', text: '' });
  await office.fourline('start', '--once');
  const last = await flows.show('cut-1');
  expect(last.ended).toBe(true);
  await flows.say('cut-1', { kind: 'retry', step: 'look', text: 'once more' });
  expect((await states(office))[3]).toBe('look works 0006-cut-1-look');
  await expect(flows.say('cut-1', { kind: 'retry', step: 'lok', text: '' })).rejects.toMatchObject({
    code: 'flow-unknown',
  });
});

test('who is told of what needs them is told of a gate, once', async () => {
  const office = await openCut();
  const command = JSON.stringify('cat >> told.txt');
  await office.write(
    'fourline.yaml',
    `sandbox: off\non: { needs-you: { command: ${command} }, landed: { command: ${command} } }\n`,
  );
  await office.fourline('flow', 'run', 'cut', 'goal=Go.');
  await office.fourline('start', '--once');
  await office.fourline('start', '--once');
  const told = (await office.read('told.txt')).split('\n').filter((line) => line.includes('"kind":"gate"'));
  expect(told.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({
      id: 'cut-1-agree-needs-you',
      event: 'needs-you',
      sentence: 'the flow cut-1 waits for you at agree: read inbox/operator/cut-1-agree.gate.md',
      command: 'fourline flow approve cut-1 --step agree',
    }),
  ]);
});

test('an action that fails is named, and the run goes on', async () => {
  const office = await openCut();
  await office.write('fourline.yaml', 'sandbox: off\non: { needs-you: { command: exit 3 } }\n');
  await office.fourline('flow', 'run', 'cut', 'goal=Go.');
  const { code, err } = await office.fourline('start', '--once');
  expect([code, err]).toEqual([0, expect.stringMatching(/on: command exit 3: it ended with status 3/)]);
  expect((await states(office)).slice(0, 2)).toEqual(['list done 0001-cut-1-list', 'agree yours']);
});

test('a rejection waits for the orders of what it does again', async () => {
  const office = await openCut();
  const wide = cut.replace('## look\nto: scout\nafter: chunk', '## look\nto: builder\nafter: list');
  await office.write('flows/wide.md', wide);
  await office.fourline('pause', 'builder');
  await office.fourline('flow', 'run', 'wide', 'goal=Go.');
  await office.fourline('start', '--once');
  expect(await states(office, 'wide-1')).toEqual([
    'list done 0001-wide-1-list',
    'agree yours',
    'chunk waits',
    'look works 0002-wide-1-look',
  ]);
  const refused = await office.fourline('flow', 'reject', 'wide-1', 'too much');
  expect([refused.code, refused.err]).toEqual([
    2,
    expect.stringMatching(/\[flow-open\]: 0002-wide-1-look still goes on/),
  ]);
  const form = await office.read('inbox/operator/wide-1-agree.gate.md');
  await office.write(
    'inbox/operator/wide-1-agree.gate.md',
    form.replace(/Answer:\s*$/, 'Answer: reject\nReason: too much\n'),
  );
  await office.fourline('start', '--once');
  expect((await office.fourline('flow', 'show', 'wide-1')).out).toMatch(
    /agree +operator +waits for you +you rejected it: it is done again when 0002-wide-1-look has ended/,
  );
  await office.fourline('resume', 'builder');
  await office.fourline('start', '--once');
  await office.fourline('start', '--once');
  expect(await states(office, 'wide-1')).toEqual([
    'list done 0003-wide-1-list',
    'agree yours',
    'chunk waits',
    'look done 0004-wide-1-look',
  ]);
  expect(await office.record('0003-wide-1-list', 'order.md')).toContain('reason: "too much"');
});

test('a value may have any name, and a time that a flow could not be read is passed over with a word', async () => {
  const office = await openCut();
  await office.write(
    'flows/odd.md',
    `---\ntakes: constructor\n---\n## list\nto: scout\n\n${lines('{constructor}', 'src/**')}`,
  );
  expect((await office.fourline('flow', 'run', 'odd')).err).toContain('there is no value for constructor');
  expect((await office.fourline('flow', 'run', 'odd', 'constructor=Go.')).code).toBe(0);
  const nightly = asked.replace('file: requests/*.md', "cron: '0 6 * * *'");
  await office.write('flows/nightly.md', nightly);
  const heard: string[] = [];
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  let times = 0;
  // After the first look the flow cannot be read, and then its time comes.
  const now = (): Date => {
    times += 1;
    if (times === 2) writeFileSync(`${office.root}/flows/nightly.md`, 'nothing');
    return new Date(2026, 2, times < 3 ? 1 : 2, 7);
  };
  const site = { root: office.root, tell: unheard, host: office.host() };
  const on = ({ detail }: WorkEvent): void => {
    heard.push(detail);
    if (detail.includes('passed over')) ended.abort();
  };
  await followFlows(site, { signal: ended.signal, on }, { now, elapsed: () => 0 });
  expect(heard).toContain(
    'nightly was due at Mon Mar 02 2026 06:00, and its file cannot be read: that time is passed over',
  );
  expect(await office.list('state/flows')).toEqual(['odd-1']);
});

test('an order that failed and was ordered again is followed; a run that is cancelled posts nothing more', async () => {
  const failing = card('- exit: 3', 'write: repos/shop/src/**\nlimits: { attempts: 1 }');
  const office = await openCut({ scout: listing, builder: failing });
  await office.write('flows/one.md', `---\ntakes: goal\n---\n## build\nto: builder\n\n${lines('{goal}', 'src/**')}`);
  await office.fourline('flow', 'run', 'one', 'goal=Go.');
  expect((await office.fourline('start', '--once')).err).toMatch(
    /one-1 +flow +build: 0001-one-1-build ended as failed/,
  );
  expect(await states(office, 'one-1')).toEqual(['build stuck 0001-one-1-build']);
  await office.fourline('retry', '1', 'try again');
  await office.fourline('start', '--once');
  expect(await states(office, 'one-1')).toEqual(['build stuck 0002-one-1-build']);
  const { flows } = await flowsOf(office);
  const ended = await flows.say('one-1', { kind: 'cancel' });
  expect(ended.ended).toBe(true);
  expect(await office.list('inbox/builder')).toEqual([]);
  await expect(flows.say('one-1', { kind: 'cancel' })).rejects.toMatchObject({ code: 'flow-ended' });
});

test.each([
  ['no list', 'Nothing.', 'has no bullets below a heading List'],
  ['too long a list', `## List${'\\n- src/a.ts'.repeat(21)}`, 'has 21 entries; at most 20'],
  ['an entry with two paths', '## List\\n- src/a.ts, src/b.ts', 'a value would change the order'],
  ['an entry outside of the role', '## List\\n- src/a.ts\\n- roles/x.md', 'the boundary is empty'],
])('%s posts none of its orders, and the step says why', async (_, report, words) => {
  const office = await openCut({ scout: card(`- report: done\n  text: "${report}"`), builder: building });
  const { flows } = await flowsOf(office);
  await flows.run('cut', { goal: 'Go.' });
  await office.fourline('start', '--once');
  await flows.say('cut-1', { kind: 'approve', text: '' });
  const { steps } = await flows.show('cut-1');
  expect(steps[2]).toMatchObject({ state: 'stuck', orders: [], why: expect.stringContaining(words) });
  expect(await office.list('inbox/builder')).toEqual([]);
});

test('gates: a first one ends the run when it is rejected; of several one is named', async () => {
  const office = await openCut();
  const gates = `---\ntakes: goal\n---\n## one\nto: operator\n\nIs it time?\n\n## two\nto: operator\n\n## build\nto: builder\nafter: one, two\n\n${lines('{goal}', 'src/**')}`;
  await office.write('flows/gates.md', gates);
  const { flows } = await flowsOf(office);
  await flows.run('gates', { goal: 'Go.' });
  expect(await office.read('inbox/operator/gates-1-one.gate.md')).toContain('Is it time?');
  const unnamed = flows.say('gates-1', { kind: 'approve', text: '' });
  await expect(unnamed).rejects.toMatchObject({ code: 'flow-gate', hint: '--step one or --step two' });
  await flows.say('gates-1', { kind: 'approve', text: '', step: 'two' });
  expect((await flows.say('gates-1', { kind: 'reject', text: 'no' })).ended).toBe(true);
  expect(await office.list('inbox/operator')).toEqual([]);
  expect(await office.list('inbox/builder')).toEqual([]);
  await flows.run('gates', { goal: 'Go.' });
  await flows.say('gates-2', { kind: 'cancel' });
  expect(await office.list('inbox/operator')).toEqual([]);
  await flows.run('cut', { goal: 'Go.' });
  await flows.say('cut-1', { kind: 'cancel' });
  expect(await office.list('inbox/scout')).toEqual([]);
  expect((await office.fourline('flow', 'show', 'cut-1')).out).toMatch(
    /list +scout +cancelled[\s\S]*look +scout +cancelled/,
  );
});

test('a run that is damaged is named, and holds up no other run and no command', async () => {
  const office = await openCut();
  await office.write('state/flows/broken-1/flow.json', '{');
  await office.fourline('flow', 'run', 'cut', 'goal=Go.');
  expect((await office.fourline('start', '--once')).err).toMatch(/broken-1: .* is damaged/);
  expect((await states(office)).slice(0, 2)).toEqual(['list done 0001-cut-1-list', 'agree yours']);
  const status = await office.fourline('status');
  expect([status.code, status.out]).toEqual([0, expect.stringMatching(/the flow broken-1: .* is damaged/)]);
  expect(status.out).toContain('the flow cut-1: agree waits for you  → fourline flow show cut-1');
  expect((await office.fourline('flow')).out).toMatch(/broken-1 +damaged/);
  expect((await office.fourline('flow', 'show', 'broken-1')).err).toContain('error[flow-damaged]');
});

const asked = `---
takes: { goal: What the file asks for is done., where: 'src/**' }
on: { file: requests/*.md }
---
## list
to: scout

${lines('{goal}', '{where}')}`;

test('a file that appears begins a run while a daemon works, and is handed down; a bad one is answered', async () => {
  const office = await openCut();
  await office.write('flows/asked.md', asked);
  const daemon = await startDaemon(office);
  await office.write('requests/Login fails.md', '---\ngoal: The login is understood.\n---\nIt says 500.\n');
  await daemon.settled('0001-asked-1-list');
  await daemon.said(/asked-1 +flow +all its steps are done/);
  expect(await office.list('requests')).toEqual([]);
  await office.write('requests/odd.md', '---\ngaol: x\n---\n');
  await daemon.said(/requests\/odd.md begins no flow/);
  expect(await office.read('requests/odd.md.problem.txt')).toContain("takes no value 'gaol'");
  await office.write('requests/odd.md', 'It is slow.\n');
  await daemon.settled('0002-asked-2-list');
  expect(await office.list('requests')).toEqual([]);
  expect(await daemon.stop()).toBe(0);
  expect((await office.standing('0001-asked-1-list')).refs).toEqual(['state/handed/asked-1/login-fails.md']);
  expect(await office.record('0001-asked-1-list', 'refs/state/handed/asked-1/login-fails.md')).toContain(
    'It says 500.',
  );
  expect((await office.standing('0001-asked-1-list')).refs).toEqual(['state/handed/asked-1/login-fails.md']);
  expect(await office.record('0001-asked-1-list', 'refs/state/handed/asked-1/login-fails.md')).toContain(
    'It says 500.',
  );
});

test('a run begins at its time, once; while it goes on, the next time is passed over', async () => {
  const office = await openCut();
  await office.write('flows/nightly.md', asked.replace('file: requests/*.md', "cron: '0 6 * * *'"));
  const heard: WorkEvent[] = [];
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  let day = 1;
  // Each time that the clock is asked, a day has gone by, up to the fourth.
  const clock = { now: () => new Date(2026, 2, Math.min(day++, 4), 7), elapsed: () => 0 };
  const site = { root: office.root, tell: unheard, host: office.host() };
  const on = (event: WorkEvent): void => {
    heard.push(event);
    if (event.detail.includes('still goes on') || heard.length > 4) ended.abort();
  };
  await followFlows(site, { signal: ended.signal, on }, clock);
  expect(heard.map(({ about, detail }) => `${about}: ${detail}`)).toContain(
    'nightly-20260302-0600: nightly is due, and this run still goes on: no other begins',
  );
  expect(await office.list('state/flows')).toEqual(['nightly-20260302-0600']);
  expect(await office.list('inbox/scout')).toEqual(['0001-nightly-20260302-0600-list.md']);
});

test('a time that comes twice on one day begins two runs with names of their own, and each of them once', async () => {
  vi.stubEnv('TZ', 'Europe/Berlin');
  onTestFinished(() => void vi.unstubAllEnvs());
  const office = await openCut();
  await office.write('flows/often.md', asked.replace('file: requests/*.md', "cron: '*/15 * * * *'"));
  const site = { root: office.root, tell: unheard, host: office.host() };
  const begin = (due: string) => beginRun(site, 'often', {}, { by: 'cron', due: new Date(due) });
  // The clock is put back from 03:00 to 02:00 at 01:00 UTC.
  for (const due of ['2026-10-25T00:15:00Z', '2026-10-25T01:15:00Z']) await begin(due);
  expect(await office.list('state/flows')).toEqual(['often-20261025-0215', 'often-20261025-0215-again']);
  await expect(begin('2026-10-25T01:15:00Z')).rejects.toMatchObject({ code: 'flow-exists' });
});

test('roles that are missing come from templates, with the agent that is there, and go with their run', async () => {
  const office = await openOffice({ auditor: card('- report: done\n  text: Read.') });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': 'a\n' });
  const refused = await office.fourline('flow', 'run', 'review', 'goal=Go.', 'where=src/**');
  expect([refused.code, refused.out]).toEqual([
    1,
    expect.stringContaining('fourline role new reviewer --from reviewer'),
  ]);
  expect(await office.list('state/flows')).toEqual([]);
  expect((await office.fourline('flow', 'run', 'review', 'goal=Go.', 'where=src/**', '--roles')).code).toBe(0);
  const text = await office.read('roles/reviewer.md');
  expect(text).toMatch(/^---\nfor: review-1\n[\s\S]*\nagent: rehearsal\nrehearsal:\n {2}- report: done/);
  expect(text).not.toContain('claude\n');
  expect(text).toContain('You are the reviewer.');
  const { err } = await office.fourline('start', '--once');
  expect(err).toMatch(
    /reviewer +review-1 +flow +review-1 has ended: roles\/reviewer.md is removed {2}→ cp state\/cards\/\S+ roles\/reviewer.md/,
  );
  expect(await office.list('roles')).toEqual(['auditor.md']);
  const standing = await office.standing('review-1-review');
  expect(standing.outcome).toBe('done');
  expect(await office.read(`state/cards/${standing.card}.md`)).toBe(text);
  await office.fourline('start', '--once');
  expect((await office.fourline('log')).out).toContain('removed the role reviewer');
  await office.fourline('flow', 'retry', 'review-1', 'review', 'once more');
  const help = 'there is no role reviewer: fourline role new reviewer --from reviewer --for review-1';
  expect((await office.fourline('flow', 'show', 'review-1')).out).toContain(help);
  expect((await office.fourline('role', 'new', 'reviewer', '--from', 'reviewer', '--for', 'review-1')).code).toBe(0);
  await office.fourline('start', '--once');
  expect((await office.fourline('flow', 'show', 'review-1')).out).toContain('review-1 is done');
});

test('a card for an order stays until that has ended, and all that came of it', async () => {
  const lead = card(letter('builder/child', order(['src/a.ts'])), 'send: builder');
  const office = await openCut({ scout: listing, builder: building, lead });
  await office.fourline('pause', 'builder');
  await office.write('inbox/lead/first.md', order(['src/**']));
  await office.work();
  expect((await office.standing('0001-first')).outcome).toBe('done');
  expect((await office.fourline('role', 'new', 'helper', '--from', 'builder', '--for', '0001-first')).code).toBe(0);
  await office.write('inbox/helper/more.md', order(['src/a.ts']));
  const { flows } = await flowsOf(office);
  await flows.advance();
  expect(await office.list('roles')).toContain('helper.md');
  await office.work();
  expect((await office.standing('0003-more')).outcome).toBe('done');
  await flows.advance();
  expect(await office.list('roles')).toContain('helper.md');
  await office.fourline('resume', 'builder');
  await office.fourline('start', '--once');
  expect((await office.standing('child')).outcome).toBe('done');
  expect(await office.list('roles')).not.toContain('helper.md');
  const other = await office.fourline('role', 'new', 'other', '--from', 'scout', '--for', '0099-x');
  expect([other.code, other.err]).toEqual([0, expect.stringContaining("no run '0099-x', so the card stays")]);
  await flows.advance();
  expect(await office.list('roles')).toContain('other.md');
  await office.fourline('role', 'new', 'third', '--from', 'other', '--for', '0098-y');
  expect((await office.read('roles/third.md')).match(/^for:.*$/gm)).toEqual(['for: 0098-y']);
  await office.fourline('role', 'new', 'fourth', '--from', 'other');
  expect(await office.read('roles/fourth.md')).not.toMatch(/^for:/m);
  const check = await office.fourline('check', `${office.root}/roles/other.md`);
  expect(check.out).toContain("warning[role-for]: for: there is no order and no run '0099-x'");
});

test('a card for an order that lies in its inbox stays, also where that is one that was done once more', async () => {
  const office = await openCut({ scout: listing, builder: building });
  await office.write('inbox/builder/0001-first.md', order(['src/a.ts']));
  const made = await office.fourline('role', 'new', 'helper', '--from', 'builder', '--for', '0001-first');
  expect(made).toMatchObject({ code: 0, err: '' });
  await office.work();
  await office.fourline('retry', '0001');
  const { flows } = await flowsOf(office);
  await flows.advance();
  expect(await office.list('roles')).toContain('helper.md');
  await office.fourline('start', '--once');
  expect((await office.standing('0002-first')).outcome).toBe('done');
  expect(await office.list('roles')).not.toContain('helper.md');
});

test('a card for an order that failed stays until that is done again, and is told', async () => {
  const office = await openCut({ scout: listing, builder: card('- exit: 3'), helper: building });
  await office.write('inbox/builder/first.md', order(['src/a.ts']));
  await office.fourline('start', '--once');
  expect((await office.standing('0001-first')).outcome).toBe('failed');
  await office.write('roles/helper.md', building.replace('---\n', '---\nfor: 0001-first\n'));
  const { flows } = await flowsOf(office);
  await flows.advance();
  expect(await office.list('roles')).toContain('helper.md');
  const check = await office.fourline('check', `${office.root}/roles/helper.md`);
  expect(check.out).toContain('for: 0001-first failed, and may be done again, so the card stays');
  expect(check.out).toContain('fourline retry 0001-first, or fourline role remove helper');
  await office.write('roles/builder.md', building);
  await office.fourline('retry', '0001');
  await flows.advance();
  expect(await office.list('roles')).toContain('helper.md');
  await office.fourline('start', '--once');
  expect((await office.standing('0002-first')).outcome).toBe('done');
  expect(await office.list('roles')).not.toContain('helper.md');
});

test('no entry of an agent’s list reaches beyond the Files that its own order had', async () => {
  const wide = card('- report: done\n  text: "## Found\\nAll.\\n## List\\n- `src/**`"');
  const office = await openCut({ scout: wide, builder: building });
  const flow = cut.replace('to: operator\nafter: list', 'to: scout\nafter: list');
  await office.write(
    'flows/cut.md',
    flow.replace('## agree\nto: scout\nafter: list\n\n', '').replace('after: agree\n', ''),
  );
  expect((await office.fourline('flow', 'run', 'cut', 'goal=Go.', 'where=src/a.ts')).code).toBe(0);
  await office.work();
  const { err } = await office.fourline('start', '--once');
  expect([...(await office.standings()).keys()]).toEqual(['0001-cut-1-list']);
  expect(err + (await office.fourline('flow', 'show', 'cut-1')).out).toContain(
    'the list of 0001-cut-1-list names repos/shop/src/**, beyond its own Files (repos/shop/src/a.ts)',
  );
});
