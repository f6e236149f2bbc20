// fourline tells people about setups, before and after they run: in check, order, doctor, status and the answer to a
// dropped file.
import { expect, test } from 'vitest';
import { parseSettings } from '../../src/workspace/settings.ts';
import { card, openOffice, order } from '../kit/office.ts';

const coder = card('- write: src/a.ts\n  text: "2"', 'write: |\n  repos/*/src/**');
const accept = ['the file ends in a newline', '`npm test` passes', '`npx vitest run` passes'];
const proposal = ['repos:', '  shop:', '    setup: npm ci', '    network: [registry.npmjs.org]'];

test('a command that needs what nobody installs is named before a run: by check, order and the answer to a file', async () => {
  const office = await openOffice({ coder });
  await office.repository('shop', { 'package-lock.json': '{}', 'src/a.ts': '1\n' });
  const text = order(['src/a.ts'], { accept });
  await office.write('inbox/coder/x.md', text);
  const line = text.split('\n').indexOf('- `npm test` passes') + 1;
  const words = '`npm test` needs what npm installs (package-lock.json is there), and no setup: installs it';
  const checked = await office.fourline('check', `${office.root}/inbox/coder/x.md`);
  expect(checked.code).toBe(0);
  expect(checked.out).toContain(`warning[check-needs-setup]: ${words}\n  inbox/coder/x.md:${line}:1\n`);
  expect(checked.out).toContain(
    `  help: checks have no network; put this into fourline.yaml (docs/setup.md)\n${proposal.map((one) => `    ${one}\n`).join('')}`,
  );
  expect(checked.out.match(/setup: npm ci/g)).toHaveLength(1);
  const ordered = await office.fourline('order', 'coder', 'Do it.', '--file', 'src/a.ts', ...acceptFlags(accept));
  expect(ordered.err).toContain(`warning: ${words}\n`);
  expect(ordered.err).toContain(proposal.map((one) => `    ${one}\n`).join(''));
  // On a disk that is too full for a run, both orders are taken and wait.
  await office.write('fourline.yaml', 'free: 900000g\n');
  await office.work();
  expect(office.said.join('\n')).toContain(`line ${line}: ${words}`);
  expect(await office.read('inbox/operator/0002-x-doubts.notice.md')).toContain('    setup: npm ci\n');
});

function acceptFlags(bullets: readonly string[]): string[] {
  return bullets.flatMap((one) => ['--accept', one]);
}

test('with a setup nothing is said, but of a command that installs by itself', async () => {
  const office = await openOffice({ coder });
  await office.repository('shop', { 'package-lock.json': '{}', 'src/a.ts': '1\n' });
  await office.write('fourline.yaml', 'repos: { shop: { setup: npm ci } }\n');
  await office.write('inbox/coder/good.md', order(['src/a.ts'], { accept }));
  await office.write('inbox/coder/odd.md', order(['src/a.ts'], { accept: ['`npm ci && npm test` passes', 'b', 'c'] }));
  const checked = (await office.fourline('check')).out;
  expect(checked.match(/warning\[/g)).toHaveLength(1);
  expect(checked).toContain('warning[check-installs]: `npm ci && npm test` installs by itself');
  expect(checked).toContain('  help: leave `npm ci` out: what setup: installs is there');
});

test('doctor proposes what a repository lacks, and says what a room has of submodules and LFS', async () => {
  const office = await openOffice();
  await office.repository('plain', { 'a.ts': '1\n' });
  await office.repository('shop', { 'package-lock.json': '{}' });
  await office.repository('store', { 'Cargo.lock': '', 'web/yarn.lock': '' });
  const commit = office.git('repos/plain', 'rev-parse', 'HEAD');
  office.git('repos/shop', 'update-index', '--add', '--cacheinfo', `160000,${commit},libs/plain`);
  office.git('repos/shop', 'commit', '-qm', 'A submodule');
  await office.write('fourline.yaml', 'repos: { store: { setup: { web: yarn } } }\n');
  const { out, code } = await office.fourline('doctor');
  expect(code).toBe(0);
  expect(out).toMatch(/^- +repos\/shop +recognised npm; no setup: installs what it locks$/m);
  expect(out).toMatch(/^- +repos\/shop +rooms have empty folders for the submodules libs\/plain;/m);
  expect(out).toMatch(/^- +repos\/store +recognised cargo; no setup/m);
  expect(out).not.toMatch(/^- +repos\/plain/m);
  const yaml = /^repos:\n(?: .*\n)+/m.exec(out)?.[0] ?? '';
  const { settings, problems } = parseSettings(yaml);
  expect(problems).toEqual([]);
  expect([...settings.repos.keys()]).toEqual(['shop', 'store']);
});

test('a layer and a failed setup are seen in status and doctor, and a failure that is mended is gone', async () => {
  const office = await openOffice({ coder });
  await office.repository('shop', { 'src/a.ts': '1\n', '.gitignore': 'deps/\n', 'deps.txt': 'one\n' });
  const settings = (setup: string): string =>
    `sandbox: off\nrepos: { shop: { setup: '${setup}', key: [deps.txt], keep-for: 3d } }\n`;
  await office.write('fourline.yaml', settings('echo first; echo no such package; exit 3'));
  await office.write('inbox/coder/x.md', order(['src/a.ts'], { accept: ['a', 'b', 'c'] }));
  await office.work();
  const failed =
    /repos\/shop: setup `.*` failed: it ended with status 3 \(no such package\); tried again in \d+ \w+ {2}→ fourline doctor/;
  expect((await office.fourline('status')).out).toMatch(failed);
  const doctor = await office.fourline('doctor');
  expect(doctor.code).toBe(7);
  expect(doctor.out).toMatch(
    /^bad +setup shop +`echo first.*` failed \d+ \w+ ago: it ended with status 3; tried again/m,
  );
  expect(doctor.out).toContain('> first\n> no such package\norders of repos/shop wait.');
  await office.write('fourline.yaml', settings('mkdir deps && head -c 100000 /dev/zero > deps/a'));
  await office.work();
  expect((await office.standing('x')).outcome).toBe('done');
  const status = (await office.fourline('status')).out;
  expect(status).not.toContain('failed');
  expect(status).toMatch(/^layers of repos\/shop: 1, \d+ kB, used \d+ \w+ ago$/m);
  expect((await office.fourline('doctor')).out).toMatch(
    /^ok +layer shop +mkdir deps .*: \d+ kB, made \d+ \w+ ago, used \d+ \w+ ago, kept 3 days more$/m,
  );
});

test('what repos: names and nobody finds is said by check and doctor', async () => {
  const office = await openOffice({ coder });
  await office.repository('shop', { 'src/a.ts': '1\n', 'web/package-lock.json': '{}' });
  office.git('repos/shop', 'remote', 'add', 'upstream', 'https://git.example.com/shop.git');
  await office.write(
    'fourline.yaml',
    [
      'repos:',
      '  shpo: { setup: npm ci }',
      '  shop:',
      '    setup: { web: { run: npm ci, key: [package.lock] }, wbe: npm ci }',
      '    remote: origin',
      '',
    ].join('\n'),
  );
  const { out, code } = await office.fourline('check');
  expect(code).toBe(0);
  for (const line of [
    'warning[settings-unmatched]: repos: shpo: there is no repository repos/shpo\n  fourline.yaml:2:1',
    "warning[settings-unmatched]: repos: shop: remote: it has no remote 'origin'\n  fourline.yaml:3:1",
    "repos: shop: key: git tracks no 'web/package.lock' on main, so it decides nothing",
    "repos: shop: setup: there is no folder 'wbe' on main",
  ])
    expect(out).toContain(line);
  expect(out).toContain('help: did you mean shop?');
  expect(out).toContain('help: it has upstream');
  expect((await office.fourline('doctor')).out).toContain('fourline.yaml: repos: shpo: there is no repository');
});
