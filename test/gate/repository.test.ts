// A folder that git would take for a repository: by what an order adds, and by what it completes.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { refuseRepositories } from '../../src/gate/repository.ts';
import type { Verdict } from '../../src/gate/verdict.ts';
import { git, temporaryFolder, writeFiles } from '../kit/repository.ts';

const allow = (path: string, what: Verdict['what'] = 'added'): Verdict => ({ decision: 'allow', path, what, by: [] });

function refused(paths: readonly (string | Verdict)[], base: readonly string[] = []): string[] {
  const verdicts = paths.map((one) => (typeof one === 'string' ? allow(one) : one));
  return refuseRepositories(verdicts, () => new Set(base))
    .filter((one) => one.decision === 'refuse')
    .map((one) => one.path);
}

const at = 'repos/shop/src/x';
const whole = [`${at}/HEAD`, `${at}/config`, `${at}/objects/info/alternates`, `${at}/refs/heads/main`];

test('all parts of a bare repository in a folder are refused, what stands beside them is not', () => {
  expect(refused([...whole, `${at}/hooks/pre-commit`, `${at}/README.md`])).toEqual([
    ...whole,
    `${at}/hooks/pre-commit`,
  ]);
});

test.each([
  ['in other letters', [`${at}/head`, `${at}/Config`, `${at}/OBJECTS/a`, `${at}/Refs/a`]],
  ['with files in the place of folders', [`${at}/HEAD`, `${at}/objects`, `${at}/refs`]],
  ['with its objects elsewhere', [`${at}/HEAD`, `${at}/commondir`]],
  ['at the top', ['repos/shop/HEAD', 'repos/shop/objects/a', 'repos/shop/refs/a']],
  ['in state', ['state/x/HEAD', 'state/x/objects/a', 'state/x/refs/a']],
  ['deep down, in a folder of such a name', [`${at}/refs/y/HEAD`, `${at}/refs/y/objects/a`, `${at}/refs/y/refs/a`]],
])('a repository %s is refused', (_, paths) => {
  expect(refused(paths)).toEqual(paths);
});

test('one that is finished over two orders is refused with the part that finishes it', () => {
  expect(refused([`${at}/refs/heads/main`], [`${at}/HEAD`, `${at}/objects/a`])).toEqual([`${at}/refs/heads/main`]);
  expect(refused([`${at}/HEAD`], [`${at}/objects/a`, `${at}/refs/a`])).toEqual([`${at}/HEAD`]);
  expect(refused([allow(`${at}/config`, 'modified')], whole)).toEqual([`${at}/config`]);
});

test.each([
  ['two of three', [`${at}/HEAD`, `${at}/objects/a`], []],
  ['three in three folders', [`${at}/a/HEAD`, `${at}/b/objects/a`, `${at}/c/refs/a`], []],
  ['one that is taken down', [allow(`${at}/HEAD`, 'deleted')], whole],
  [
    'one whose head goes as its rest comes',
    [allow(`${at}/HEAD`, 'deleted'), `${at}/refs/a`],
    [`${at}/HEAD`, `${at}/objects/a`],
  ],
  ['one that stands, and is left alone', [`${at}/y.ts`], whole],
  [
    'a part that was refused already',
    [
      `${at}/HEAD`,
      `${at}/objects/a`,
      { ...allow(`${at}/refs/a`), decision: 'refuse', reason: 'files', sentence: '' } as Verdict,
    ],
    [],
  ],
])('%s is none', (_, paths, base) => {
  const before = paths.filter((one) => typeof one !== 'string' && one.decision === 'refuse').length;
  expect(refused(paths, base)).toHaveLength(before);
});

test('what git itself takes for a repository is what is refused', () => {
  const folder = temporaryFolder();
  git('/', ['init', '-q', `${folder}/home`]);
  const mark = `${folder}/ran`;
  const runs = (files: Record<string, string>): boolean => {
    const place = `${folder}/home/${Object.keys(files).length}-${Math.random()}`;
    writeFiles(place, { ...files, 'fsmonitor.sh': { run: `#!/bin/sh\ntouch ${mark}\n` } });
    try {
      execFileSync('git', ['status'], { cwd: place, stdio: 'ignore' });
    } catch {
      // Git may well complain: what counts is what it ran.
    }
    return existsSync(mark);
  };
  const config = `[core]\n\trepositoryformatversion = 0\n\tworktree = .\n\tfsmonitor = ./fsmonitor.sh\n`;
  const parts = { config, HEAD: 'ref: refs/heads/main\n' };
  expect(runs(parts)).toBe(false);
  expect(runs({ ...parts, 'objects/x': '' })).toBe(false);
  expect(runs({ ...parts, 'objects/x': '', 'refs/x': '' })).toBe(true);
});
