// A real client of the protocol talks to `fourline lsp` over its standard streams, as an editor does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import {
  type CompletionItem,
  createProtocolConnection,
  type Diagnostic,
  type Hover,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { card, cli, type Office, openOffice, order } from '../kit/office.ts';

// Capabilities of an editor that watches files.
const watches = { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } };
const writes = 'description: Writes the shop.\nwrite: |\n  repos/*/src/**\nsend: operator';

async function shop(): Promise<Office> {
  const office = await openOffice({ coder: card('- write: src/a.ts\n  text: "2"', writes) });
  await office.write('roles/auditor.md', '---\nagent: claude\ndescription: Reads.\n---\nYou read.\n');
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/b.ts': '1\n', 'test/a.ts': '1\n' });
  return office;
}

type Marked = { readonly text: string; readonly position: { readonly line: number; readonly character: number } };

// A text with its cursor at ¦.
function marked(text: string): Marked {
  const before = text.slice(0, text.indexOf('¦')).split('\n');
  return {
    text: text.replace('¦', ''),
    position: { line: before.length - 1, character: before.at(-1)?.length ?? 0 },
  };
}

async function connect(office: Office, capabilities: object = {}) {
  const child = spawn(process.execPath, [cli, 'lsp', '--stdio'], { env: office.env, cwd: '/' });
  const ended = new Promise<number | null>((done) => void child.once('close', done));
  onTestFinished(() => void child.kill());
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const told = new Map<string, Diagnostic[]>();
  let heard: () => void = () => undefined;
  connection.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }: PublishDiagnosticsParams) => {
    told.set(uri, diagnostics);
    heard();
  });
  const logged: string[] = [];
  connection.onNotification('window/logMessage', ({ message }: { message: string }) => void logged.push(message));
  const watchers: unknown[] = [];
  connection.onRequest('client/registerCapability', (asked) => void watchers.push(asked));
  connection.listen();
  await connection.sendRequest('initialize', { processId: null, rootUri: null, capabilities });
  await connection.sendNotification('initialized', {});
  const uriOf = (path: string): string => pathToFileURL(path.startsWith('/') ? path : `${office.root}/${path}`).href;
  const say = (path: string, text: string, version = 1) => {
    told.delete(uriOf(path));
    const document = { uri: uriOf(path), languageId: 'markdown', version };
    return version === 1
      ? connection.sendNotification('textDocument/didOpen', { textDocument: { ...document, text } })
      : connection.sendNotification('textDocument/didChange', { textDocument: document, contentChanges: [{ text }] });
  };
  return {
    connection,
    child,
    ended,
    logged,
    watchers,
    told,
    say,
    /** The diagnostics of a file as soon as they fit. */
    until: async (path: string, fits: (found: readonly string[]) => boolean): Promise<readonly Diagnostic[]> => {
      for (;;) {
        const found = told.get(uriOf(path));
        if (found !== undefined && fits(found.map((one) => `${one.code}`))) return found;
        await new Promise<void>((done) => (heard = done));
      }
    },
    hover: async (path: string, text: string): Promise<string | null> => {
      const at = marked(text);
      await say(path, at.text);
      const position = { textDocument: { uri: uriOf(path) }, position: at.position };
      const found = await connection.sendRequest<Hover | null>('textDocument/hover', position);
      return found === null ? null : (found.contents as { value: string }).value;
    },
    complete: async (path: string, text: string): Promise<CompletionItem[]> => {
      const at = marked(text);
      await say(path, at.text);
      const position = { textDocument: { uri: uriOf(path) }, position: at.position };
      return connection.sendRequest<CompletionItem[]>('textDocument/completion', position);
    },
  };
}

test('what is wrong with a text is said at its place while it is typed, and gone when it is mended', async () => {
  const office = await shop();
  const { say, until, told } = await connect(office);
  await say('inbox/coder/a.md', order(['src/a.ts']).replace('**Branching:** halt-with-note', ''));
  const [missing] = await until('inbox/coder/a.md', (codes) => codes.length > 0);
  expect(missing).toMatchObject({ code: 'order-no-branching', severity: 1, source: 'fourline' });
  expect(missing?.message).toContain('help: list the legal ways to refuse');
  await say('inbox/coder/a.md', order(['docs/x.md']), 2);
  const [beyond] = await until('inbox/coder/a.md', (codes) => codes.includes('order-boundary-empty'));
  // The line of the file that the role may not change.
  expect(beyond?.range).toEqual({ start: { line: 8, character: 0 }, end: { line: 8, character: 11 } });
  await say('inbox/coder/a.md', order(['src/a.ts']), 3);
  await until('inbox/coder/a.md', (codes) => codes.length === 0);
  // Nothing was saved: the inbox is empty, and the check without an editor finds nothing to read.
  expect(await office.list('inbox/coder')).toEqual([]);
  expect(told.size).toBe(1);
});

test('cards, flows and settings are checked as they stand in the editor; a saved card judges the orders anew', async () => {
  const office = await shop();
  const { connection, say, until, watchers } = await connect(office, watches);
  await say('roles/new.md', '---\nagent: claude\nwirte: x\n---\nYou.\n');
  const [wrong] = await until('roles/new.md', (codes) => codes.length > 0);
  expect(wrong?.message).toBe("unknown key 'wirte'\nhelp: did you mean 'write'?");
  expect(wrong?.range.start).toEqual({ line: 2, character: 0 });
  await office.write('flows/one.md', '');
  await say('flows/two.md', '---\ndescription: x\n---\n## one\nto: coder\n\n**Objective:** Go.\n');
  const [lines] = await until('flows/two.md', (codes) => codes.length > 0);
  expect(lines).toMatchObject({ source: 'fourline', range: { start: { line: 6 } } });
  await say('fourline.yaml', 'sandbox: of\n');
  await until('fourline.yaml', (codes) => codes.join() === 'settings');
  await say('inbox/coder/a.md', order(['docs/x.md']));
  await until('inbox/coder/a.md', (codes) => codes.length > 0);
  await office.write('roles/coder.md', card('- report: done\n  text: Done.', 'write: |\n  repos/**'));
  const uri = pathToFileURL(`${office.root}/roles/coder.md`).href;
  await connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri, type: 2 }] });
  await until('inbox/coder/a.md', (codes) => codes.length === 0);
  expect(JSON.stringify(watchers)).toContain('**/roles/*.md');
});

test('a pattern tells how many files it matches; keys, roles, orders and refusals tell what they are', async () => {
  const office = await shop();
  await office.write('inbox/coder/0001-first.md', order(['src/a.ts'], { objective: 'The value\u001b[2J is 2.' }));
  await office.work();
  const { hover } = await connect(office);
  const head = '---\nagent: claude\n';
  expect(await hover('roles/x1.md', `${head}write: |\n  repos/*/sr¦c/**\n---\nYou.\n`)).toBe(
    'repos/*/src/** matches 2 files\n  repos/shop/src/a.ts\n  repos/shop/src/b.ts',
  );
  expect(await hover('inbox/coder/b.md', order(['src/**', 'lib/¦**']))).toBe('lib/** matches no file');
  expect(await hover('roles/x2.md', `${head}se¦nd: auditor\n---\nYou.\n`)).toContain(
    'Roles that it may send orders to',
  );
  expect(await hover('roles/x3.md', `${head}send: auditor, co¦der\n---\n`)).toBe('role coder\nWrites the shop.');
  const after = order(['src/a.ts'], { front: 'after: [0001¦-first]' });
  expect(await hover('inbox/coder/c.md', after)).toBe('order 0001-first\ndone  The value\\u{1b}[2J is 2.');
  expect(await hover('inbox/coder/d.md', order(['src/a.ts'], { branching: 'route-to-au¦ditor' }))).toContain('Reads.');
  expect(await hover('roles/x4.md', `${head}limits:\n  minu¦tes: 3\n---\n`)).toContain('Minutes that a run may take');
});

test('keys, words, roles, order ids and refusals are offered where they may stand', async () => {
  const office = await shop();
  await office.write('inbox/coder/0001-first.md', order(['src/a.ts']));
  await office.work();
  const { complete } = await connect(office);
  const labelsOf = (items: readonly CompletionItem[]): string[] => items.map((one) => one.label);
  const keys = await complete('roles/x1.md', '---\nagent: claude\nwr¦\n---\n');
  expect(labelsOf(keys)).toContain('write');
  expect(labelsOf(keys)).not.toContain('agent');
  expect(keys.find((one) => one.label === 'write')?.textEdit).toEqual({
    range: { start: { line: 2, character: 0 }, end: { line: 2, character: 2 } },
    newText: 'write: ',
  });
  // The front matter is never closed, and the value is no YAML.
  expect(labelsOf(await complete('roles/x2.md', '---\nsend: [coder, ¦'))).toEqual(['auditor', 'coder']);
  expect(labelsOf(await complete('roles/x3.md', '---\nagent: ¦\n---\n'))).toContain('claude');
  expect(labelsOf(await complete('roles/x4.md', '---\nlimits: { minutes: 3, ¦ }\n---\n'))).toContain('attempts');
  expect(labelsOf(await complete('fourline.yaml', 'repos:\n  shop:\n    ¦\n'))).toContain('setup');
  const ids = await complete('inbox/coder/b.md', order(['src/a.ts'], { front: 'after: [¦]' }));
  expect(ids.map(({ label, detail }) => `${label} ${detail}`)).toEqual(['0001-first done  The value is 2.']);
  const refusals = await complete('inbox/coder/c.md', order(['src/a.ts'], { branching: '¦' }));
  expect(labelsOf(refusals)).toEqual(['halt-with-note', 'requeue-with-blocker', 'route-to-auditor', 'route-to-coder']);
  expect(labelsOf(await complete('inbox/coder/d.md', '**Objective:** A.\n\n¦'))).toEqual([
    'Acceptance',
    'Files',
    'Branching',
  ]);
  // A literal block holds patterns, and the prompt is nobody's business.
  expect(await complete('roles/x5.md', '---\nwrite: |\n  ¦\n---\n')).toEqual([]);
  expect(await complete('roles/x6.md', '---\nagent: claude\n---\nYou ¦')).toEqual([]);
});

test('files of no workspace, other files, huge ones and a workspace that goes away are empty answers', async () => {
  const office = await shop();
  const { say, until, hover, complete, logged, connection } = await connect(office);
  await say('/etc/hosts.md', '---\nwirte: x');
  await until('/etc/hosts.md', (codes) => codes.length === 0);
  expect(await hover('/nowhere/at/all.md', 'a¦b')).toBeNull();
  await say('README.md', '---\nwirte: x');
  await until('README.md', (codes) => codes.length === 0);
  await say('inbox/operator/q.md', 'no order');
  await until('inbox/operator/q.md', (codes) => codes.length === 0);
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri: 'untitled:Untitled-1', languageId: 'markdown', version: 1, text: '---\n' },
  });
  await say('inbox/coder/huge.md', `**Objective:** ${'x'.repeat(300_000)}\n`);
  const [long] = await until('inbox/coder/huge.md', (codes) => codes.length > 0);
  expect(long?.message).toMatch(/300016 bytes long; at most 262144 are read/);
  await say('inbox/coder/bad.md', `---\nafter: [\n${'\0'}`);
  await until('inbox/coder/bad.md', (codes) => codes.length > 0);
  // The same workspace by another name.
  await symlink(office.root, `${office.root}-link`);
  await say(`${office.root}-link/roles/coder.md`, '---\nwirte: x\n---\n');
  await until(`${office.root}-link/roles/coder.md`, (codes) => codes.includes('role-key'));
  await rm(office.root, { recursive: true });
  await say('inbox/coder/huge.md', 'short', 2);
  await until('inbox/coder/huge.md', (codes) => codes.length === 0);
  expect(await complete('inbox/coder/gone.md', '**Objective:** ¦')).toBeNull();
  expect(logged).toEqual([]);
});

test('it ends with its editor: 0 after a goodbye or the end of its input, 1 where it left without one', async () => {
  const office = await shop();
  const first = await connect(office);
  await first.connection.sendRequest('shutdown');
  await first.connection.sendNotification('exit');
  expect(await first.ended).toBe(0);
  const second = await connect(office);
  await second.connection.sendNotification('exit');
  expect(await second.ended).toBe(1);
  const third = await connect(office);
  third.child.stdin.end();
  expect(await third.ended).toBe(0);
});

const frame = (message: object): string => {
  const text = JSON.stringify({ jsonrpc: '2.0', ...message });
  return `Content-Length: ${text.length}\r\n\r\n${text}`;
};

// The server without a client: what it is sent is written by hand.
function started() {
  const child = spawn(process.execPath, [cli, 'lsp'], { cwd: '/' });
  onTestFinished(() => void child.kill());
  // It may end while more is written.
  child.stdin.on('error', () => undefined);
  return child;
}

const initialize = { id: 1, method: 'initialize', params: { processId: null, rootUri: null, capabilities: {} } };

test('it ends with the process of its editor while others hold its input', async () => {
  const editor = spawn('sleep', ['1000']);
  const lonely = started();
  lonely.stdin.write(frame({ ...initialize, params: { ...initialize.params, processId: editor.pid } }));
  editor.kill();
  expect(await once(lonely, 'exit')).toEqual([1, null]);
});

test('it ends behind a broken frame, and says what was wrong with it', async () => {
  const broken = {
    'Foo: 1\r\n\r\nabc': 'a header that does not say how long its message is',
    'Content-Length: 1000000000000\r\n\r\n{': 'a message of 1000000000000 bytes; at most 67108864 are read',
    ['x'.repeat(100_000)]: 'a header of more than 16384 bytes',
  };
  for (const [text, found] of Object.entries(broken)) {
    const child = started();
    child.stdin.write(frame(initialize) + text);
    const [said, ended] = await Promise.all([child.stderr.toArray(), once(child, 'exit')]);
    expect([said.join(''), ended]).toEqual([
      expect.stringContaining(`lsp-frame]: the editor sent ${found}`),
      [3, null],
    ]);
  }
});

test('a request before initialize, a second initialize and all behind shutdown are refused, and exit ends it', async () => {
  const ask = (id: number, method: string, params: object = {}) => ({ id, method, params });
  const child = started();
  const connection = new StreamMessageReader(child.stdout);
  const answers: object[] = [];
  const all = new Promise<void>((done) => {
    connection.listen((message) => void (answers.push(message) === 6 && done()));
  });
  const sent = [
    ask(7, 'textDocument/hover'),
    initialize,
    ask(2, 'initialize', initialize.params),
    { id: 3, method: 'shutdown' },
    ask(4, 'textDocument/hover'),
    ask(5, 'none/such'),
  ];
  child.stdin.write(sent.map(frame).join(''));
  await all;
  expect(answers).toMatchObject([
    { id: 7, error: { code: -32002, message: 'textDocument/hover came before initialize' } },
    { id: 1, result: { serverInfo: { name: 'fourline' } } },
    { id: 2, error: { code: -32600, message: 'initialize came twice' } },
    { id: 3, result: null },
    { id: 4, error: { code: -32600, message: 'textDocument/hover came behind shutdown' } },
    { id: 5, error: { code: -32600 } },
  ]);
  child.stdin.write(frame({ method: 'exit' }));
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a text that is no file is nothing to talk about, in whatever form its URI is', async () => {
  const office = await shop();
  const { connection, told, logged, hover } = await connect(office);
  const card = pathToFileURL(`${office.root}/roles/x.md`).href;
  const none = [
    'untitled:Untitled-1',
    card.replace('file:', 'git:'),
    card.replace('file:', 'vscode-notebook-cell:'),
    'vsls:/roles/x.md',
    card.replace('file://', 'file://server'),
    'file:///c%3A/shop/roles/x.md',
    'file:///C:/shop/roles/x.md',
    card.replace('/x.md', '%2Fx.md'),
    card.replace('/x.md', '/x%00.md'),
    card.replace('/x.md', '/x%E0.md'),
    `${card}?ref=HEAD`,
    `${card}#L1`,
    'file:',
    'no URI',
    '',
  ];
  const open = (uri: string) =>
    connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'markdown', version: 1, text: '---\nwirte: x\n---\nYou.\n' },
    });
  for (const uri of none) {
    await open(uri);
    const params = { textDocument: { uri }, position: { line: 1, character: 2 } };
    expect((await connection.sendRequest<unknown[] | null>('textDocument/completion', params)) ?? []).toEqual([]);
    expect(await connection.sendRequest('textDocument/hover', params)).toBeNull();
  }
  // The same file in two forms that name it all the same.
  for (const uri of [card.replace('file:', 'FILE:'), card.replace('roles', '%72oles')]) {
    await open(uri);
    while (told.get(uri) === undefined) await hover('README.md', 'a¦b');
    expect(told.get(uri)?.map(({ code }) => code)).toContain('role-key');
  }
  expect(none.filter((uri) => (told.get(uri) ?? []).length > 0)).toEqual([]);
  expect(logged).toEqual([]);
});

test('an answer writes nothing into a workspace that nobody has worked yet', async () => {
  const office = await openOffice({ coder: card('- report: done\n  text: Done.') });
  await rm(`${office.root}/state`, { recursive: true, force: true });
  const { complete } = await connect(office);
  expect(await complete('roles/x.md', '---\nsend: [¦')).not.toEqual([]);
  expect(await office.list('.')).not.toContain('state');
});

test('names need no look at the repositories, and no copy of them', async () => {
  const office = await shop();
  await office.write('inbox/coder/0001-first.md', order(['src/a.ts']));
  await office.work();
  const git = `${office.root}/state/git`;
  await rm(git, { recursive: true });
  await writeFile(git, 'no copy can be made here');
  const { hover, complete } = await connect(office);
  expect(await hover('inbox/coder/b.md', order(['src/a.ts'], { front: 'after: [0001¦-first]' }))).toContain('done');
  expect((await complete('roles/x.md', '---\nsend: [¦')).map(({ label }) => label)).toEqual(['auditor', 'coder']);
});
