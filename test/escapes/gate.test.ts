// A run may leave behind names, objects, paths, state. The test looks for them on the branch and in the workspace
// afterwards.
import { proveScene } from './prove.ts';
import { gate } from './rows/gate.ts';
import { names } from './rows/names.ts';
import { objects, overfull } from './rows/objects.ts';

const card = `write: |
  repos/*/src/**
  repos/*/SRC/**
  repos/*/docs/**
  state/**
deny: |
  repos/*/src/generated/**
  repos/*/src/swap/in.ts
  repos/*/src/held`;
const strict =
  '---\nagent: command\ncommand: {attack}\nwrite: |\n  repos/*/src/**\non-refusal: reject\n---\nMischief.\n';
const order = [
  'src/**',
  'SRC/**',
  'config/**',
  'srcx/**',
  'README.md',
  'package.json',
  'state/plan.json',
  ...['cards', 'active', 'orders', 'flows', 'handed', 'ledger.git', 'git'].map((name) => `state/${name}/**`),
  'state/journal.jsonl.new',
  'state/Journal.JSONL',
  'state/running.json.new',
  'state/.hidden',
];
const files = {
  'src/a.ts': '1\n',
  'src/one.ts': '1\n',
  'src/so.ts': '1\n',
  'src/strasse.ts': '1\n',
  'src/nai\u0308ve.ts': '1\n',
  'src/lib/b.ts': '1\n',
  'src/generated/old.ts': '1\n',
  'lib/c.ts': '1\n',
  'docs/plan.md': 'plan\n',
  'docs/law.md': 'law\n',
  'docs/away.md': 'away\n',
  'README.md': 'read me\n',
  'package.json': '{}\n',
};
const scene = { card, files, order, workspace: { 'roles/strict.md': strict }, last: 'echo 2 > src/a.ts' };

proveScene({ ...scene, name: 'names', rows: names });
proveScene({ ...scene, name: 'objects', rows: objects });
proveScene({ ...scene, name: 'card and order', rows: gate });
proveScene({
  ...scene,
  name: 'too much',
  tune: [
    ['changes/survey.ts', 'entries: 200_000', 'entries: 2_000'],
    ['changes/survey.ts', 'holes: 1024 * 1024 * 1024', 'holes: 8 * 1024 * 1024'],
  ],
  rows: overfull,
});
