import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { adaptCard, signIns, teams } from '../../src/api/team.ts';
import { card, openOffice, order } from '../kit/office.ts';

const shipped = (role: string): Promise<string> => readFile(`${import.meta.dirname}/../../roles/${role}.md`, 'utf8');

test.each(Object.keys(signIns))('a shipped card for %s changes in its agent lines alone', async (agent) => {
  const before = await shipped('coder');
  const after = adaptCard(before, { team: 'office', agent, byFile: false });
  const lines = (text: string): string[] => text.split('\n').filter((line) => !/^(?:agent|model|env): /.test(line));
  expect(lines(after)).toEqual(lines(before));
  expect(after).toContain(`\nagent: ${agent}\n`);
  expect(after).toContain(`\nenv: ${signIns[agent]?.variable}\n`);
});

test('a card signs in with the file that signing in by hand left', async () => {
  const text = adaptCard(await shipped('coder'), { team: 'solo', agent: 'codex', byFile: true });
  expect(text).toContain('\nsign-in: ~/.codex/auth.json\n');
  expect(text).not.toContain('\nenv: ');
  expect(text).toContain('\nsend: operator\n');
});

test.each(Object.keys(teams) as (keyof typeof teams)[])(
  'the team %s is one that check finds nothing wrong with',
  async (team) => {
    const office = await openOffice();
    const made = await office.fourline('init', `${office.root}/new`, '--team', team, '--agent', 'claude');
    expect(made.code).toBe(0);
    expect((await readdir(`${office.root}/new/roles`)).sort()).toEqual(teams[team].map((role) => `${role}.md`).sort());
    const checked = await office.fourline('-C', `${office.root}/new`, 'check');
    expect(`${checked.code} ${checked.out}`).toContain('0 with errors, 0 with warnings');
  },
);

test('a repository of this machine is linked, and its setup is written down', async () => {
  const office = await openOffice();
  await office.repository('shop', { 'package-lock.json': '{}', 'api/uv.lock': '' });
  const root = `${office.root}/new`;
  const made = await office.fourline('init', root, '--repo', `${office.root}/repos/shop`, '--team', 'solo');
  expect(made.code).toBe(0);
  expect(await readlink(`${root}/repos/shop`)).toBe(`${office.root}/repos/shop`);
  const yaml = await readFile(`${root}/fourline.yaml`, 'utf8');
  expect(yaml).toContain('      .: npm ci\n      api: uv sync --frozen\n');
  expect(made.out).toContain('fourline.yaml: setup for npm, uv in api');
  // A second time nothing is written, and the cards of a workspace that is there stay as they are.
  await writeFile(`${root}/roles/coder.md`, 'mine');
  const again = await office.fourline('init', root, '--repo', `${office.root}/repos/shop`);
  expect(again.out).toContain('repos/shop was there already');
  expect(again.out).toContain('its roles stay as they are');
  expect(await readFile(`${root}/fourline.yaml`, 'utf8')).toBe(yaml);
  expect(await readFile(`${root}/roles/coder.md`, 'utf8')).toBe('mine');
  expect(await readdir(`${root}/roles`)).toEqual(['coder.md']);
});

test('an address is cloned, and an existing fourline.yaml is left alone', async () => {
  const office = await openOffice();
  await office.repository('shop', { 'Cargo.lock': '', '.gitattributes': '*.bin filter=lfs\n' });
  const root = `${office.root}/new`;
  await mkdir(root);
  await writeFile(`${root}/fourline.yaml`, 'runs: 2\n');
  const made = await office.fourline('init', root, '--repo', `file://${office.root}/repos/shop`, '--name', 'store');
  expect(made.code).toBe(0);
  expect(execFileSync('git', ['-C', `${root}/repos/store`, 'ls-files'], { encoding: 'utf8' })).toContain('Cargo.lock');
  expect(await readFile(`${root}/fourline.yaml`, 'utf8')).toBe('runs: 2\n');
  expect(made.out).toContain(
    'recognised: cargo; put this into fourline.yaml:\nrepos:\n  store:\n    setup: cargo fetch --locked',
  );
  expect(made.out).toContain('rooms have the pointers of Git LFS');
});

test('the agent that is installed is on the cards', async () => {
  const office = await openOffice();
  const bin = `${office.root}/bin`;
  await mkdir(bin);
  await writeFile(`${bin}/gemini`, '#!/bin/sh\n');
  await chmod(`${bin}/gemini`, 0o755);
  const made = await office.fourlineBy(
    ['env', `PATH=${bin}:/usr/bin:/bin`],
    'init',
    `${office.root}/new`,
    '--team',
    'solo',
  );
  expect(made.out).toContain('agent gemini');
  expect(made.out).toContain('on PATH: gemini (not signed in, as far as can be seen)');
  expect(await readFile(`${office.root}/new/roles/coder.md`, 'utf8')).toContain(
    '\nagent: gemini\nenv: GEMINI_API_KEY\n',
  );
});

test('with --dry-run the files are shown and nothing is written', async () => {
  const office = await openOffice();
  await office.repository('shop', { 'package-lock.json': '{}' });
  const shown = await office.fourline('init', `${office.root}/new`, '--dry-run', '--repo', `${office.root}/repos/shop`);
  expect(shown.code).toBe(0);
  expect(shown.out).toContain('nothing is written');
  expect(shown.out).toContain('--- roles/coordinator.md\n---\ndescription');
  expect(shown.out).toContain('--- fourline.yaml\n# Installed once');
  expect(shown.out).toContain(`repos/shop: a link to ${office.root}/repos/shop`);
  expect(await readdir(office.root)).not.toContain('new');
});

test('what init links works: a linked work tree, a shallow clone, a bare repository', async () => {
  const office = await openOffice();
  await office.repository('shop', { 'package-lock.json': '{}', 'src/a.ts': '1\n' });
  office.git('repos/shop', 'worktree', 'add', '-q', '../../../tree', '-b', 'tree');
  office.git('repos', 'clone', '-q', '--depth', '1', `file://${office.root}/repos/shop`, '../../shallow');
  office.git('repos', 'clone', '-q', '--bare', `${office.root}/repos/shop`, '../../bare.git');
  const root = `${office.root}/new`;
  for (const name of ['tree', 'shallow', 'bare.git']) {
    const made = await office.fourline('init', root, '--team', 'solo', '--repo', `${office.root}/../${name}`);
    expect(`${made.code} ${made.out}`).toMatch(new RegExp(`^0 [^]*repos/${name.replace('.git', '')} links to`));
  }
  // Each in words of its own, as fourline.yaml is there from the second on.
  expect(await readFile(`${root}/fourline.yaml`, 'utf8')).toContain('  tree:\n    setup: npm ci\n');
  const coder = '- write: src/a.ts\n  text: "2"';
  await writeFile(`${root}/roles/coder.md`, card(coder, 'write: repos/*/src/**'));
  for (const repo of ['tree', 'shallow', 'bare']) {
    const text = order(['src/a.ts'], { front: `repo: ${repo}` });
    await writeFile(`${root}/inbox/coder/${repo}.md`, text);
  }
  await writeFile(`${root}/fourline.yaml`, '');
  const worked = await office.fourline('-C', root, 'start', '--once');
  expect(`${worked.code} ${worked.err}`).toMatch(/^0 /);
  expect(worked.err.match(/ landed /g)).toHaveLength(3);
  expect(office.git('../tree', 'show', 'tree:src/a.ts')).toBe('2');
  expect(office.git('../bare.git', 'show', 'main:src/a.ts')).toBe('2');
});

test('where the repository can not be had, nothing is made; a folder of a repository names it', async () => {
  const office = await openOffice();
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const inside = await office.fourline('init', `${office.root}/new`, '--repo', `${office.root}/repos/shop/src`);
  expect(inside.err).toContain(`it is a folder of the one at ${office.root}/repos/shop`);
  await office.fourline('init', `${office.root}/new`, '--repo', 'file:///nonexistent/x.git');
  expect(await readdir(office.root)).not.toContain('new');
  // Another repository of the same name is not taken for the one that is there.
  await office.repository('../other/shop', { 'src/a.ts': '1\n' });
  const other = await office.fourline('init', office.root, '--repo', `${office.root}/other/shop`);
  expect(`${other.code} ${other.err}`).toContain('2 error[usage]: repos/shop is there already');
});

test.each([
  [['--team', 'crowd'], "there is no team 'crowd'", 'the teams are solo, pair, office'],
  [['--agent', 'clade'], "there is no agent 'clade'", 'the agents are claude'],
  [['--repo', 'nowhere'], 'there is no repository at', 'name a folder with a git repository'],
  [['--repo', 'inbox'], 'is not a git repository', 'git init '],
  [['--repo', 'file:///nonexistent/x.git'], 'git could not clone', 'try it by hand'],
  [['--repo', '/', '--name', '../x'], 'cannot be the name of a folder', '--name <name> gives it another'],
])('init %j says what was found and what to do', async (args, message, hint) => {
  const office = await openOffice();
  const made = await office.fourline('-C', office.root, 'init', 'new', ...args);
  expect(made.code).not.toBe(0);
  expect(made.err).toContain(message);
  expect(made.err).toContain(hint);
});

test('what init says to do next names each flow that comes with fourline', async () => {
  const office = await openOffice();
  const { out } = await office.fourline('init', `${office.root}/new`);
  const said = out.split('\n').find((line) => line.includes('flow list'));
  const { flows } = JSON.parse((await office.fourline('-C', `${office.root}/new`, 'flow', 'list', '--json')).out) as {
    flows: { name: string }[];
  };
  expect(flows.map(({ name }) => name)).toHaveLength(4);
  for (const { name } of flows) expect(said).toContain(name);
});
