// Why: an agent that works like a careful person at each step of the flow `bug`, so that the flow runs to its end.
// Promises: it knows its step by the order's id alone. It reads what was handed down, and stops where that is missing.
// Never: asks a model.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const { FOURLINE_ID: id = '', FOURLINE_ROOM: room = '', FOURLINE_REPORT: reportFile = '' } = process.env;
const marked = "test('an empty cart', { todo: true }, ";
const plain = "test('an empty cart', ";

// The text of a file below refs/, by the end of its name.
function handed(end: string): string {
  const names = readdirSync(`${room}/refs`, { recursive: true, encoding: 'utf8' });
  const name = names.find((one) => one.endsWith(end));
  if (name === undefined) throw new Error(`no ${end} among ${names.join(', ')}`);
  return readFileSync(`${room}/refs/${name}`, 'utf8');
}

function edit(path: string, from: string, to: string): void {
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}

// How the tests end: the line that says what is wrong, or an empty text.
function runTests(): string {
  const { status, stdout } = spawnSync('npm', ['test'], { encoding: 'utf8' });
  const line = stdout.split('\n').find((one) => one.includes('AssertionError'));
  return status === 0 ? '' : (line ?? stdout).trim();
}

function report(parts: Readonly<Record<string, string>>): void {
  writeFileSync(
    reportFile,
    Object.entries(parts)
      .map(([heading, text]) => `## ${heading}\n${text}\n`)
      .join(''),
  );
}

if (id.endsWith('-reproduce')) {
  const path = 'test/cart.test.js';
  writeFileSync(path, `${readFileSync(path, 'utf8')}${plain}() => assert.equal(mean([]), '0.00'));\n`);
  const printed = runTests();
  edit(path, plain, marked);
  report({ Test: '`an empty cart` in test/cart.test.js', Printed: printed, Cause: 'src/cart.js:2 divides by nothing' });
} else if (id.endsWith('-mend')) {
  if (!handed('/reproduce.md').includes('src/cart.js:2')) throw new Error('the cause was not handed down');
  edit('test/cart.test.js', marked, plain);
  edit('src/cart.js', '/ items.length', '/ (items.length || 1)');
  report({ Changed: 'src/cart.js', Seen: runTests() || 'Nowhere else.' });
} else {
  const told = handed('/reproduce.md').includes("'NaN'") && handed('/mend.patch').includes('items.length || 1');
  edit('src/cart.js', '/ (items.length || 1)', '/ items.length');
  const seen = runTests();
  edit('src/cart.js', '/ items.length', '/ (items.length || 1)');
  report({ Findings: told ? 'None.' : 'Something is missing in refs/.', Tried: `The mend taken back: ${seen}` });
}
