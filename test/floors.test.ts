import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const top = resolve(import.meta.dirname, '..');
const map = readFileSync(`${top}/AGENTS.md`, 'utf8');

/** The stations in the order of the street. */
const street = ['order', 'role', 'room', 'agent', 'adapter', 'changes', 'gate', 'landing', 'ledger'];
/** The one file through which each package is used. */
const doors: Record<string, string> = {
  '@agentclientprotocol/sdk': 'adapter/acp.ts',
  '@pydantic/genai-prices': 'ground/price.ts',
  '@anthropic-ai/sandbox-runtime': 'ground/seatbelt.ts',
  chokidar: 'watcher.ts',
  commander: 'cli.ts',
  execa: 'ground/process.ts',
  'gray-matter': 'ground/front-matter.ts',
  micromatch: 'role/grant.ts',
  'node:sqlite': 'ground/lock.ts',
  yaml: 'ground/front-matter.ts',
  zod: 'ledger/entry.ts',
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

function stationOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : 'top';
}

// What is wrong with one arrow, as a sentence; null when it goes with the flow.
function arrowFlaw({ from, to, type }: Import): string | null {
  if (!to.endsWith('.ts')) return null;
  const [here, there] = [stationOf(from), stationOf(to)];
  const say = (why: string): string => `src/${from} takes a ${type ? 'type' : 'value'} from src/${to}: ${why}`;
  if (here === there || here === 'commands' || from === 'cli.ts') return null;
  if (there === 'commands') return say('commands stand on top; nothing below them may know them');
  if (here === 'ground') return say('ground/ stands below everything and takes from itself alone');
  if (there === 'ground') return null;
  if (!street.includes(here))
    return here === 'steps' && there === 'top' && !type && !['workspace.ts', 'admission.ts'].includes(to)
      ? say('steps are told by the journey, they do not call it')
      : null;
  if (!street.includes(there)) return say('a station knows nothing of what joins the stations');
  if (!type) return say('stations meet in steps/; take a type, or move what both need to ground/');
  return street.indexOf(there) < street.indexOf(here)
    ? null
    : say(`${there}/ comes later on the street; data flows one way`);
}

test('every arrow goes with the flow', () => {
  expect(imports.length).toBeGreaterThan(200);
  expect(imports.map(arrowFlaw).filter((one) => one !== null)).toEqual([]);
});

test('the rule about arrows finds each kind of wrong one', () => {
  const wrong: Import[] = [
    { from: 'gate/gate.ts', to: 'changes/path.ts', type: false },
    { from: 'order/order.ts', to: 'gate/gate.ts', type: true },
    { from: 'ground/files.ts', to: 'order/order.ts', type: true },
    { from: 'role/role.ts', to: 'workspace.ts', type: true },
    { from: 'steps/run.ts', to: 'journey.ts', type: false },
    { from: 'shift.ts', to: 'commands/start.ts', type: false },
  ];
  expect(wrong.map(arrowFlaw).filter((one) => one === null)).toEqual([]);
});

test('a program that is brought into cells alone imports nothing but node', () => {
  const own = imports.filter((one) => stationOf(one.from) === 'cell' && !one.type);
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
  };
  expect(
    Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }).filter((name) => !(name in doors)),
  ).toEqual([]);
});

test('the map in AGENTS.md names each file that exists, and no other', () => {
  const named = [...map.matchAll(/^ {4}(?: {2})?([\w/-]+\.ts)\*? /gm)].map((match) => match[1] ?? '');
  let folder = '';
  const full: string[] = [];
  for (const line of map.split('\n')) {
    folder = /^ {4}([a-z]+)\/ /.exec(line)?.[1] ?? (/^ {4}\S/.test(line) ? '' : folder);
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
    folder = /^ {4}([a-z]+)\/ /.exec(line)?.[1] ?? (/^ {4}\S/.test(line) ? '' : folder);
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

test('no file passes 300 lines, no station passes eight files, and each opens with why it exists', () => {
  const long = [...texts].filter(([, text]) => text.split('\n').length > 301).map(([file]) => file);
  expect(long).toEqual([]);
  for (const station of street)
    expect(`${station} ${files.filter((file) => stationOf(file) === station).length <= 8}`).toBe(`${station} true`);
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
    expect(`${file} ${/^(?:export )?(?:abstract )?class /m.test(text)}`).toBe(`${file} ${file === 'ground/fault.ts'}`);
    expect(`${file} ${/process\.exit\(/.test(text)}`).toBe(`${file} ${file === 'cli.ts'}`);
  }
});
