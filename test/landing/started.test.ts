// A landing starts in a person's repository one git, which moves the branch, and more where that is unusual.
import { execFileSync } from 'node:child_process';
import { utimesSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { start } from '../kit/crash.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

// The verbs that a git is asked for in the repository during a landing.
async function startedIn(change: (office: Office, gitDir: string) => unknown): Promise<string[]> {
  const office = await openOffice({ coder: card('- write: src/a.ts\n  text: "2"', 'write: |\n  repos/*/src/**') });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/b.ts': '1\n' });
  const gitDir = `${office.root}/repos/shop/.git`;
  const later = Date.now() / 1000 + 60;
  utimesSync(`${gitDir}/index`, later, later);
  await change(office, gitDir);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const text = `#!/bin/sh\necho "$*" >> "$0.log"\nexec ${git} "$@"\n`;
  await office.write('../bin/git', text);
  await chmod(`${office.root}/../bin/git`, 0o755);
  const path = office.env['PATH'] ?? '';
  office.env['PATH'] = `${office.root}/../bin:${path}`;
  expect(await start(office)).toMatchObject({ signal: null, code: 0 });
  office.env['PATH'] = path;
  expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
  expect(office.git('repos/shop', 'fsck', '--strict', '--no-dangling')).toBe('');
  const lines = (await office.read('../bin/git.log')).split('\n');
  return lines
    .filter((line) => line.includes(`--git-dir=${gitDir} `))
    .flatMap((line) => / (index-pack|update-ref|ls-files|update-index) /.exec(line)?.[1] ?? []);
}

test('a landing in a plain repository moves the branch by git, and does all else itself', async () => {
  expect(await startedIn(() => undefined)).toEqual(['update-ref']);
});

test('where objects are elsewhere too, and the index is of another version, git brings what lands', async () => {
  const started = await startedIn(async (office) => {
    await office.write('repos/shop/.git/objects/info/alternates', '');
    office.git('repos/shop', 'update-index', '--index-version', '4');
  });
  expect(started).toEqual(['index-pack', 'update-ref', 'ls-files', 'update-index']);
});

test('an index as old as a file in it is written by git, which looks for an edit in that file', async () => {
  const started = await startedIn((_office, gitDir) => utimesSync(`${gitDir}/index`, 1, 1));
  expect(started).toEqual(['update-ref', 'update-index']);
});
