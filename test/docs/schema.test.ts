// An editor that checks by docs/schema/ says what fourline says: all that fourline reads is good by the schema, and
// what it refuses is refused there too.
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseFlow } from '../../src/flow/flow.ts';
import { parseOrder } from '../../src/order/order.ts';
import { parseRole } from '../../src/role/role.ts';
import { parseSettings } from '../../src/workspace/settings.ts';
import { blocksOf, documents, textOf, top } from './document.ts';

const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
const schemaOf = (name: string) => ajv.compile(JSON.parse(readFileSync(`${top}/docs/schema/${name}.json`, 'utf8')));
const schemas = {
  card: schemaOf('card'),
  order: schemaOf('order'),
  fourline: schemaOf('fourline'),
  flow: schemaOf('flow'),
};
type Name = keyof typeof schemas;

// Gives the flaws that the schema finds in a YAML map.
function flawsOf(name: Name, yaml: string): string {
  schemas[name](parse(yaml) ?? {});
  return ajv.errorsText(schemas[name].errors).replace('No errors', '');
}

const order = '**Objective:** a\n\n**Acceptance:**\n- b\n\n**Files:**\n- c\n\n**Branching:** halt-with-note\n';
const isRead: Readonly<Record<Name, (yaml: string) => boolean>> = {
  card: (yaml) => parseRole('coder', `---\n${yaml}\n---\nYou are the coder.\n`).ok,
  order: (yaml) => parseOrder(`---\n${yaml}\n---\n${order}`).ok,
  fourline: (yaml) => parseSettings(yaml).problems.length === 0,
  flow: (yaml) => parseFlow(`---\n${yaml}\n---\n## build\nto: coder\n`).ok,
};

const frontOf = (text: string): string => /^---\n([\s\S]*?)^---$/m.exec(text)?.[1] ?? '';

test.each(readdirSync(`${top}/roles`))('roles/%s is good by the schema', (name) => {
  expect(flawsOf('card', frontOf(readFileSync(`${top}/roles/${name}`, 'utf8')))).toBe('');
});

test('each card, order and fourline.yaml in the documents is good by its schema', () => {
  const kinds: Readonly<Record<string, (text: string) => [Name, string]>> = {
    yaml: (text) => ['fourline', text],
    'yaml example=card-key': (text) => ['card', /^agent:/m.test(text) ? text : `agent: claude\n${text}`],
    'yaml example=order-key': (text) => ['order', text],
    'markdown example=card': (text) => ['card', frontOf(text)],
    'markdown example=order': (text) => ['order', frontOf(text)],
    'yaml example=flow-key': (text) => ['flow', text],
    'markdown example=flow': (text) => ['flow', frontOf(text)],
  };
  const seen: string[] = [];
  for (const document of documents)
    for (const { info, lines } of blocksOf(textOf(document))) {
      const kind = kinds[info];
      if (kind === undefined) continue;
      const [name, yaml] = kind(lines.join('\n'));
      expect(`${document}\n${yaml}\n${flawsOf(name, yaml)}`).toBe(`${document}\n${yaml}\n`);
      seen.push(info);
    }
  expect([...new Set(seen)].sort()).toEqual(Object.keys(kinds).sort());
});

const agent = 'agent: claude';

test.each<[Name, string]>([
  ['card', `${agent}\nwrite:\ndeny: |\nread:`],
  ['card', `${agent}\nsend: [auditor, operator]\nenv: A B,C\nsign-in: ~/.codex/auth.json, ~/.x`],
  ['card', `${agent}\nnetwork: open\nreview:\nwake:`],
  ['card', `${agent}\nnetwork: a.example.com, b.example.com`],
  ['card', `${agent}\napprove: |\n  repos/*/a\ntry-again: [limit, died]`],
  ['card', `${agent}\napprove: { paths: [repos/*/a], first: 0 }\ntry-again: none`],
  ['card', `${agent}\nlimits: { minutes: 7.5, tokens: 1.5m, usd: 2.50 }\ntry-again: died limit`],
  ['card', 'agent: command\ncommand: node agent.mjs --x'],
  ['card', 'agent: rehearsal\nrehearsal: [{ write: a, text: b }, { sleep: 5 }, { exit: 3 }, { report: raw, text: x }]'],
  ['order', 'after: a, 0007-b\nanswers: []\nrefs: docs/a.md\ncontract: { a: coder, b: }'],
  ['order', 'id: 0007-x\nfrom: coder\ndate: 2026-01-31T12:00:00Z\ncontract: [a, b]\nrefs: [a b.md]'],
  ['flow', 'takes: goal, files\non: hand'],
  ['flow', 'takes: [goal]\non: { file: in/*.md }'],
  ['flow', 'takes: { goal: a, count: 3 }\non: { cron: "0 6 * * 1" }'],
  ['fourline', ''],
  ['fourline', 'readable: /opt\nreachable: localhost:8080\nfree: 0\nquantities: off'],
  ['fourline', 'credentials: { claude: [A, B], codex: C D }\napprove:\nhops: 0'],
  ['fourline', 'repos: { a: { setup: [x, y], env: { A: 1, PATH: ~/bin }, keep-for: 14, remote:, pull: } }'],
  [
    'fourline',
    'repos: { a: { setup: { .: x, web/: [y], c: { run: z, keep: ~/.m/ } }, env: [A=1], keep-for: 3 days } }',
  ],
  ['fourline', 'repos: { a: { setup: x, network: "a.example.com b.example.com", checks: { with: y } } }'],
])('%s: %j is read, and good by the schema', (name, yaml) => {
  expect(isRead[name](yaml)).toBe(true);
  expect(flawsOf(name, yaml)).toBe('');
});

test.each<[Name, string]>([
  ['card', 'description: x'],
  ['card', 'agent: cluade'],
  ['card', `${agent}\nwrites: x`],
  ['card', `${agent}\n__proto__: x`],
  ['card', `${agent}\nwrite: [repos/shop/a]`],
  ['card', `${agent}\nwrite: 7`],
  ['card', `${agent}\nmodel: ""`],
  ['card', `${agent}\nsend: Auditor`],
  ['card', `${agent}\nsend: { auditor: 1 }`],
  ['card', `${agent}\nenv: A-B`],
  ['card', `${agent}\nsign-in: /etc/passwd`],
  ['card', `${agent}\nnetwork: '*.example.com'`],
  ['card', `${agent}\nnetwork: []`],
  ['card', `${agent}\ngateway: yes please`],
  ['card', `${agent}\non-refusal: keep`],
  ['card', `${agent}\nreview: operator`],
  ['card', `${agent}\napprove: 3`],
  ['card', `${agent}\napprove: { first: -1 }`],
  ['card', `${agent}\napprove: { path: [repos/*/a] }`],
  ['card', `${agent}\nwake: sometimes`],
  ['card', `${agent}\ntry-again: none, died`],
  ['card', `${agent}\ntry-again:`],
  ['card', `${agent}\nlimits:`],
  ['card', `${agent}\nlimits: { minute: 1 }`],
  ['card', `${agent}\nlimits: { runs: 1.5 }`],
  ['card', `${agent}\nlimits: { minutes: 1441 }`],
  ['card', `${agent}\nlimits: { tokens: 400 k }`],
  ['card', 'agent: command\ncommand: []'],
  ['card', 'agent: rehearsal\nrehearsal: [{ jump: 1 }]'],
  ['card', 'agent: rehearsal\nrehearsal: [{ exit: "1" }]'],
  ['order', 'prioriti: 1'],
  ['order', 'write: "**"'],
  ['order', 'repo: ../x'],
  ['order', 'after: 7'],
  ['order', 'after: [""]'],
  ['order', 'priority: 1001'],
  ['order', 'priority: high'],
  ['order', 'budget: 10'],
  ['order', 'budget: { minutes: 0 }'],
  ['order', 'budget: { hours: 1 }'],
  ['order', 'refs: [docs/**]'],
  ['order', 'refs: 7'],
  ['order', `refs: [${Array.from({ length: 65 }, (_, at) => `a${at}`).join(', ')}]`],
  ['order', 'contract: { src/a.ts: [x] }'],
  ['order', 'reason: ""'],
  ['flow', 'take: goal'],
  ['flow', 'takes: 7'],
  ['flow', 'on: monday'],
  ['flow', 'on: { crom: "0 6 * * 1" }'],
  ['flow', 'on: { file: 7 }'],
  ['fourline', 'run: 2'],
  ['fourline', 'runs: 0'],
  ['fourline', 'runs: "2"'],
  ['fourline', 'domain: a..b'],
  ['fourline', 'sandbox: requierd'],
  ['fourline', 'readable: opt/tools'],
  ['fourline', 'reachable: 127.0.0.1'],
  ['fourline', 'free: much'],
  ['fourline', 'quantities: always'],
  ['fourline', 'credentials: { claude: A-B }'],
  ['fourline', 'credentials: KEY'],
  ['fourline', 'review: { shop: Auditor }'],
  ['fourline', 'approve: { plan: yes please }'],
  ['fourline', 'hops: -1'],
  ['fourline', 'signals: { scop: tell }'],
  ['fourline', 'signals: { scope: tells }'],
  ['fourline', 'checks: { minutes: 1441 }'],
  ['fourline', 'family: { runs: 0 }'],
  ['fourline', 'repos: [shop]'],
  ['fourline', 'repos: { ../x: { setup: a } }'],
  ['fourline', 'repos: { shop: npm ci }'],
  ['fourline', 'repos: { shop: { setpu: npm ci } }'],
  ['fourline', 'repos: { shop: { setup: 3 } }'],
  ['fourline', 'repos: { shop: { setup: { web: { rnu: a } } } }'],
  ['fourline', 'repos: { shop: { setup: a, key: [/etc/passwd] } }'],
  ['fourline', "repos: { shop: { setup: a, keep: ['*'] } }"],
  ['fourline', "repos: { shop: { setup: a, network: ['*.example.com'] } }"],
  ['fourline', 'repos: { shop: { env: [nonsense] } }'],
  ['fourline', 'repos: { shop: { keep-for: soon } }'],
  ['fourline', 'repos: { shop: { checks: { with: 3 } } }'],
  ['fourline', 'repos: { shop: { remote: origin, pull: sometimes } }'],
  ['fourline', 'repos: { shop: { land: main } }'],
  ['fourline', 'repos: { shop: { pr: hub } }'],
])('%s: %j is refused by the reader and by the schema', (name, yaml) => {
  expect(isRead[name](yaml)).toBe(false);
  expect(flawsOf(name, yaml)).not.toBe('');
});
