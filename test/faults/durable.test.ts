// Promised work is on disk. The test proves it by the kernel's calls, in their order: bytes before names, names before
// the word of them.

import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { needs } from '../kit/needs.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';
import { sourceFile } from '../kit/program.ts';
import { temporaryFolder } from '../kit/repository.ts';

const writes = 'write: |\n  repos/*/src/**\nsend: tester';

/**
 * One thing the kernel was asked: the call, the path it is about (where a name is given, the new one), the old name of
 * a move, and what was written.
 */
type Call = { readonly call: string; readonly path: string; readonly from: string; readonly text: string };

const traced =
  'openat,write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,link,linkat,mkdir,mkdirat,ftruncate';

// Gives the kernel calls of a command, in the order they were answered. One worker, so that no two answers cross.
async function traceOf(office: Office, ...args: string[]): Promise<{ calls: Call[]; code: number }> {
  office.env['UV_THREADPOOL_SIZE'] = '1';
  const file = `${office.root}/../trace`;
  needs('strace');
  const by = ['strace', '-f', '-y', '--seccomp-bpf', '-s', '400', '-e', `trace=${traced}`, '-o', file];
  const { code } = await office.fourlineBy(by, ...args);
  const begun = new Map<string, string>();
  const calls: Call[] = [];
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) begun.set(pid, rest.replace(/ *<unfinished ...>$/, ''));
    else {
      const whole = rest.replace(/^<\.\.\. \w+ resumed>/, () => begun.get(pid) ?? '');
      const call = readCall(whole);
      if (call !== null) calls.push(call);
    }
  }
  return { calls, code };
}

function readCall(line: string): Call | null {
  const [, call = '', given = '', answer = '-1'] = /^(\w+)\((.*)\) += (-?\d+)/.exec(line) ?? [];
  if (call === '' || Number(answer) < 0) return null;
  const names = [...given.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? '');
  const [, open = ''] = /^\d+<([^>]*)>/.exec(given) ?? [];
  if (/^(rename|link)/.test(call))
    return { call: call.replace(/at2?$/, ''), path: names[1] ?? '', from: names[0] ?? '', text: '' };
  if (/^(mkdir|openat)/.test(call))
    return { call: call.replace(/at$/, ''), path: names[0] ?? '', from: '', text: given };
  return {
    call: call.replace('pwrite64', 'write').replace('writev', 'write').replace('fdatasync', 'fsync'),
    path: open.replace(/\(deleted\)$/, ''),
    from: '',
    text: names[0] ?? '',
  };
}

// Where in the calls something was done, from a place on; fails when it was not.
function indexOf(calls: readonly Call[], what: string, from: number, is: (call: Call) => boolean): number {
  const found = calls.findIndex((call, index) => index >= from && is(call));
  expect(found, `${what}, after call ${from}`).toBeGreaterThanOrEqual(from);
  return found;
}

async function officeWithShop(): Promise<Office> {
  const office = await openOffice({
    coder: card(
      `- write: src/new/a.ts\n  text: "2"\n- mail: tester/child\n  text: |\n${order(['src/new/a.ts'])
        .split('\n')
        .map((line) => `    ${line}`)
        .join('\n')}`,
      writes,
    ),
    tester: card('- write: src/new/a.ts\n  text: "3"', 'write: |\n  repos/*/src/**'),
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  return office;
}

test('fourline order answers when the order is down: its bytes, its name, and only then the word', async () => {
  const office = await officeWithShop();
  const { calls, code } = await traceOf(
    office,
    'order',
    'coder',
    'Two.',
    ...['a', 'b', 'c'].flatMap((one) => ['--accept', one]),
    '--file',
    'src/new/a.ts',
  );
  expect(code).toBe(0);
  const inbox = `${office.root}/inbox/coder`;
  const linked = indexOf(
    calls,
    'the name is given',
    0,
    (one) => one.call === 'link' && one.path === `${inbox}/0001-two.md`,
  );
  const draft = calls[linked]?.from ?? '';
  const written = calls.findLastIndex((one, index) => index < linked && one.call === 'write' && one.path === draft);
  const flushed = calls.findLastIndex((one, index) => index < linked && one.call === 'fsync' && one.path === draft);
  expect(written).toBeGreaterThan(0);
  expect(flushed).toBeGreaterThan(written);
  const named = indexOf(calls, 'the folder is flushed', linked, (one) => one.call === 'fsync' && one.path === inbox);
  const said = calls.findIndex(
    (one) => one.call === 'write' && one.text.includes('inbox/coder/0001-two.md') && !one.path.startsWith(office.root),
  );
  expect(said).toBeGreaterThan(named);
});

test('on its whole way an order is never told of before it is down', async () => {
  const office = await officeWithShop();
  await office.write('inbox/coder/x.md', order(['src/new/**']));
  const { calls, code } = await traceOf(office, 'start', '--once');
  expect([...(await office.standings()).values()].map((one) => `${one.outcome} ${one.note}`)).toEqual([
    'done ',
    'done ',
  ]);
  expect(code).toBe(0);
  const { root } = office;
  const journal = `${root}/state/journal.jsonl`;
  const ours = (path: string): boolean =>
    path.startsWith(`${root}/inbox/`) || /\/state\/(?:active|orders|cards|running)/.test(path);
  const step = (name: string): number =>
    indexOf(
      calls,
      `the journal says ${name}`,
      0,
      (one) => one.call === 'write' && one.path === journal && one.text.includes(`step\\":\\"${name}`),
    );
  const downAt = (name: string): number =>
    indexOf(calls, `${name} is flushed`, step(name), (one) => one.call === 'fsync' && one.path === journal);
  for (const [index, one] of calls.entries()) {
    if ((one.call === 'rename' || one.call === 'link') && ours(one.path)) {
      // Bytes first (of a file that this program wrote or that somebody dropped), then the name; and both are down
      // before the journal goes on.
      const folder = dirname(one.path);
      const isFolder = calls.some((other) => other.call === 'mkdir' && other.path === one.from);
      const bytes = calls.findLastIndex((other, at) => at < index && other.call === 'fsync' && other.path === one.from);
      if (!isFolder && !one.from.startsWith(`${root}/state/active/`))
        expect(bytes, `bytes of ${one.path}`).toBeGreaterThanOrEqual(0);
      const named = indexOf(
        calls,
        `the name ${one.path}`,
        index,
        (other) => other.call === 'fsync' && other.path === folder,
      );
      const next = calls.findIndex((other, at) => at > index && other.call === 'write' && other.path === journal);
      if (next >= 0) expect(named, `${one.path} before the journal's next line`).toBeLessThan(next);
      const left = calls.findIndex(
        (other, at) => at > index && other.call === 'fsync' && other.path === dirname(one.from),
      );
      if (dirname(one.from) !== folder)
        expect(left, `where ${one.path} came from, after where it went`).toBeGreaterThan(named);
    }
    if (one.call === 'mkdir' && ours(one.path))
      indexOf(
        calls,
        `the new folder ${one.path}`,
        index,
        (other) => other.call === 'fsync' && other.path === dirname(one.path),
      );
    // A line is down before the next one is begun: nothing is built on what may be forgotten.
    if (one.call === 'write' && one.path === journal && one.text.endsWith('}\\n')) {
      const flushed = indexOf(
        calls,
        'the line is flushed',
        index,
        (other) => other.call === 'fsync' && other.path === journal,
      );
      const moved = calls.findIndex(
        (other, at) => at > index && (other.call === 'rename' || other.call === 'link') && ours(other.path),
      );
      if (moved >= 0) expect(flushed).toBeLessThan(moved);
    }
  }
  // The branch moves after the intent is down and after its objects are; the landing is told when the work tree is
  // down.
  const ref = indexOf(
    calls,
    'the branch moves',
    0,
    (one) => one.call === 'rename' && one.path.endsWith('repos/shop/.git/refs/heads/main'),
  );
  expect(downAt('intended')).toBeLessThan(ref);
  const objects = calls.findLastIndex(
    (one, at) => at < ref && one.call === 'fsync' && /repos\/shop\/\.git\/objects\/.*(?:pack|tmp_pack)/.test(one.path),
  );
  expect(objects).toBeGreaterThan(0);
  const file = indexOf(
    calls,
    'the file is in its place',
    ref,
    // A new file is linked into its place, so that it replaces nothing.
    (one) => (one.call === 'rename' || one.call === 'link') && one.path === `${root}/repos/shop/src/new/a.ts`,
  );
  const bytes = calls.findLastIndex((one, at) => at < file && one.call === 'fsync' && one.path === calls[file]?.from);
  expect(bytes).toBeGreaterThan(ref);
  for (const folder of ['src/new', 'src'])
    expect(
      indexOf(
        calls,
        `${folder} is flushed`,
        file,
        (one) => one.call === 'fsync' && one.path === `${root}/repos/shop/${folder}`,
      ),
    ).toBeLessThan(step('landed'));
  // The second landing brings nothing into that folder.
  expect(calls.filter((one) => one.call === 'fsync' && one.path === `${root}/repos/shop/src`)).toHaveLength(1);
  // The record is whole before its folder is in the archive, the transcript included.
  const archived = indexOf(
    calls,
    'the record is archived',
    0,
    (one) => one.call === 'rename' && /\/state\/orders\/[\d-]+\/0001-x$/.test(one.path),
  );
  for (const name of ['report.md', 'transcript.jsonl', 'verdicts.json'])
    expect(
      calls.findLastIndex(
        (one, at) => at < archived && one.call === 'fsync' && one.path.includes('/0001-x/') && one.path.includes(name),
      ),
      name,
    ).toBeGreaterThan(0);
});

test('steps that come together are flushed together', () => {
  const place = temporaryFolder();
  const text = `
    import { openJournal } from ${JSON.stringify(sourceFile('ledger/journal.ts'))};
    import { systemClock } from ${JSON.stringify(sourceFile('platform/text/clock.ts'))};
    const journal = await openJournal(${JSON.stringify(`${place}/journal.jsonl`)}, 0, systemClock);
    await Promise.all(Array.from({ length: 200 }, (_, pid) => journal.append({ step: 'stopped', pid })));
    await journal.close();
  `;
  const trace = ['-f', '-c', '-e', 'trace=fdatasync', process.execPath, '--input-type=module', '-e', text];
  needs('strace');
  const { stderr, status } = spawnSync('strace', trace, { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(Number(/(\d+) +fdatasync$/m.exec(stderr)?.[1])).toBe(2);
});
