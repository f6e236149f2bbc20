import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { forgeCommit, forgeJournal, forgeLanding } from '../kit/forgery.ts';
import { needs } from '../kit/needs.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

needs('ssh-keygen');

const writes = 'write: |\n  repos/*/src/**';
const coder = card('- shell: echo more >> src/a.ts', writes);
const files = { 'src/a.ts': '1\n', 'README.md': 'hello\n' };

async function keysOf(office: Office): Promise<string> {
  const home = `${dirname(office.root)}/xdg/fourline/keys`;
  const [key = ''] = await readdir(home);
  return `${home}/${key}`;
}

async function signing(cards: Readonly<Record<string, string>> = { coder, auditor: coder }): Promise<Office> {
  const office = await openOffice(cards);
  await office.repository('shop', files);
  expect(await office.fourline('init', '--sign')).toMatchObject({ code: 0, err: '' });
  return office;
}

async function landed(): Promise<Office> {
  const office = await signing();
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  return office;
}

// Plain git's word on a commit; throws when it is not good.
function checkByGit(office: Office, commit: string): string {
  return execFileSync(
    'git',
    [
      '-c',
      `gpg.ssh.allowedSignersFile=${office.root}/roles/allowed_signers`,
      '-C',
      `${office.root}/repos/shop`,
      'verify-commit',
      '--raw',
      commit,
    ],
    { env: { ...office.env, GIT_CONFIG_GLOBAL: '/dev/null' }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
}

async function codesOf(office: Office): Promise<string[]> {
  const { out } = await office.fourline('audit', '--verify', '--json');
  const { findings } = JSON.parse(out) as { findings: { code: string }[] };
  return findings.map((one) => one.code).sort();
}

// A commit's text without its signature, and signed by another key.
function strip(text: string): string {
  return text.replace(/^gpgsig .*\n(?: .*\n)*/m, '');
}

function signWith(key: string, text: string): string {
  const signature = execFileSync('ssh-keygen', ['-Y', 'sign', '-n', 'git', '-f', key], {
    input: text,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return text.replace('\n\n', `\ngpgsig ${signature.trim().replaceAll('\n', '\n ')}\n\n`);
}

test('init --sign makes a key a role outside the workspace, and adds what is missing without touching what is there', async () => {
  const office = await signing();
  expect(await office.list('roles')).toEqual(['allowed_signers', 'auditor.md', 'coder.md']);
  const folder = await keysOf(office);
  expect((await readdir(folder)).sort()).toEqual(['auditor', 'auditor.pub', 'coder', 'coder.pub']);
  expect([statSync(folder).mode & 0o777, statSync(`${folder}/coder`).mode & 0o777]).toEqual([0o700, 0o600]);
  const before = await office.read('roles/allowed_signers');
  expect(before).toMatch(/^coder@fourline\.local namespaces="git" ssh-ed25519 \S+ fourline since \d{4}-\S+Z$/m);
  // By hand: a comment, no line end; then a role more, and half a key.
  await office.write('roles/allowed_signers', `# ours\n${before.trimEnd()}`);
  await office.write('roles/writer.md', coder);
  await rm(`${folder}/coder.pub`);
  const again = await office.fourline('init', '--sign', '--json');
  expect(JSON.parse(again.out)).toMatchObject({ made: [], keys: { made: ['writer'], listed: ['writer'] } });
  const after = await office.read('roles/allowed_signers');
  expect(after.startsWith(`# ours\n${before}writer@fourline.local namespaces="git" ssh-ed25519 `)).toBe(true);
  expect((await office.fourline('init', '--sign', '--json')).code).toBe(0);
  expect(await office.read('roles/allowed_signers')).toBe(after);
  expect((await readdir(folder)).includes('coder.pub')).toBe(true);
});

test('a fresh workspace gets its cards and their keys', async () => {
  const office = await openOffice();
  const made = await office.fourline('init', 'new', '--sign', '--json');
  expect(JSON.parse(made.out)).toMatchObject({ keys: { made: ['auditor', 'coder', 'coordinator'] } });
  expect(existsSync(`${office.root}/new/roles/coder.md`)).toBe(true);
});

test('what a role lands is signed with its key, on its base and on a newer tip, and plain git accepts it', async () => {
  const steps = `- shell: echo more >> src/a.ts; test -f src/b.ts || { cd "$SHOP" && echo b > src/b.ts && git add -A && git -c user.name=dana -c user.email=d@e commit -qm moved; }`;
  const office = await signing({ coder: card(steps, `${writes}\nenv: SHOP`) });
  await office.write('fourline.yaml', 'sandbox: off\n');
  process.env['SHOP'] = `${office.root}/repos/shop`;
  for (const name of ['x', 'y']) {
    await office.write(`inbox/coder/${name}.md`, order(['src/a.ts']));
    await office.work();
  }
  delete process.env['SHOP'];
  expect(office.git('repos/shop', 'log', '--format=%an')).toBe('coder\ncoder\ndana\ndana');
  for (const commit of ['HEAD', 'HEAD~1']) expect(() => checkByGit(office, commit)).not.toThrow();
  expect(() => checkByGit(office, 'HEAD~2')).toThrow();
  expect(await codesOf(office)).toEqual(['commit-no-order']);
  expect(office.git('repos/shop', 'fsck', '--strict')).toBe('');
});

test("a good signature by another role's key is not the role's", async () => {
  const office = await landed();
  expect(await codesOf(office)).toEqual([]);
  const keys = await keysOf(office);
  await forgeLanding(office, (text) => signWith(`${keys}/auditor`, strip(text)));
  expect(() => checkByGit(office, 'main')).not.toThrow();
  const { out } = await office.fourline('audit', '--verify');
  expect(out).toContain(
    'finding[signature-other]: it is signed by auditor@fourline.local, not by coder@fourline.local, who landed it',
  );
});

test('a signature that was stripped, broken or made with an unknown key is found, though journal and ledger know the commit', async () => {
  const office = await landed();
  const real = office.git('repos/shop', 'rev-parse', 'main');
  const journal = await office.read('state/journal.jsonl');
  const unknown = `${office.root}/../unknown`;
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'coder@fourline.local', '-f', unknown]);
  const cases: [(text: string) => string, string][] = [
    [strip, 'signature-missing'],
    [(text) => text.replace('by coder on order', 'by coder  on order'), 'signature-bad'],
    [(text) => signWith(unknown, strip(text)), 'signature-bad'],
    [(text) => text.replace(/^ \S{20}/m, ' AAAAAAAAAAAAAAAAAAAA'), 'signature-bad'],
  ];
  for (const [forge, code] of cases) {
    await forgeLanding(office, forge);
    const id = office.git('repos/shop', 'rev-parse', 'main');
    const [month = ''] = await office.list('state/orders');
    const path = `state/orders/${month}/0001-x/verdicts.json`;
    const record = await office.read(path);
    await office.write(path, record.replace(real, id));
    await forgeJournal(office, ({ digest, ...line }) => (line.step === 'judged' ? line : { ...line, digest }));
    await rm(`${office.root}/state/ledger.git`, { recursive: true });
    await office.work();
    // The record was rewritten with the commit, and its own digests tell that too.
    expect(await codesOf(office)).toEqual(['record-altered', code].sort());
    await office.write(path, record);
    await office.write('state/journal.jsonl', journal);
    office.git('repos/shop', 'update-ref', 'refs/heads/main', real);
  }
});

test('a stripped signature on the branch alone is a rewritten commit', async () => {
  const office = await landed();
  forgeCommit(office, strip);
  expect(await codesOf(office)).toEqual(['commit-left', 'commit-rewritten']);
});

test('without its key a role lands unsigned; doctor and start say so, and the audit names the commit', async () => {
  const office = await landed();
  const keys = await keysOf(office);
  await rename(`${keys}/coder`, `${keys}/elsewhere`);
  await office.write('roles/writer.md', coder);
  await office.write('inbox/coder/y.md', order(['src/a.ts']));
  const start = await office.fourline('start', '--once');
  expect(start.err).toMatch(
    /signing: commits of coder are NOT signed: the key of coder@fourline\.local is not on this machine/,
  );
  expect(start.err).toMatch(
    /signing: commits of writer are NOT signed: roles\/allowed_signers names no key of writer@fourline\.local\. fourline init --sign adds the key\./,
  );
  expect(start.err).toMatch(/0002-y +unsigned/);
  const doctor = JSON.parse((await office.fourline('doctor', '--json')).out) as {
    findings: { what: string; state: string; detail: string }[];
  };
  expect(
    doctor.findings.filter((one) => one.what.startsWith('signing')).map((one) => `${one.what} ${one.state}`),
  ).toEqual(['signing coder bad', 'signing writer bad']);
  expect(await codesOf(office)).toEqual(['signature-missing']);
  // A key that was made anew is another key: what it signs counts from now on, what was not signed stays named.
  await office.fourline('init', '--sign');
  await office.write('inbox/coder/z.md', order(['src/a.ts']));
  await office.work();
  expect(() => checkByGit(office, 'main')).not.toThrow();
  expect(await codesOf(office)).toEqual(['signature-missing']);
  expect((await office.fourline('audit', '--verify', '--since', '0003')).code).toBe(0);
});

test('a key that allowed_signers does not name signs nothing', async () => {
  const office = await signing();
  const keys = await keysOf(office);
  for (const name of ['coder', 'coder.pub']) await rm(`${keys}/${name}`);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${keys}/coder`]);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  expect(office.git('repos/shop', 'cat-file', 'commit', 'main')).not.toContain('gpgsig');
  expect(office.said.join('\n')).toMatch(
    /unsigned +the key at \S+ is not the one that roles\/allowed_signers names for coder@/,
  );
});

test('what landed before anybody asked for signatures need not be signed', async () => {
  const office = await openOffice({ coder });
  await office.repository('shop', files);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  await office.fourline('init', '--sign');
  expect(await codesOf(office)).toEqual([]);
  // A line by hand says no time: then it is asked of all.
  await office.write(
    'roles/allowed_signers',
    (await office.read('roles/allowed_signers')).replace(/ fourline since .*/g, ''),
  );
  expect(await codesOf(office)).toEqual(['signature-missing']);
});

test('without allowed_signers or ssh-keygen a signature cannot be checked, which is said; init says what to install', async () => {
  const office = await landed();
  await rename(`${office.root}/roles/allowed_signers`, `${office.root}/signers`);
  expect(await codesOf(office)).toEqual(['signature-unchecked']);
  await rename(`${office.root}/signers`, `${office.root}/roles/allowed_signers`);
  const bin = `${office.root}/../bin`;
  await mkdir(bin);
  const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  await symlink(git, `${bin}/git`);
  office.env['PATH'] = bin;
  expect(await codesOf(office)).toEqual(['signature-unchecked']);
  await office.write('roles/writer.md', coder);
  const init = await office.fourline('init', '--sign');
  expect(init.code).toBe(7);
  expect(init.err).toMatch(
    /^error\[ssh-missing\]: ssh-keygen is not installed or not on PATH\n +help: install the OpenSSH client/,
  );
});

test('a key that cannot be used holds no landing up', async () => {
  const office = await signing();
  const bin = `${office.root}/../bin`;
  await mkdir(bin);
  await writeFile(`${bin}/ssh-keygen`, '#!/bin/sh\necho no entropy >&2\nexit 3\n');
  await chmod(`${bin}/ssh-keygen`, 0o755);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const path = office.env['PATH'] ?? '';
  office.env['PATH'] = `${bin}:${path}`;
  const start = await office.fourline('start', '--once');
  expect(start.code).toBe(0);
  expect(start.err).toMatch(/0001-x +unsigned +ssh-keygen ended with status 3: no entropy/);
  office.env['PATH'] = path;
  expect(await codesOf(office)).toEqual(['signature-missing']);
});
