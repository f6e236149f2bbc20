// Paths outside the room are not there, or not writable. Each row's line ends with 0 when it got through.
import type { Row } from '../row.ts';

const connect = (to: string): string =>
  `node -e "require('net').connect(${to}).on('connect',()=>process.exit(0)).on('error',()=>process.exit(1))"`;

const outside: readonly (readonly [name: string, line: string])[] = [
  ['edit its own card', 'echo "# mine" >> "$WS/roles/coder.md"'],
  ['make a role', 'echo "---" > "$WS/roles/new.md"'],
  ['edit the settings', 'echo "runs: 64" >> "$WS/fourline.yaml"'],
  ['put an order into an inbox', 'echo x > "$WS/inbox/coder/.hidden"'],
  ["read another role's inbox", 'ls "$WS/inbox/operator"'],
  ['forge a journal line', 'echo "{}" >> "$WS/state/journal.jsonl"'],
  ['read the journal', 'head -c 1 "$WS/state/journal.jsonl" > /dev/null'],
  ['ask the daemon to cancel an order', 'echo x > "$WS/state/requests/.x"'],
  ['touch the ledger', 'touch "$WS/state/ledger.git/x"'],
  ['touch the mirror', 'touch "$WS/state/git/shop.git/x"'],
  [
    'move a ref of the mirror',
    'git --git-dir="$WS/state/git/shop.git" update-ref refs/heads/x "$(git rev-parse HEAD)"',
  ],
  [
    'commit in the target itself',
    'git -C "$WS/repos/shop" -c user.name=x -c user.email=x@x commit -q --allow-empty -m forged',
  ],
  ["move the target's branch", 'git -C "$WS/repos/shop" update-ref refs/heads/stolen HEAD'],
  ['push into the target', 'git push -q "$WS/repos/shop" HEAD:refs/heads/pushed'],
  ["edit the target's packed refs", 'echo "# x" >> "$WS/repos/shop/.git/packed-refs"'],
  [
    'plant a hook in the target',
    'test -d "$WS/repos/shop/.git" && mkdir -p "$WS/repos/shop/.git/hooks" && echo x > "$WS/repos/shop/.git/hooks/post-merge"',
  ],
  ["set a program in the target's config", 'git -C "$WS/repos/shop" config core.pager "sh -c id"'],
  [
    'plant a graft in the target',
    'test -d "$WS/repos/shop/.git" && mkdir -p "$WS/repos/shop/.git/info" && echo x > "$WS/repos/shop/.git/info/grafts"',
  ],
  ["write over the target's work tree", 'echo x >> "$WS/repos/shop/src/a.ts"'],
  ["read the target's untracked secrets", 'cat "$WS/repos/shop/.env"'],
  ['read a repository the order does not name', 'ls "$WS/repos/vault/.git"'],
  ["read a file of the operator's", 'cat "$OUT/secret"'],
  ['write beside the workspace', 'touch "$OUT/made"'],
  ['climb out of the room by ..', 'cat ../../../../../../../../../../../../../../../../"$OUT/secret"'],
  ['take the way over /proc/self/root', 'cat "/proc/self/root$OUT/secret"'],
  ['take the way over its own working directory', 'cat "/proc/self/cwd/../../../$OUT/secret"'],
  ['follow a link out of the room', 'ln -s "$OUT" out && cat out/secret; R=$?; rm -f out; exit $R'],
  [
    'copy a file from outside by the dynamic loader',
    '"$(ls /lib*/ld-linux-*.so.* | head -n 1)" /bin/cat "$OUT/secret"',
  ],
  ['see the rooms of others', 'ls "$XDG/fourline/rooms"'],
  ['write beside its room', 'touch "$XDG/fourline/rooms/x"'],
  [
    'write into the checkout that rooms share',
    'for one in "$XDG"/fourline/checkouts/*/shop/*/tree/src/a.ts; do echo x >> "$one"; done',
  ],
  ["read the host's accounts", 'grep -q "^root:" /etc/passwd'],
  ['see a log or spool of the host', 'test -d /var/log'],
  ['connect to a unix socket in the file system', connect("process.env.OUT+'/agent'")],
];

const homes: readonly (readonly [name: string, line: string])[] = [
  ["add to the operator's shell start-up", 'echo id >> "$HOME/.bashrc" && grep -q operator "$HOME/.bashrc"'],
  ["read the operator's key", 'grep -q KEY "$HOME/.ssh/id_ed25519"'],
  ["add a key to the operator's", 'test -d "$HOME/.ssh" && touch "$HOME/.ssh/authorized_keys"'],
  ["read the operator's registry token", 'grep -q TOKEN "$HOME/.npmrc"'],
  [
    "set a program in the operator's git config",
    'grep -q operator "$HOME/.gitconfig" && git config --global core.pager id',
  ],
];

export const mounts: readonly Row[] = [
  ...outside.map(([name, line]): Row => ({ name, layers: ['minimal root', 'a uid of its own'], line })),
  {
    name: "read the host's shadow",
    layers: ['minimal root', 'a uid of its own'],
    only: 'root',
    line: 'head -c 1 /etc/shadow',
  },
  { name: 'see the home of root', layers: ['minimal root', 'a uid of its own'], only: 'root', line: 'ls /root' },
  ...homes.map(([name, line]): Row => ({ name, layers: ['own HOME', 'a uid of its own'], line })),
  {
    name: 'write into /usr',
    layers: ['read-only system', 'a uid of its own'],
    only: 'root',
    line: 'touch /usr/fourline-test && rm /usr/fourline-test',
  },
  {
    name: 'replace a program of the system',
    layers: ['read-only system', 'a uid of its own'],
    only: 'root',
    line: 'echo x > /usr/local/fourline-test && rm /usr/local/fourline-test',
  },
  { name: 'write into /', layers: ['read-only root'], line: 'touch /fourline-test' },
  { name: 'write beside what it was given', layers: ['read-only root'], line: 'touch /fourline/x' },
  {
    name: 'add an account',
    layers: ['read-only accounts', 'a uid of its own'],
    line: 'echo "x:x:0:0::/:/bin/sh" >> /etc/passwd',
  },
  { name: 'add a group', layers: ['read-only accounts', 'a uid of its own'], line: 'echo "x:x:0:" >> /etc/group' },
  {
    name: "write into the mirror by the decoy's alternates",
    layers: ['read-only readables', 'a uid of its own'],
    line: 'touch "$(cat .git/objects/info/alternates)/x"',
  },
  {
    name: 'overwrite an object of the mirror',
    layers: ['read-only readables', 'a uid of its own'],
    line: 'cd "$(cat .git/objects/info/alternates)" && F="$(find . -type f | head -n 1)" && chmod u+w "$F" && touch "$F"',
  },
  {
    name: 'edit the program it was started with',
    layers: ['read-only readables', 'a uid of its own'],
    line: 'echo "# x" >> /fourline/given/0/attack.sh',
  },
  {
    name: 'steer the kernel by core_pattern',
    layers: ['read-only /proc/sys', 'a uid of its own'],
    only: 'root',
    line: 'test -w /proc/sys/kernel/core_pattern',
  },
  {
    name: 'write a sysctl',
    layers: ['read-only /proc/sys', 'a uid of its own'],
    only: 'root',
    line: 'test -w /proc/sys/vm/overcommit_memory',
  },
  { name: "see the host's kernel log", layers: ['own /dev'], line: 'test -e /dev/kmsg' },
  {
    name: "leave a file in the host's shared memory",
    layers: ['own /dev'],
    line: 'test -e "/dev/shm/$KEY" && touch "/dev/shm/$KEY.left" && rm "/dev/shm/$KEY.left"',
  },
  { name: "read the host's shared memory", layers: ['own /dev'], line: 'test -e "/dev/shm/$KEY"' },
  { name: "read a file in the host's /tmp", layers: ['own /tmp'], line: 'test -e "/tmp/$KEY"' },
  {
    name: "connect to a socket in the host's /tmp",
    layers: ['own /tmp'],
    line: connect("'/tmp/'+process.env.KEY+'.socket'"),
  },
  {
    name: "leave a file in the host's /tmp",
    layers: ['own /tmp'],
    line: 'touch "/tmp/$KEY.left" && rm "/tmp/$KEY.left" && test -e "/tmp/$KEY"',
  },
  // Certificates are read one by one, and the kernel's tables not at all.
  ...['kallsyms', 'keys', 'key-users', 'cmdline', 'interrupts'].map(
    (name): Row => ({
      name: `read the kernel's table ${name}`,
      layers: ['tables covered'],
      line: `test -r /proc/${name} && head -c 1 /proc/${name} > /dev/null`,
    }),
  ),
  {
    name: "look into a folder of the kernel's",
    layers: ['tables covered'],
    line: 'test -n "$(ls -A /proc/irq)"',
  },
  {
    name: 'see more of /etc/ssl than single certificates',
    layers: ['single certificates'],
    line: 'test "$(find /etc/ssl | wc -l)" -gt 12',
  },
];
