import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const top = resolve(import.meta.dirname, '..');
const map = readFileSync(`${top}/AGENTS.md`, 'utf8');

/**
 * The folders of src, lowest first: a file takes values and types from folders below its own, and freely inside its
 * own. Files at the top have a rank of their own.
 */
const ranks = [
  ...[
    'platform/text',
    'platform/process',
    'platform/files',
    'platform/git',
    'platform/net',
    'event.ts',
    'places.ts',
    'record/path.ts',
  ],
  ...['order', 'role', 'flow', 'sandbox', 'room', 'agent', 'adapter', 'changes', 'gate', 'commit', 'ledger'],
  ...['remote', 'setup', 'checks', 'workspace', 'record', 'runs', 'delegation', 'landing', 'waiting', 'notify'],
  ...[
    'clis',
    'signals',
    'audit',
    'journey',
    'daemon',
    'api',
    'api.ts',
    'dash',
    'otel',
    'mcp',
    'lsp',
    'cli',
    'cli.ts',
    'main.ts',
  ],
];
/** The one file through which each package is used. */
const doors: Record<string, string> = {
  '@agentclientprotocol/sdk': 'adapter/acp.ts',
  '@modelcontextprotocol/server': 'mcp/mcp.ts',
  '@pydantic/genai-prices': 'platform/net/price.ts',
  '@anthropic-ai/sandbox-runtime': 'platform/process/seatbelt.ts',
  '@opentelemetry/exporter-metrics-otlp-http': 'otel/otlp.ts',
  '@opentelemetry/exporter-trace-otlp-http': 'otel/otlp.ts',
  '@opentelemetry/resources': 'otel/otlp.ts',
  chokidar: 'daemon/watcher.ts',
  commander: 'cli.ts',
  croner: 'platform/text/cron.ts',
  execa: 'platform/process/process.ts',
  hono: 'dash/http.ts',
  'jsonc-parser': 'platform/text/jsonc.ts',
  micromatch: 'role/grant.ts',
  'node:sqlite': 'platform/files/database.ts',
  'smol-toml': 'platform/text/toml.ts',
  'vscode-languageserver': 'lsp/lsp.ts',
  'vscode-languageserver-textdocument': 'lsp/lsp.ts',
  yaml: 'platform/text/front-matter.ts',
  zod: 'ledger/schema.ts',
};

type Import = { readonly from: string; readonly to: string; readonly type: boolean };

function filesBelow(folder: string): string[] {
  return readdirSync(`${top}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`)
    .sort();
}

const files = filesBelow('src').map((path) => path.slice(4));
const texts = new Map(files.map((file) => [file, readFileSync(`${top}/src/${file}`, 'utf8')]));

function importsOf(file: string): Import[] {
  const text = texts.get(file) ?? '';
  const out: Import[] = [];
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s+)?([\s\S]*?)\s*from\s+'([^']+)';$/gm)) {
    const names = (match[2] ?? '')
      .replace(/[{}]/g, '')
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean);
    const type = match[1] !== undefined || names.every((name) => name.startsWith('type '));
    const target = match[3] ?? '';
    out.push({
      from: file,
      to: target.startsWith('.') ? relative(`${top}/src`, resolve(`${top}/src`, dirname(file), target)) : target,
      type,
    });
  }
  for (const match of text.matchAll(/import\(\s*'([^']+)'\s*\)/g)) {
    const target = match[1] ?? '';
    const to = target.startsWith('.')
      ? relative(`${top}/src`, resolve(`${top}/src`, dirname(file), target))
      : (/^(?:@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? '');
    out.push({ from: file, to, type: false });
  }
  return out;
}

const imports = files.flatMap(importsOf);

// The most special rank that a file is in: its own, else its folder's.
function rankOf(file: string): number {
  const own = ranks.indexOf(file);
  return own >= 0 ? own : ranks.findLastIndex((rank) => file.startsWith(`${rank}/`));
}

// Says what is wrong with one import, as a sentence; null when it goes down.
function arrowFlaw({ from, to, type }: Import): string | null {
  if (!to.endsWith('.ts')) return null;
  const [here, there] = [rankOf(from), rankOf(to)];
  if (here >= there && there >= 0) return null;
  return `src/${from} takes a ${type ? 'type' : 'value'} from src/${to}, which ranks above it: move what both need down, or hand it in`;
}

// The files that import each other in a circle, each circle once.
function circles(): string[][] {
  const next = new Map(files.map((file) => [file, imports.filter((one) => one.from === file).map((one) => one.to)]));
  const reach = (from: string): Set<string> => {
    const seen = new Set<string>();
    const open = [...(next.get(from) ?? [])];
    for (let at = open.pop(); at !== undefined; at = open.pop())
      if (!seen.has(at)) {
        seen.add(at);
        open.push(...(next.get(at) ?? []));
      }
    return seen;
  };
  const reached = new Map(files.map((file) => [file, reach(file)]));
  const inCircle = files.filter((file) => reached.get(file)?.has(file));
  const found = inCircle.map((file) =>
    inCircle.filter((one) => reached.get(file)?.has(one) && reached.get(one)?.has(file)),
  );
  return [...new Map(found.map((one) => [one.join(' '), one])).values()];
}

test('every folder has a rank, and every import goes down', () => {
  expect(imports.length).toBeGreaterThan(200);
  expect(files.filter((file) => rankOf(file) < 0)).toEqual([]);
  expect(ranks.filter((_, at) => !files.some((file) => rankOf(file) === at))).toEqual([]);
  expect(imports.map(arrowFlaw).filter((one) => one !== null)).toEqual([]);
});

test('no files import each other in a circle, types included', () => {
  expect(circles()).toEqual([]);
});

// A command reads its arguments, asks the API and prints. Nothing else of the engine is its business.
test('the command line stands on the API, the dashboard, the exporter, the servers and platform alone', () => {
  const own = imports.filter((one) => one.from.startsWith('cli/') && one.to.endsWith('.ts'));
  expect(own.length).toBeGreaterThan(40);
  expect(
    own.filter(
      ({ to }) =>
        !/^(?:api\.ts$|api\/|dash\/dash\.ts$|otel\/otel\.ts$|mcp\/mcp\.ts$|lsp\/lsp\.ts$|platform\/|cli\/)/.test(to),
    ),
  ).toEqual([]);
});

// Each command waits for what the API loads at once; node's own HTTP brings a large library with it when it is loaded.
test('opening a workspace and looking at it loads no server and no HTTP', () => {
  const seen = new Set<string>();
  const looks = ['look', 'flows', 'can', 'statusline', 'order', 'names', 'audit', 'card-work'];
  const open = ['api.ts', 'cli.ts', 'workspace/look.ts', ...looks.map((name) => `api/${name}.ts`)];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const text = texts.get(at) ?? '';
    const late = new Set([...text.matchAll(/import\(\s*'([^']+)'\s*\)/g)].map(([, target = '']) => target));
    for (const { from, to, type } of imports.filter((one) => one.from === at))
      if (!type && !late.has(lateName(from, to))) open.push(to);
  }
  expect(seen.size).toBeGreaterThan(10);
  expect([...seen].filter((one) => /^node:(?:http|https)$|^platform\/net\/(?:gateway|proxy)\.ts$/.test(one))).toEqual(
    [],
  );
});

// How a file names another one in an import.
function lateName(from: string, to: string): string {
  const path = relative(dirname(from), to);
  return path.startsWith('.') ? path : `./${path}`;
}

test('the dashboard stands on the API, reads no disk and starts nothing', () => {
  const own = imports.filter((one) => one.from.startsWith('dash/') && !one.to.startsWith('dash/'));
  expect(own.length).toBeGreaterThan(40);
  const allowed =
    /^(?:api\.ts|platform\/(?:text\/(?:text|clock|fault)|net\/listen|process\/host)\.ts|node:(?:crypto|http|path\/posix)|hono)$/;
  expect(own.filter(({ to }) => !allowed.test(to))).toEqual([]);
  for (const file of ['page.ts', 'pages/now.ts', 'pages/order.ts'])
    expect(texts.get(`dash/${file}`) ?? '').not.toMatch(/ style=|<script>|\bon\w+="/);
});

test('the exporter to OpenTelemetry stands on the API, reads no disk and starts nothing', () => {
  const own = imports.filter((one) => one.from.startsWith('otel/') && !one.to.startsWith('otel/'));
  expect(own.length).toBeGreaterThan(5);
  expect(own.filter(({ to }) => !/^(?:api\.ts|platform\/text\/fault\.ts|@opentelemetry\/[\w-]+)$/.test(to))).toEqual(
    [],
  );
});

test('the MCP server stands on the API, reads no disk and starts nothing', () => {
  const own = imports.filter((one) => one.from.startsWith('mcp/') && !one.to.startsWith('mcp/'));
  expect(own.length).toBeGreaterThan(5);
  const allowed =
    /^(?:api\.ts|platform\/text\/(?:text|fault|problem)\.ts|node:stream|@modelcontextprotocol\/server(?:\/stdio)?)$/;
  expect(own.filter(({ to }) => !allowed.test(to))).toEqual([]);
});

test('the language server stands on the API, reads no disk and starts nothing', () => {
  const own = imports.filter((one) => one.from.startsWith('lsp/') && !one.to.startsWith('lsp/'));
  expect(own.length).toBeGreaterThan(5);
  const allowed =
    /^(?:api\.ts|platform\/text\/(?:text|fault)\.ts|node:(?:stream|url)|vscode-languageserver(?:\/node|-textdocument)?)$/;
  expect(own.filter(({ to }) => !allowed.test(to))).toEqual([]);
});

// Where a file may look at its own process: the engine's one reader, the hook of the crash tests, and what runs inside
// a sandbox, where a program has no host.
const ownEnvironment =
  /^(?:main\.ts$|cli\.ts$|cli\/|sandbox\/inside\/|platform\/process\/host\.ts$|platform\/files\/crash\.ts$|sandbox\/probe\.ts$)/;

test('the engine reads no environment and no home of its own: a host is handed in', () => {
  const reads = /\bprocess\??\.env\b|\bprocess\[|\} = process\b|\bhomedir\b|\buserInfo\b|'node:process'/;
  expect(
    [...texts].filter(([file, text]) => reads.test(text) && !ownEnvironment.test(file)).map(([file]) => file),
  ).toEqual([]);
  expect(reads.test(texts.get('platform/process/host.ts') ?? '')).toBe(true);
  // The text of the program that a probe starts inside, and nothing of the probe's own.
  expect((texts.get('sandbox/probe.ts') ?? '').replace(/^const attempts = `[^`]*`;$/m, '')).not.toMatch(reads);
});

test('the rule about imports finds each kind of wrong one', () => {
  const wrong: Import[] = [
    { from: 'gate/gate.ts', to: 'ledger/entry.ts', type: true },
    { from: 'order/order.ts', to: 'gate/gate.ts', type: true },
    { from: 'platform/files/files.ts', to: 'order/order.ts', type: true },
    { from: 'platform/text/text.ts', to: 'platform/files/files.ts', type: false },
    { from: 'role/role.ts', to: 'workspace/workspace.ts', type: true },
    { from: 'runs/run.ts', to: 'journey/journey.ts', type: false },
    { from: 'daemon/daemon.ts', to: 'cli/commands/start.ts', type: false },
    { from: 'daemon/daemon.ts', to: 'cli.ts', type: false },
    { from: 'order/order.ts', to: 'nowhere/else.ts', type: false },
  ];
  expect(wrong.map(arrowFlaw).filter((one) => one === null)).toEqual([]);
});

// Paths of records and inboxes that a text joins by hand.
const joined = [
  /\$\{(?:\w+\.)*(?:active|orders|places\.inbox)\}\//g,
  /\}\/(?:outbox|stated|refused|trays)\//g,
  /\}\/(?:landing\.md|said\.md|unlanded\.patch|refused\.patch|transcript\.jsonl|held-up\.txt)`/g,
  /\}\/(?:run|verdicts|checks|state|held|waiting)\.json`/g,
  /\}\/(?:order|feedback|note|routed)-\$\{/g,
];

test('where a record and its files lie is answered by record/path.ts alone', () => {
  const found = [...texts]
    .filter(([file]) => file !== 'record/path.ts')
    .flatMap(([file, text]) => joined.flatMap((one) => [...text.matchAll(one)].map(([path]) => `${file} ${path}`)));
  expect(found).toEqual([]);
  const wrong = ['`#{workspace.places.active}/#{id}`', '`#{places.inbox}/#{role}`', '`#{folder}/outbox/#{name}`'];
  wrong.push('`#{folder}/said.md`', '`#{judged.folder}/held.json`', '`#{folder}/note-#{attempt}-wake.md`');
  expect(wrong.filter((text) => !joined.some((one) => text.replaceAll('#', '$').match(one) !== null))).toEqual([]);
});

test('a program that is brought into a sandbox alone imports nothing but node', () => {
  const own = imports.filter((one) => one.from.startsWith('sandbox/inside/') && !one.type);
  expect(own.length).toBeGreaterThan(3);
  expect(own.filter((one) => !one.to.startsWith('node:'))).toEqual([]);
});

test('each package has one door', () => {
  const used = imports.filter((one) => one.to in doors).map((one) => `${one.to} in ${one.from}`);
  expect([...new Set(used)].sort()).toEqual(
    Object.entries(doors)
      .map(([name, file]) => `${name} in ${file}`)
      .sort(),
  );
  const manifest = JSON.parse(readFileSync(`${top}/package.json`, 'utf8')) as {
    dependencies: Record<string, string>;
    optionalDependencies: Record<string, string>;
    peerDependencies: Record<string, string>;
  };
  const { dependencies, optionalDependencies, peerDependencies } = manifest;
  expect(
    Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }).filter((name) => !(name in doors)),
  ).toEqual([]);
});

test('the map in AGENTS.md names each file that exists, and no other', () => {
  const named = [...map.matchAll(/^ {4}(?: {2})?([\w/-]+\.ts)\*? /gm)].map((match) => match[1] ?? '');
  let folder = '';
  const full: string[] = [];
  for (const line of map.split('\n')) {
    folder = /^ {4}([a-z/]+)\/ /.exec(line)?.[1] ?? (/^ {4}\S/.test(line) ? '' : folder);
    const name = /^ {4}( {2})?([\w-]+\.ts)\*? /.exec(line);
    if (name !== null) full.push(name[1] === undefined ? (name[2] ?? '') : `${folder}/${name[2] ?? ''}`);
  }
  expect(named.length).toBe(full.length);
  expect(full.sort()).toEqual(files);
});

test('a file that the map marks as pure has no clock, no disk, no await', () => {
  let folder = '';
  const pure: string[] = [];
  for (const line of map.split('\n')) {
    folder = /^ {4}([a-z/]+)\/ /.exec(line)?.[1] ?? (/^ {4}\S/.test(line) ? '' : folder);
    const name = /^ {4}( {2})?([\w-]+\.ts)\* /.exec(line);
    if (name !== null) pure.push(name[1] === undefined ? (name[2] ?? '') : `${folder}/${name[2] ?? ''}`);
  }
  expect(pure.length).toBeGreaterThan(25);
  for (const file of pure) {
    const text = (texts.get(file) ?? '').replace(/\/\/.*$|\/\*[\s\S]*?\*\//gm, '');
    for (const word of [
      /from 'node:/,
      /\bawait\b/,
      /\basync\b/,
      /\bDate\.now\b|new Date\(\)/,
      /\bprocess\./,
      /Math\.random/,
    ])
      expect(`${file} ${word.exec(text)?.[0] ?? ''}`).toBe(`${file} `);
  }
});

test('no file passes 300 lines, and each opens with why it exists', () => {
  const long = [...texts].filter(([, text]) => text.split('\n').length > 301).map(([file]) => file);
  expect(long).toEqual([]);
  for (const [file, text] of texts)
    expect(`${file} ${/^(?:#!.*\n)?\/\/ Why: [\s\S]*?\n\/\/ Promises: [\s\S]*?\n\/\/ Never: /.test(text)}`).toBe(
      `${file} true`,
    );
});

test('names and forms that the house does not use are not used', () => {
  for (const file of files)
    expect(
      `${file} ${/(?:^|\/)(?:utils?|helpers?|lib|common|types|manager|service|handler|base|index)\.ts$/.test(file)}`,
    ).toBe(`${file} false`);
  for (const [file, text] of texts) {
    expect(`${file} ${/^export default /m.test(text)}`).toBe(`${file} false`);
    expect(`${file} ${/^export \* from/m.test(text)}`).toBe(`${file} false`);
    expect(`${file} ${/^(?:export )?(?:abstract )?class /m.test(text)}`).toBe(
      `${file} ${file === 'platform/text/fault.ts'}`,
    );
    expect(`${file} ${/process\.exit\(/.test(text)}`).toBe(`${file} ${file === 'cli.ts'}`);
  }
});
