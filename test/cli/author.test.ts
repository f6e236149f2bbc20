// The git commands that are proposed for a role's work show its work alone, also beside a role whose name begins or
// ends alike.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { card, openOffice, order } from '../kit/office.ts';

const coder = card('- shell: echo more >> src/a.ts', 'write: |\n  repos/*/src/**');

test.each([['audit'], ['log', 'coder']])('what %s proposes shows one role alone', async (...command) => {
  const names = ['coder', 'coder2', 'my-coder'];
  const office = await openOffice(Object.fromEntries(names.map((name) => [name, coder])));
  await office.repository('shop', { 'src/a.ts': '1\n' });
  for (const name of names) {
    await office.write(`inbox/${name}/${name}.md`, order(['src/a.ts'], { objective: `Work of ${name}.` }));
    await office.work();
  }
  const { out } = await office.fourline(...command);
  const proposed = /git -C \S+ log --author=.*$/m.exec(out)?.[0].replace('<repo>', 'shop') ?? '';
  const log = execFileSync('sh', ['-c', `${proposed} --format=%an`], { cwd: office.root, encoding: 'utf8' });
  expect([...new Set(log.trim().split('\n'))]).toEqual(['coder']);
});
