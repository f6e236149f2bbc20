import { chmod } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { crashPoints } from '../../src/platform/files/crash.ts';
import { flawsOf, goodOrder, openWorks, start } from '../kit/crash.ts';
import { someOf } from '../kit/dice.ts';
import { openOffice, order } from '../kit/office.ts';

// Those have ways of their own (ways.test.ts, waits.test.ts, undo.test.ts, test/setup and test/remote); together they
// pass every point there is.
const elsewhere = /^(?:return|withdraw|cancel|undo|recover|route|hold|park|review|release|setup|push|pull|propose)\./;

test.each(someOf(crashPoints.filter((name) => !elsewhere.test(name))))('dies at %s', async (point) => {
  const office = await openWorks(1);
  const beyond = goodOrder('w1', 'shop')
    .replaceAll('src/', 'docs/')
    .replace(/^- state.*\n/m, '');
  await office.write('inbox/coder/beyond.md', beyond);
  const first = await start(office, point);
  expect(first).toMatchObject({ signal: 'SIGKILL' });
  const second = await start(office);
  expect({ ...second, flaws: await flawsOf(office, ['w1']) }).toMatchObject({ signal: null, flaws: [] });
});

// An agent whose stream tells what it spends: two answers of the model, and their sum.
const counted = `#!/bin/sh
cat "$FOURLINE_ROOM/brief.md" > /dev/null
echo 2 > src/a.ts
cat <<'END'
{"type":"assistant","message":{"id":"m1","model":"claude-sonnet-4-5","usage":{"input_tokens":100,"cache_read_input_tokens":40,"output_tokens":7}}}
{"type":"result","subtype":"success","is_error":false,"num_turns":1,"total_cost_usd":0.25,"usage":{"input_tokens":100,"cache_read_input_tokens":40,"output_tokens":7}}
END
`;

test.each(someOf(crashPoints.filter((name) => /^(?:land\.(?:moved|recorded|noted)|settle\.moved)$/.test(name))))(
  'what a run cost is on its commit, once, though it dies at %s',
  async (point) => {
    const office = await openOffice();
    const programs = office.root.replace(/\/work$/, '/programs');
    await office.write('../programs/claude', counted);
    await chmod(`${programs}/claude`, 0o755);
    office.env['PATH'] = `${programs}:${office.env['PATH'] ?? ''}`;
    await office.write('fourline.yaml', 'sandbox: off\n');
    await office.write('roles/coder.md', '---\nagent: claude\nwrite: |\n  repos/*/src/**\n---\nYou are the coder.\n');
    await office.repository('shop', { 'src/a.ts': '1\n' });
    await office.write('inbox/coder/x.md', order(['src/a.ts']));
    expect(await start(office, point)).toMatchObject({ signal: 'SIGKILL' });
    expect(await start(office)).toMatchObject({ signal: null });
    const { id, outcome } = await office.standing('x');
    expect(outcome).toBe('done');
    expect(office.git('repos/shop', 'log', '-1', '--notes=fourline', '--format=%N')).toBe(
      [
        `Fourline-Run: ${id}.1`,
        'Model: claude-sonnet-4-5',
        'Tokens: fresh 100, re-read 40, written 0, output 7, reasoning 0',
        'Turns: 1',
        'Live-Context: 140',
        'First-Context: 140',
        'Cost: $0.2500',
        '',
      ]
        .join('\n')
        .trimEnd(),
    );
    expect(office.git('repos/shop', 'notes', '--ref=fourline', 'list').split('\n')).toHaveLength(1);
    const { total } = JSON.parse((await office.fourline('--json', 'costs')).out) as { total: { runs: number } };
    expect(total.runs).toBe(1);
  },
);
