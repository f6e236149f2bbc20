import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { openFourline } from '../../src/api.ts';
import { happenings } from '../../src/workspace/actions.ts';
import { openEar } from '../kit/ear.ts';
import { card, openOffice, order } from '../kit/office.ts';
import { blocksOf, textOf } from './document.ts';

const blocks = blocksOf(textOf('docs/telling.md'));

test('the examples for a desktop, Slack and a phone work as they stand', async () => {
  const [slack, phone] = [await openEar(), await openEar()];
  const office = await openOffice({
    asker: card(
      "- report: raw\n  text: |\n    ---\n    outcome: halt-with-note\n    note: '<b>which</b> one & why?'\n    ---\n    I stopped.",
    ),
    spender: card('- sleep: 60000', 'limits: { attempts: 1, minutes: 0.01 }'),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  for (const { info, lines } of blocks) {
    const title = /title=(\S+)/.exec(info)?.[1];
    if (info === 'yaml') await office.write('fourline.yaml', `sandbox: off\n${lines.join('\n')}\n`);
    if (title === undefined) continue;
    await office.write(title, `${lines.join('\n')}\n`);
    await chmod(`${office.root}/${title}`, 0o755);
  }
  const bin = `${office.root}/../bin`;
  await mkdir(bin);
  await writeFile(`${bin}/notify-send`, `#!/bin/sh\nprintf '%s\\n' "$@" > "${bin}/shown"\n`);
  await chmod(`${bin}/notify-send`, 0o755);
  await office.write('inbox/asker/a.md', order(['src/a.ts']));
  await office.write('inbox/spender/b.md', order(['src/a.ts']));
  const PATH = `${bin}:${dirname(process.execPath)}:${office.env['PATH'] ?? ''}`;
  const env = { ...office.env, PATH, TEAM_WEBHOOK: `${slack.url}/services/x`, PHONE_WEBHOOK: `${phone.url}/topic` };
  const said: string[] = [];
  const fourline = await openFourline(office.root, { env });
  await fourline.work({ once: true, on: ({ kind, detail }) => void (kind === 'trouble' && said.push(detail)) });
  expect(said).toEqual([]);
  const shown = (await readFile(`${bin}/shown`, 'utf8')).split('\n');
  expect(shown.slice(0, 3)).toEqual(['--app-name=fourline', '--', 'fourline: needs-you']);
  expect(shown[3]).toMatch(/^0001-a of asker ended without landing \(halted\): &lt;b>which&lt;\/b> one &amp; why\?$/);
  expect(slack.heard.map(({ path, body }) => `${path} ${(JSON.parse(body) as { text: string }).text}`)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^\/services\/x \*failed\* 0001-a of asker .*&lt;b&gt;which/)]),
  );
  expect(phone.heard).toMatchObject([
    { path: '/topic', headers: { title: 'fourline: budget' }, body: expect.stringContaining('0002-b of spender') },
  ]);
});

test('docs/telling.md and docs/schema/event.json name every event', async () => {
  const rows = [...textOf('docs/telling.md').matchAll(/^\| `([a-z-]+)` \| [^|]+\|$/gm)].map(([, name]) => name);
  const names = Object.keys(happenings);
  expect(rows.filter((name) => name !== 'terminal')).toEqual(names);
  const schema = JSON.parse(textOf('docs/schema/event.json')) as { properties: { event: { enum: string[] } } };
  expect(schema.properties.event.enum).toEqual([...names, 'left-out']);
});
