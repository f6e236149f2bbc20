import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { placesOf } from '../../src/places.ts';
import { listInboxes } from '../../src/record/inbox.ts';

test('an inbox is a folder or a link to one; none is hidden, and the operator has no role', async () => {
  const root = await mkdtemp(`${tmpdir()}/inboxes-`);
  const places = placesOf(root, '', '');
  expect(await listInboxes(places)).toEqual([]);
  for (const name of ['tester', 'coder', 'operator', '.git']) await mkdir(`${root}/inbox/${name}`, { recursive: true });
  await writeFile(`${root}/inbox/notes.md`, '');
  await symlink('coder', `${root}/inbox/alias`);
  await symlink('nowhere', `${root}/inbox/broken`);
  await symlink('notes.md', `${root}/inbox/linked`);
  expect(await listInboxes(places)).toEqual(['alias', 'coder', 'tester']);
});
