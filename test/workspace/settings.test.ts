// fourline.yaml: the defaults suffice; what is odd is a problem with its line, and keeps its default.
import { expect, test } from 'vitest';
import { showEndpoint } from '../../src/platform/net/host.ts';
import { defaultSettings, parseSettings } from '../../src/workspace/settings.ts';

test.each([
  ['', defaultSettings],
  ['# nothing yet\n', defaultSettings],
  ['runs: 1\n', { runs: 1, domain: 'fourline.local' }],
  ['runs: 256\ndomain: agents.example.com\n', { runs: 256, domain: 'agents.example.com' }],
  ['quantities: hold\n', { quantities: 'hold' as const }],
  ['quantities: off\n', { quantities: 'off' as const }],
  ['otel: { endpoint: "http://127.0.0.1:4318" }\n', { otel: { endpoint: 'http://127.0.0.1:4318', content: false } }],
  ['\uFEFFruns: 2\r\ndomain: x-y.io\r\n', { runs: 2, domain: 'x-y.io' }],
])('%j is read', (text, settings) => {
  expect(parseSettings(text)).toEqual({ settings: { ...defaultSettings, ...settings }, problems: [] });
});

test.each([
  ['domain: a.b\nruns: 0', 'whole number from 1 to 256'],
  ['domain: a.b\nruns: 257', 'whole number'],
  ['domain: a.b\nruns: 1.5', 'whole number'],
  ['domain: a.b\nruns: "2"', 'whole number'],
  ['domain: a.b\nruns:', 'whole number'],
  ['domain: a.b\nquantities: always', 'hold, warn or off'],
  ['domain: a.b\notel: { endpoint: 127.0.0.1:4318 }', 'otel: endpoint: must be the address of a collector'],
  ['domain: a.b\nrun: 2', "unknown key 'run'"],
  ['domain: a.b\n__proto__: 2', "unknown key '__proto__'"],
  ['domain: a.b\n"\\e[2J": 2', "unknown key '\\u{1b}[2J'"],
])('%j has a problem on line 2, and the rest counts', (text, message) => {
  const { settings, problems } = parseSettings(text);
  expect(problems).toMatchObject([{ code: 'settings', level: 'error', line: 2 }]);
  expect(problems[0]?.message).toContain(message);
  expect(settings).toEqual({ ...defaultSettings, domain: 'a.b' });
});

test.each(['domain: "a b"', 'domain: "x>\\nFrom: y"', 'domain: .a', 'domain: a..b', 'domain: a.', 'domain: 7'])(
  '%j is no mail domain',
  (text) => {
    expect(parseSettings(text)).toMatchObject({ settings: defaultSettings, problems: [{ line: 1 }] });
  },
);

test.each(['runs: 1\nruns: 2', '- runs', 'runs: &a 1\ndomain: *a', 'runs: 1\n---\nruns: 2', 'runs: !x 1', '{'])(
  '%j is no settings file, and changes nothing but that walls are required: a wish for them may stand in it',
  (text) => {
    const { settings, problems } = parseSettings(text);
    expect(settings).toEqual({ ...defaultSettings, sandbox: 'required' });
    expect(problems.length).toBeGreaterThan(0);
  },
);

test('a misspelt wish for walls is one for walls', () => {
  const { settings, problems } = parseSettings('sandbox: requierd');
  expect(settings.sandbox).toBe('required');
  expect(problems).toMatchObject([{ line: 1, hint: 'until it is mended, required holds' }]);
});

test.each([
  ["reachable: ['127.0.0.1:11434', Gateway.internal:443]", ['127.0.0.1:11434', 'gateway.internal:443']],
  ['reachable: localhost:8080', ['localhost:8080']],
])('%s names what may be reached', (text, expected) => {
  const { settings, problems } = parseSettings(text);
  expect(problems).toEqual([]);
  expect(settings.reachable.map(showEndpoint)).toEqual(expected);
});

test.each(['reachable: 127.0.0.1', 'reachable: [x]', 'reachable: { a: 1 }', "reachable: ['*:80']"])(
  '%s names nothing',
  (text) => {
    expect(parseSettings(text)).toMatchObject({
      settings: { reachable: [] },
      problems: [{ hint: expect.stringContaining('127.0.0.1:11434') }],
    });
  },
);

test('a misspelt key gets a hint', () => {
  expect(parseSettings('domian: a.b').problems[0]?.hint).toBe("did you mean 'domain'?");
});

test('rules for signals are read by name, the others keep theirs', () => {
  const { settings, problems } = parseSettings('signals: { artefact: fire, missed-rejection: tell }');
  expect(problems).toEqual([]);
  expect(settings.signals).toEqual({
    artefact: 'fire',
    override: 'note',
    'missed-rejection': 'tell',
    scope: 'note',
    silent: 'note',
  });
});

test.each([
  ['signals: fire', 'must give a rule by signal'],
  ['signals: [scope]', 'must give a rule by signal'],
  ['signals: { scop: tell }', "signals: unknown key 'scop'", "did you mean 'scope'?"],
  ['signals: { scope: tells }', "scope: must be note, tell or fire, not 'tells'", "did you mean 'tell'?"],
  ['signals: { scope: true }', 'scope: must be note, tell or fire', 'signals: { scope: tell }'],
])('%s is a problem, and every rule stays', (text, message, hint = 'signals: { artefact: fire, scope: tell }') => {
  const { settings, problems } = parseSettings(text);
  expect(problems).toMatchObject([{ code: 'settings', level: 'error', line: 1 }]);
  expect(problems[0]?.message).toContain(message);
  expect(problems[0]?.hint).toBe(hint);
  expect(settings).toEqual(defaultSettings);
});
