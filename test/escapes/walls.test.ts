import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { type Office, openOffice, order } from '../kit/office.ts';

/** One attack: a shell line, run by an agent in its room, that ends with 0 when it got through. `$WS` is the workspace, `$OUT` a folder outside it. */
type Escape = { readonly name: string; readonly layer: string; readonly line: string };

const escapes: readonly Escape[] = [
  // What is outside is not there, or not writable.
  { name: 'edit its own card', layer: 'mounts', line: 'echo "# mine" >> "$WS/roles/coder.md"' },
  { name: 'edit the settings', layer: 'mounts', line: 'echo "runs: 64" >> "$WS/fourline.yaml"' },
  { name: 'put an order into an inbox', layer: 'mounts', line: 'echo x > "$WS/inbox/coder/.hidden"' },
  { name: "read another role's inbox", layer: 'mounts', line: 'ls "$WS/inbox/operator"' },
  { name: 'forge a journal line', layer: 'mounts', line: 'echo "{}" >> "$WS/state/journal.jsonl"' },
  { name: 'read the journal', layer: 'mounts', line: 'head -c 1 "$WS/state/journal.jsonl" > /dev/null' },
  { name: 'touch the ledger', layer: 'mounts', line: 'touch "$WS/state/ledger.git/x"' },
  { name: 'touch the mirror', layer: 'mounts', line: 'touch "$WS/state/git/shop.git/x"' },
  {
    name: "write into the mirror by the decoy's alternates",
    layer: 'mounts',
    line: 'touch "$(cat .git/objects/info/alternates)/x"',
  },
  {
    name: 'commit in the target itself',
    layer: 'mounts',
    line: 'git -C "$WS/repos/shop" -c user.name=x -c user.email=x@x commit -q --allow-empty -m forged',
  },
  {
    name: "move the target's branch",
    layer: 'mounts',
    line: 'git -C "$WS/repos/shop" update-ref refs/heads/stolen HEAD',
  },
  {
    name: 'plant a hook in the target',
    layer: 'mounts',
    line: 'echo x > "$WS/repos/shop/.git/post-commit"',
  },
  { name: "write over the target's work tree", layer: 'mounts', line: 'echo x >> "$WS/repos/shop/src/a.ts"' },
  { name: "read the target's untracked secrets", layer: 'mounts', line: 'cat "$WS/repos/shop/.env"' },
  { name: "read a file of the operator's", layer: 'mounts', line: 'cat "$OUT/secret"' },
  { name: 'write beside the workspace', layer: 'mounts', line: 'touch "$OUT/made"' },
  { name: 'climb out of the room by ..', layer: 'mounts', line: 'cat ../../../../../../../../../../"$OUT/secret"' },
  {
    name: 'follow a link out of the room',
    layer: 'mounts',
    line: 'ln -s "$OUT" out && cat out/secret; R=$?; rm -f out; exit $R',
  },
  {
    name: 'hard-link a file from outside into the room',
    layer: 'mounts',
    line: 'ln "$OUT/secret" hard; R=$?; rm -f hard; exit $R',
  },
  {
    name: 'see the rooms of others',
    layer: 'mounts',
    line: 'test "$(dirname "$FOURLINE_ROOM")" != / && ls "$(dirname "$FOURLINE_ROOM")/.."',
  },
  { name: 'write into /etc', layer: 'mounts', line: 'touch /etc/fourline-test && rm /etc/fourline-test' },
  { name: 'write into /usr', layer: 'mounts', line: 'touch /usr/local/fourline-test && rm /usr/local/fourline-test' },
  { name: 'write into /', layer: 'mounts', line: 'touch /fourline-test && rm /fourline-test' },
  { name: "read the host's accounts", layer: 'mounts', line: 'grep -q "^root:" /etc/passwd' },
  { name: "read the host's shadow", layer: 'mounts', line: 'test -r /etc/shadow' },
  { name: 'see the home of root', layer: 'mounts', line: 'test -d /root' },
  { name: 'reach a log or spool of the host', layer: 'mounts', line: 'test -d /var/log' },
  { name: "leave a file in the host's /tmp", layer: 'mounts', line: 'test -e "$OUT/../" ' },
  { name: 'steer the kernel by core_pattern', layer: 'proc', line: 'test -w /proc/sys/kernel/core_pattern' },
  { name: 'write a sysctl', layer: 'proc', line: 'test -w /proc/sys/vm/overcommit_memory' },
  // Nobody else is there.
  { name: 'see the harness', layer: 'pid', line: 'test -d "/proc/$HARNESS/fd"' },
  { name: 'signal the harness', layer: 'pid', line: 'kill -0 "$HARNESS"' },
  { name: "read the harness's environment", layer: 'pid', line: 'test -r "/proc/$HARNESS/environ"' },
  {
    name: "reach the host's root by the first process",
    layer: 'pid',
    line: 'test -e "/proc/$HARNESS/root$OUT/secret"',
  },
  {
    name: "find the secret in any process's environment",
    layer: 'pid',
    line: 'cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n" | grep -q "^HOUSE_SECRET="',
  },
  { name: 'see more than a handful of processes', layer: 'pid', line: 'test "$(ls -d /proc/[0-9]* | wc -l)" -gt 12' },
  // Nobody to talk to.
  {
    name: 'connect to a server on this machine',
    layer: 'net',
    line: "node -e \"require('net').connect($PORT,'127.0.0.1').on('connect',()=>process.exit(0)).on('error',()=>process.exit(1))\"",
  },
  {
    name: 'connect to a unix socket in the file system',
    layer: 'mounts',
    line: "node -e \"require('net').connect(process.env.OUT+'/socket').on('connect',()=>process.exit(0)).on('error',()=>process.exit(1))\"",
  },
  {
    name: 'connect to an abstract unix socket',
    layer: 'net',
    line: "node -e \"require('net').connect('\\0'+process.env.ABSTRACT).on('connect',()=>process.exit(0)).on('error',()=>process.exit(1))\"",
  },
  {
    name: 'see a network interface beside loopback, or a loopback that is up',
    layer: 'net',
    line: 'test "$(tail -n +3 /proc/net/dev | wc -l)" -gt 1 || test "$(wc -l < /proc/net/route)" -gt 1 || test "$(cat /proc/net/tcp | wc -l)" -gt 1',
  },
  // Nothing to gain.
  { name: 'be root', layer: 'user', line: 'test "$(id -u)" = 0' },
  { name: 'have a capability', layer: 'caps', line: '! grep -q "^CapEff:.*0000000000000000$" /proc/self/status' },
  {
    name: 'have capabilities to gain',
    layer: 'caps',
    line: '! grep -q "^CapBnd:.*0000000000000000$" /proc/self/status',
  },
  { name: 'gain privileges by a setuid program', layer: 'user', line: 'grep -q "^NoNewPrivs:.*0$" /proc/self/status' },
  { name: 'mount something', layer: 'caps', line: 'mkdir -p m && mount -t tmpfs none m && umount m' },
  { name: 'make a device', layer: 'caps', line: 'mknod dev b 7 0; R=$?; rm -f dev; exit $R' },
  { name: 'change the owner of a file', layer: 'caps', line: 'touch own && chown 12345 own; R=$?; rm -f own; exit $R' },
  { name: "see the host's name", layer: 'uts', line: 'test "$(uname -n)" = "$HOSTNAME_OF_HOST"' },
  {
    name: "see a block device or the host's memory",
    layer: 'dev',
    line: 'ls /dev/sd* /dev/vd* /dev/mem /dev/kmsg 2>/dev/null | grep -q .',
  },
  { name: "see a shared memory segment of the host's", layer: 'mounts', line: 'test -e "/dev/shm/$SHARED"' },
  // Nothing that was not named.
  { name: 'have a variable that the card does not name', layer: 'env', line: 'test -n "$HOUSE_SECRET$SECRET_FILE"' },
  { name: "have the operator's HOME", layer: 'env', line: 'test "$HOME" = "$HOME_OF_OPERATOR"' },
];

// What the environment keeps from an agent is kept without walls as well; those rows prove their own layer, not this one.
const alsoWithout = new Set(['env']);

function script(values: Readonly<Record<string, string>>): string {
  const set = Object.entries(values).map(([name, value]) => `export ${name}='${value}'`);
  const rows = escapes.map(
    (one, index) =>
      `( cd "$HERE"; ${one.line} ) > /dev/null 2>&1 && echo "ROW ${index} through" || echo "ROW ${index} held"`,
  );
  return ['HERE=$PWD', ...set, ...rows, 'setsid sleep 86399 > /dev/null 2>&1 &', 'echo changed > src/a.ts', ''].join(
    '\n',
  );
}

async function attack(sandbox: 'required' | 'off'): Promise<{ through: string[]; office: Office; walls: string }> {
  const office = await openOffice();
  const out = `${office.root}/../outside`;
  process.env['HOUSE_SECRET'] = 'x';
  const bearer = spawn('sleep', ['600'], { env: { HOUSE_SECRET: 'x' }, stdio: 'ignore' });
  onTestFinished(() => void bearer.kill());
  const shared = `fourline-${process.pid}-${sandbox}`;
  await office.write('../outside/secret', 'the secret\n');
  writeFileSync(`/dev/shm/${shared}`, 'x');
  onTestFinished(() => rmSync(`/dev/shm/${shared}`, { force: true }));
  const server = createServer((socket) => socket.end());
  const unix = createServer((socket) => socket.end());
  const abstract = createServer((socket) => socket.end());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  await new Promise<void>((done) => unix.listen(`${out}/socket`, done));
  await new Promise<void>((done) => abstract.listen(`\0${shared}`, done));
  onTestFinished(() => {
    for (const one of [server, unix, abstract]) one.close();
  });
  const port = (server.address() as { port: number }).port;
  const values = {
    WS: office.root,
    OUT: out,
    PORT: `${port}`,
    HARNESS: `${process.pid}`,
    ABSTRACT: shared,
    SHARED: shared,
    HOSTNAME_OF_HOST: hostname(),
    HOME_OF_OPERATOR: process.env['HOME'] ?? '',
  };
  await office.write('../outside/attack.sh', script(values));
  await office.write(
    'roles/coder.md',
    `---\nagent: command\ncommand: [sh, ${out}/attack.sh]\nwrite: |\n  repos/*/src/**\n---\nMischief.\n`,
  );
  await office.write('fourline.yaml', `sandbox: ${sandbox}\n`);
  await office.repository('shop', { 'src/a.ts': '1\n', '.gitignore': '.env\n' });
  await office.write('repos/shop/.env', 'TOKEN=1\n');
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  const transcript = await office.record('x', 'transcript.jsonl');
  const said = transcript
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { text?: string }).text ?? '')
    .join('');
  const rows = [...said.matchAll(/^ROW (\d+) (through|held)$/gm)];
  expect(rows).toHaveLength(escapes.length);
  const through = rows.filter((row) => row[2] === 'through').map((row) => escapes[Number(row[1])]?.name ?? '');
  const ran = (await office.read('state/journal.jsonl')).split('\n').filter((line) => line.includes('"step":"ran"'));
  return { through, office, walls: /"walls":"([^"]*)"/.exec(ran[0] ?? '')?.[1] ?? '' };
}

function sleepers(): number {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid) === 'sleep\u000086399\u0000').length;
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

test('with walls, none of these gets through, the work still lands, and nothing outlives the run', async () => {
  const { through, office, walls } = await attack('required');
  expect(through).toEqual([]);
  expect(walls).toMatch(/^bubblewrap \d/);
  expect((await office.standing('x')).outcome).toBe('done');
  expect(office.git('repos/shop', 'log', '--format=%an')).toBe('coder\ndana');
  expect(existsSync(`${office.root}/../outside/made`)).toBe(false);
  expect(sleepers()).toBe(0);
});

test('without walls each of them gets through, so each row proves something', async () => {
  const { through, walls } = await attack('off');
  const expected = escapes.filter((one) => !alsoWithout.has(one.layer)).map((one) => one.name);
  expect(expected.filter((name) => !through.includes(name))).toEqual([]);
  expect(walls).toBe('none: fourline.yaml says sandbox: off');
});
