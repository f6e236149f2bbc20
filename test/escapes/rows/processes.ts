// Nobody else is there, nobody to talk to, nothing to gain, nothing that was not named.
import type { Row } from '../row.ts';
import { endSurvivors } from '../survivors.ts';

const connect = (to: string): string =>
  `node -e "require('net').connect(${to}).on('connect',()=>process.exit(0)).on('error',()=>process.exit(1))"`;
const stays =
  (index: number): NonNullable<Row['through']> =>
  () =>
    endSurvivors(`sleep\0${9000 + index}.${process.pid}\0`);
const sleep = (index: number): string => `sleep ${9000 + index}.$KEEPER`;

export const processes: readonly Row[] = [
  { name: 'see a process of the host', layers: ['own processes'], line: 'test -d "/proc/$BEARER/fd"' },
  { name: 'signal a process of the host', layers: ['own processes', 'a uid of its own'], line: 'kill -0 "$BEARER"' },
  {
    name: 'see more than a handful of processes',
    layers: ['own processes'],
    line: 'test "$(ls -d /proc/[0-9]* | wc -l)" -gt 12',
  },
  {
    name: "read the command line of the host's processes",
    layers: ['own processes'],
    line: 'cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -q "[s]tart --once"',
  },
  ...(
    [
      ["read a process's environment", 'grep -q HOUSE_SECRET "/proc/$BEARER/environ"'],
      [
        "find the secret in anybody's environment",
        'cat /proc/[0-9]*/environ | tr "\\0" "\\n" | grep -q "^HOUSE_SECRET=for-nobody"',
      ],
      ["reach the host's root by a process", 'test -e "/proc/$BEARER/root$OUT/secret"'],
      ['reach a file by the descriptor of a process', 'grep -q secret "/proc/$BEARER/fd/0"'],
      ["read a process's memory map", 'test -n "$(head -c 1 "/proc/$BEARER/maps")"'],
    ] as const
  ).map(
    ([name, line]): Row => ({
      name,
      layers: [
        'own processes',
        'own users',
        'no capabilities',
        'a uid of its own',
        'bounded watching',
        'users around overlays',
      ],
      only: 'root',
      line,
    }),
  ),
  {
    name: 'outlive the run by a session of its own',
    layers: ['own processes', 'marks of processes'],
    line: `setsid ${sleep(1)} &`,
    through: stays(1),
  },
  {
    name: 'outlive the run by forking twice',
    layers: ['own processes', 'marks of processes'],
    line: `( trap '' TERM HUP; setsid sh -c "setsid ${sleep(2)} &" & )`,
    through: stays(2),
  },
  {
    name: 'outlive the run without its mark',
    layers: ['own processes'],
    // Its mark is gone when it has become what it is to be.
    line: `env -i setsid ${sleep(3)} & until tr '\\0' ' ' </proc/$!/cmdline | grep -q ^sleep; do :; done`,
    through: stays(3),
  },
  {
    name: 'write through a descriptor that fourline was started with',
    layers: ['no inherited descriptors', 'a uid of its own'],
    line: 'touch /proc/self/fd/20/by-descriptor',
    through: (after) => after.has('out/by-descriptor'),
  },
  // Nobody to talk to.
  {
    name: 'connect to a server on this machine',
    layers: ['own network'],
    line: connect("process.env.PORT,'127.0.0.1'"),
  },
  {
    name: 'connect to it by IPv4 in IPv6',
    layers: ['own network'],
    line: connect("process.env.PORT,'::ffff:127.0.0.1'"),
  },
  { name: 'connect to an abstract unix socket', layers: ['own network'], line: connect("'\\0'+process.env.KEY") },
  { name: "see the host's sockets", layers: ['own network'], line: 'grep -q "@$KEY" /proc/net/unix' },
  {
    name: "see the host's connections",
    layers: ['own network'],
    line: 'grep -q ":$(printf %04X "$PORT") " /proc/net/tcp',
  },
  {
    name: "take a port of the host's",
    layers: ['own network'],
    line: `node -e "require('net').createServer().listen(process.env.PORT,'127.0.0.1',()=>process.exit(1)).on('error',(error)=>process.exit(error.code==='EADDRINUSE'?0:1))"`,
  },
  {
    name: 'send a datagram to this machine',
    layers: ['own network'],
    line: `node -e "const s=require('dgram').createSocket('udp4');s.send('x',process.env.PORT_UDP,'127.0.0.1',()=>s.close())"`,
    through: (after) => after.read('out/heard') !== '',
  },
  {
    name: "see the host's shared memory segments",
    layers: ['own ipc'],
    line: 'grep -q " $SEGMENT " /proc/sysvipc/shm',
  },
  { name: "read the host's message queues", layers: ['own ipc'], line: 'ipcs -q -i "$QUEUE" | grep -q msqid' },
  {
    name: "take away a message queue of the host's",
    layers: ['own ipc', 'a uid of its own'],
    line: 'ipcs -q -i "$QUEUE" | grep -q msqid && ipcrm -q "$QUEUE_TOO"',
  },
  { name: "see the host's name", layers: ['own host name'], line: 'test "$(uname -n)" = "$HOSTNAME_OF_HOST"' },
  {
    name: "see the host's name in /proc",
    layers: ['own host name'],
    line: 'test "$(cat /proc/sys/kernel/hostname)" = "$HOSTNAME_OF_HOST"',
  },
  {
    name: "reach a server of this machine through the proxy to its model's hosts",
    layers: ['hosts by name', 'one port', 'public addresses'],
    line: `node -e "const s=require('net').connect(3128,'127.0.0.1');s.write('CONNECT 127.0.0.1:'+process.env.PORT+' HTTP/1.1\\r\\n\\r\\n');s.on('data',(d)=>{console.log('ANSWER '+String(d).slice(0,12));process.exit()})"`,
    alone: { role: 'netted' },
    through: (after) => {
      const said = after.transcript(after.row);
      if (!said.includes('ANSWER ')) throw new Error(`the proxy said nothing: ${said} ${after.said}`);
      return said.includes('ANSWER HTTP/1.1 200');
    },
  },
  // Nothing to gain.
  { name: 'be root', layers: ['ordinary uid'], line: 'test "$(id -u)" = 0' },
  { name: 'be in the group of root', layers: ['ordinary uid'], line: 'test "$(id -g)" = 0' },
  {
    name: 'be the root of the host',
    layers: ['own users', 'a uid of its own', 'bounded watching', 'users around overlays'],
    only: 'root',
    line: 'grep -q "^ *0 *0 *4294967295" /proc/self/uid_map',
  },
  {
    name: 'have a capability',
    layers: ['no capabilities', 'ordinary uid'],
    only: 'root',
    line: '! grep -q "^CapEff:.*0000000000000000$" /proc/self/status',
  },
  {
    name: 'have capabilities to gain',
    layers: ['no capabilities'],
    only: 'root',
    line: '! grep -q "^CapBnd:.*0000000000000000$" /proc/self/status',
  },
  {
    name: 'mount something',
    layers: ['no capabilities', 'ordinary uid', 'no further users', 'calls by list'],
    only: 'root',
    line: 'mkdir -p m && mount -t tmpfs none m && umount m',
  },
  {
    name: 'make its root writable again',
    layers: ['no capabilities', 'ordinary uid', 'no further users', 'calls by list'],
    only: 'root',
    line: 'mount -o remount,rw,bind / && touch /x',
  },
  {
    name: 'change the name of the machine',
    layers: ['no capabilities', 'ordinary uid', 'no further users', 'calls by list'],
    only: 'root',
    line: 'hostname other',
  },
  {
    name: 'gain privileges by a setuid program',
    layers: ['all walls'],
    line: 'grep -q "^NoNewPrivs:.*0$" /proc/self/status',
  },
  { name: 'see that it stands in a folder of the host', layers: ['all walls'], line: 'test "$FOURLINE_ROOM" != /room' },
  // Nothing that was not named.
  {
    name: 'have a variable that the card does not name',
    layers: ['environment by list'],
    line: 'test -n "$HOUSE_SECRET"',
  },
  {
    name: "have the operator's key to the model",
    layers: ['environment by list'],
    line: 'test -n "$ANTHROPIC_API_KEY"',
  },
  { name: "have the operator's agent for keys", layers: ['environment by list'], line: 'test -n "$SSH_AUTH_SOCK"' },
  { name: 'be another author by environment', layers: ['environment by list'], line: 'test -n "$GIT_AUTHOR_NAME"' },
  { name: "have the operator's HOME", layers: ['environment by list'], line: 'test "$HOME" = "$HOME_OF_OPERATOR"' },
  {
    name: "find a variable in the wall's own environment",
    layers: ['environment by list'],
    line: 'tr "\\0" "\\n" < /proc/1/environ | grep -q "^HOUSE_SECRET="',
  },
];
