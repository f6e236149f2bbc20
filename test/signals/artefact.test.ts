// A routing role's orders may hold some texts; others are another's work: a table of texts.
import { expect, test } from 'vitest';
import { findArtefacts } from '../../src/signals/artefact.ts';

const fence = '```';
const fenced = (word: string, ...lines: string[]): string => [`${fence}${word}`, ...lines, fence].join('\n');
const kindsOf = (text: string): string[] => findArtefacts(text).map((one) => `${one.line} ${one.kind}`);

test.each([
  ['a fence that names a language', fenced('ts', 'export const limit = 20;'), ['2 code']],
  ['a fence of python', fenced('python', 'limit = 20'), ['2 code']],
  ['a fence with an attribute', fenced('js title=src/a.js', 'go();'), ['2 code']],
  ['a fence of a made-up language', fenced('elixir', 'IO.puts 1'), ['2 code']],
  ['a fence that begins with an empty line', fenced('go', '', 'x := 1'), ['3 code']],
  [
    'a fence without a language that holds code',
    fenced('', 'function login(name) {', '  return true', '}'),
    ['2 code'],
  ],
  ['a fence without a language, loosely code', fenced('', 'total = 1', 'print(total)'), ['3 code']],
  ['a fence of text that holds SQL', fenced('text', 'Use:', 'SELECT id FROM users'), ['3 SQL']],
  ['a fence that is never closed', '```rust\nfn main() {', ['2 code']],
  ['tildes', '~~~java\nint x = 1;\n~~~', ['2 code']],
  ['four backticks around three', '````ts\n```\nconst a = 1;\n```\n````', ['2 code']],
  ['a fence in a bullet', '- do this:\n\n  ```ts\n  const a = 1;\n  ```', ['4 code']],
  ['a fence in a quotation', '> ```ts\n> const a = 1;\n> ```', ['2 code']],
  ['a fence of a diff', fenced('diff', '-a', '+b'), ['2 diff']],
  ['a fence of SQL', fenced('sql', 'VACUUM users'), ['2 SQL']],
  ['a script in a shell fence', fenced('sh', 'npm ci', 'for f in src/*; do mv $f lib/; done'), ['3 code']],
  ['an edit in place in a shell fence', fenced('bash', "sed -i 's/1/2/' src/a.ts"), ['2 code']],
  ['a here-document', fenced('sh', "cat > src/a.ts <<'EOF'", 'export {}', 'EOF'), ['2 code']],
  ['a file written by echo', fenced('console', '$ echo "export const a = 2" > src/a.ts'), ['2 code']],
  ['a hunk', 'Apply:\n@@ -1,3 +1,4 @@\n a\n-b\n+c', ['2 diff']],
  ['a hunk with a function name', '@@ -1 +1 @@ function login()\n-1\n+2', ['1 diff']],
  ['a diff of git, once', 'diff --git a/x b/x\nindex 1..2\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2', ['1 diff']],
  ['the heads of a diff', '--- src/a.ts\n+++ src/a.ts', ['1 diff']],
  ['a patch for an apply tool', '*** Begin Patch\n*** Update File: src/a.ts', ['1 diff']],
  ['SQL in capitals', '**Objective:** SELECT name FROM users WHERE id = 1', ['1 SQL']],
  ['SQL in a span', 'Run the query `SELECT name FROM users` there.', ['1 SQL']],
  ['SQL that leads a bullet', '- `SELECT name FROM users` gives 3 rows', ['1 SQL']],
  ['an insertion', '- INSERT INTO users (id) VALUES (1)', ['1 SQL']],
  ['a table', 'CREATE TABLE users (\n  id int\n);', ['1 SQL']],
  ['a query over lines', 'SELECT id, name\nFROM users\nWHERE age > 3;', ['1 SQL']],
  ['its verb alone', 'Run:\n\nselect\n  id,\n  count(*)\nfrom users u\ngroup by id', ['3 SQL']],
  ['a query over bullets', '- SELECT id\n- FROM users\n- WHERE id = 1', ['1 SQL']],
  ['a query in a quotation', '> select id\n> from "Users"', ['1 SQL']],
  ['an update over lines', 'update users\nset name = 1\nwhere id = 2', ['1 SQL']],
  ['an insertion over lines', 'insert into users (id, name)\nvalues (1, 2)', ['1 SQL']],
  ['a deletion over lines', 'delete from users\nwhere id = 1', ['1 SQL']],
  ['a table in small letters', 'create table users\n(\n  id serial,\n  name text\n)', ['1 SQL']],
  ['a named query', 'with old as (\n  select id from users\n)', ['1 SQL']],
  ['a fence of nothing that holds a query over lines', fenced('', 'select id', 'from users'), ['2 SQL']],
  ['two statements', 'select id\nfrom users;\nselect id\nfrom shops;', ['1 SQL']],
  ['a column', 'ALTER TABLE users ADD COLUMN age int;', ['1 SQL']],
  ['a dropped table', 'drop table if exists users;', ['1 SQL']],
  ['an update', 'UPDATE users SET name = 1 WHERE id = 2', ['1 SQL']],
  ['a deletion', 'DELETE FROM users', ['1 SQL']],
  ['small letters with a condition', 'select id from users where id = 1', ['1 SQL']],
  ['small letters with an end', 'select * from users;', ['1 SQL']],
  ['small letters with values', 'insert into users (id) values (1)', ['1 SQL']],
  ['a declaration', 'const limit = 20;', ['1 code']],
  ['a declaration in a bullet', '- export const limit: number = 20', ['1 code']],
  ['a destructured declaration', 'const { a, b } = load();', ['1 code']],
  ['an arrow function in a span', 'Write `const total = items.reduce((a, b) => a + b, 0);` there.', ['1 code']],
  ['a function, once', 'function login(name) {\n  return name === "a";\n}', ['1 code']],
  ['an async function', 'async function load() {', ['1 code']],
  ['a method of a class in python', 'def login(self, name):\n    return True', ['1 code']],
  ['a class', 'export class Login {', ['1 code']],
  ['a class in python', 'class Login(Base):', ['1 code']],
  ['a type', "type Answer = 'yes' | 'no';", ['1 code']],
  ['an interface', 'interface Login { name: string }', ['1 code']],
  ['an import', "import { login } from '../src/login.js';", ['1 code']],
  ['an import of python', 'from shop.login import login', ['1 code']],
  ['a condition', 'if (name === "") throw new Error("empty");', ['1 code']],
  ['a loop of python', 'for user in users.all(x):', ['1 code']],
  ['a call with an end', 'app.use(login());', ['1 code']],
  ['a callback', "test('login', () => {", ['1 code']],
  ['an awaited call', 'await store.save(user);', ['1 code']],
  ['a function of rust', 'pub fn login(name: &str) -> bool {', ['1 code']],
  ['a function of go', 'func (s *Store) Login(name string) bool {', ['1 code']],
  ['an include', '#include <stdio.h>', ['1 code']],
  ['markup', '<div class="login"><input name="user"></div>', ['1 code']],
  ['a script', '#!/usr/bin/env bash', ['1 code']],
  ['windows line ends', '```ts\r\nconst a = 1;\r\n```\r\n', ['2 code']],
  ['code behind front matter', '---\nid: 0001-a\n---\n\nconst a = 1;', ['5 code']],
  ['two apart', 'const a = 1;\n\nThen:\n\nSELECT a FROM b', ['1 code', '5 SQL']],
])('%s is found', (_, text, expected) => {
  expect(kindsOf(text)).toEqual(expected);
});

const order = `---
id: 0007-add-login
from: coordinator
after: [0006-schema]
---

**Objective:** Users can log in with a name and a password.

**Acceptance:**
- \`node --test test/login.test.js\` passes
- \`node -e "const a = require('./src/a'); if (a.limit !== 20) throw new Error('limit');"\` passes
- \`psql -c "SELECT count(*) FROM users WHERE name = 'a'"\` prints 1
- \`npm ci && npm test\` passes
- \`login(name, password)\` gives a boolean; \`limit\` is 20
- an unknown name and a wrong password give the same answer

**Files:**
- src/login.js
- src/**/*.sql
- test/login.test.js

**Branching:** halt-with-note, route-to-auditor
`;

test.each([
  ['an order', order],
  ['an order with labels as headings', '### Objective\nThe value is 2.\n\n### Files\n- src/a.ts\n- src/[id]/page.tsx'],
  ['nothing', ''],
  ['a fence of output', fenced('text', 'login: ok', 'total 3')],
  ['a fence of JSON', fenced('json', '{ "name": "a" }')],
  ['JSON in a fence without a language', fenced('', '{', '  "name": "a",', '  "list": []', '}')],
  ['a fence of settings', fenced('yaml', 'runs: 4')],
  ['prose in a fence without a language', fenced('', 'Weapons: 80', 'Each has a name, a weight and a price.')],
  ['numbers in a fence', fenced('', 'weapons = 80', 'rooms = 12')],
  [
    'a call or two among prose in a fence',
    fenced('', 'Names:', 'login(name)', 'logout()', 'Each gives an answer', 'that is yes or no', 'to whoever asks'),
  ],
  ['a tree in a fence', fenced('', 'src/', '  login.js', 'test/')],
  ['commands in a shell fence', fenced('sh', 'npm ci', '$ node --test test/login.test.js', 'git log --oneline | head')],
  ['a session', fenced('console', '$ npm test > /dev/null 2>&1', 'ok 3')],
  ['an empty fence', fenced('ts', '', '')],
  ['a name in backticks', 'Rename `loginUser` to `login`, in `src/login.js`.'],
  ['a signature in backticks', 'It is called as `login(name: string): boolean`.'],
  ['a command that could be code', '- `LIMIT=20 node test/check.js;` passes'],
  ['a short declaration in backticks', 'So that `let limit = 20;` holds.'],
  ['a short assignment in backticks', 'So that `limit = 20` holds.'],
  ['a word of SQL', 'Select a plan from the list, update the user and delete the rest from it.'],
  ['small words of SQL', 'select a plan from the list of plans'],
  ['prose that breaks where SQL would', 'Select a plan\nfrom the list, and update\nset names where they are missing.'],
  ['prose that begins with a verb of SQL', 'Update users\nso that names are set.\n\nDelete\nwhere it is not used'],
  ['a bullet each', '- Select plans\n- from scratch, with the others'],
  ['an instruction with SQL words', 'Update users so that names are set; insert into the list what is missing.'],
  ['a table to create, in prose', 'Create a table for users with a name and an age.'],
  ['create table in small letters, in prose', 'create table names that people can read'],
  ['an import, in prose', 'Import users from the file.'],
  ['a class, in prose', 'Class sizes are as follows: 20 and 30.'],
  ['classes, in prose', 'class sizes, as they are:'],
  ['a condition, in prose', 'If the name is empty, the answer is no.'],
  ['a condition that ends in a colon', 'If the name is empty, say so:'],
  ['let', 'Let users = everybody who has an account.'],
  ['a return, in prose', 'Return the same answer for both.'],
  ['for each, in prose', 'For each user in the list:'],
  ['a function, in prose', 'The function login (see above) gives a boolean.'],
  ['a rule', 'Before\n\n---\n\nAfter'],
  ['bullets with plus signs', '+ one\n+ two\n- three'],
  ['a table of Markdown', '| name | limit |\n| --- | --- |\n| a | 20 |'],
  ['a link', 'See [the notes](docs/login.md) and <https://example.com/a?b=c>.'],
  ['numbers that must survive', '80 weapons, each with 6 stats (3-18), 12 rooms, 4 keys'],
  ['a semicolon in prose', 'Names are case-sensitive; passwords are too;'],
  ['a comment of HTML', '<!-- the coder knows why -->'],
  ['an e-mail address and a handle', '@dana asked for it, dana@example.com'],
])('in %s nothing is found', (_, text) => {
  expect(findArtefacts(text)).toEqual([]);
});

test('the line is quoted as it stands', () => {
  expect(findArtefacts('Do:\n\n```ts\n  const a = 1;\n```')).toEqual([{ line: 4, kind: 'code', text: 'const a = 1;' }]);
});

test.each([
  ['backticks', '`'.repeat(200_000)],
  ['open brackets', `const {${'a,'.repeat(100_000)}`],
  ['a call without an end', `a(${'(x)=>'.repeat(40_000)}`],
  ['spaces', `${' '.repeat(200_000)}x`],
  ['many fences', '```\n'.repeat(20_001)],
  ['list marks', `${'- '.repeat(100_000)}x`],
  ['select', `select ${'a, '.repeat(60_000)}`],
])('%s without end are looked at all the same', (_, text) => {
  expect(findArtefacts(text).length).toBeLessThan(3);
});
