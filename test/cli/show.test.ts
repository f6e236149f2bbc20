import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { card, cli, type Office, openOffice, order } from '../kit/office.ts';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const strayMail = '- shell: mkdir -p "$FOURLINE_ROOM/inbox/auditor"; echo x > "$FOURLINE_ROOM/inbox/auditor/x.md"';
const writes = 'write: |\n  repos/*/src/**';

// Standard output to the byte.
function bytesOf(office: Office, ...args: string[]): { bytes: Buffer; err: string; code: number | null } {
  const ended = spawnSync(process.execPath, [cli, '-C', office.root, ...args], { env: office.env });
  return { bytes: ended.stdout, err: ended.stderr.toString(), code: ended.status };
}

function apply(office: Office, patch: Buffer, ...args: string[]): void {
  execFileSync('git', ['-C', `${office.root}/repos/shop`, 'apply', ...args], { input: patch, env: office.env });
}

async function latinOffice(steps: string): Promise<Office> {
  const office = await openOffice({ coder: card(steps, writes) });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  for (const path of ['src/menu.txt', 'old.txt']) await office.write(`repos/shop/${path}`, latin('café\nthé\n'));
  office.git('repos/shop', 'add', '-A');
  office.git('repos/shop', 'commit', '-q', '-m', 'menus');
  await office.write('inbox/coder/x.md', order(['src/**']));
  await office.work();
  return office;
}

test('a patch of a Latin-1 file goes through to the byte, and applies', async () => {
  const office = await latinOffice(
    `- shell: printf 'cr\\350me\\n' >> src/menu.txt; printf 'cr\\350me\\n' >> old.txt\n${strayMail}`,
  );
  const refused = bytesOf(office, 'show', '1', '--refused');
  expect(refused.code).toBe(0);
  expect(refused.bytes.includes(latin('+crème\n'))).toBe(true);
  apply(office, refused.bytes);
  expect(await office.read('repos/shop/old.txt').then((text) => text.split('\n').length)).toBe(4);
  const landed = bytesOf(office, 'show', '1', '--diff');
  expect(landed.bytes.includes(latin(' café\n'))).toBe(true);
  apply(office, landed.bytes, '-R', '--check');
  for (const [option, { bytes }] of [['--refused', refused] as const, ['--diff', landed] as const]) {
    const json = JSON.parse((await office.fourline('show', '1', option, '--json')).out);
    expect(Buffer.from(json.base64, 'base64').equals(bytes)).toBe(true);
    expect(json.text).toBe(bytes.toString());
  }
});

test('what no patch can hold is named after the patch, on standard error', async () => {
  const office = await latinOffice(`- write: old.txt\n  text: new\n${strayMail}`);
  const refused = bytesOf(office, 'show', '1', '--refused');
  expect(refused.bytes.toString()).toMatch(/^diff --git /);
  expect(refused.bytes.toString()).not.toContain('auditor');
  expect(refused.err).toMatch(
    /kept besides[^\n]*\/0001-x\/refused:\n +0001-inbox_auditor_x\.md +added +inbox\/auditor\/x\.md/,
  );
  const json = JSON.parse((await office.fourline('show', '1', '--refused', '--json')).out);
  expect(json.kept).toMatchObject([{ what: 'added', path: 'inbox/auditor/x.md' }]);
  expect(await office.read(json.kept[0].file.slice(office.root.length + 1))).toBe('x\n');
});

test('without a patch the list of what is kept is the answer', async () => {
  const office = await latinOffice(strayMail);
  const refused = await office.fourline('show', '1', '--refused');
  expect(refused.code).toBe(0);
  expect(refused.out).toMatch(
    /^kept, as no patch can hold it, in \S+\/refused:\n +0001-inbox_auditor_x\.md +added +inbox\/auditor\/x\.md/,
  );
  const json = JSON.parse((await office.fourline('show', '1', '--refused', '--json')).out);
  expect(json).toMatchObject({ text: null, base64: null, kept: [{ path: 'inbox/auditor/x.md' }] });
});

test('where nothing was refused there is nothing to show', async () => {
  const office = await latinOffice('- write: src/a.ts\n  text: "2"');
  const refused = await office.fourline('show', '1', '--refused');
  expect(refused).toMatchObject({ code: 1, out: '', err: 'nothing was refused\n' });
});

describe('a patch of 3 MB', () => {
  async function piped(reader: string): Promise<string> {
    const office = await latinOffice('- shell: head -c 2300000 /dev/urandom | base64 > big.txt');
    const line = `set -o pipefail; "$0" "$@" | ${reader}; echo "status $?"`;
    const args = ['-c', line, process.execPath, cli, '-C', office.root, 'show', '1', '--refused'];
    const ended = spawnSync('bash', args, { env: office.env, cwd: `${office.root}/repos/shop` });
    return `${ended.stderr.toString()}${ended.stdout.toString()}`;
  }

  test('goes whole through a pipe', async () => {
    expect(await piped('git apply')).toBe('status 0\n');
  });

  test('whose reader closes early ends quietly', async () => {
    expect(await piped('head -c 5')).toBe('diff status 0\n');
  });
});
