// Which calls of the kernel a sandbox has: decided for both machines by reading the program, and tried call by call on
// this one.
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { buildCall, type Machine } from '../../src/platform/process/call.ts';
import { absent, buildFilter, newestCall, refused } from '../../src/sandbox/filter.ts';
import { runInCell } from '../kit/cell.ts';

const [EPERM, ENOSYS, EPROTONOSUPPORT, EAFNOSUPPORT] = [1, 38, 93, 97];
const audits = { x64: 0xc000003e, arm64: 0xc00000b7 };

/**
 * Gives the filter program's answer: 0 lets the call through. Reads the few instructions of the program, as the kernel
 * would.
 */
function answerOf(machine: Machine, call: number, args: readonly number[] = [], audit = audits[machine]): number {
  const bytes = Buffer.from(buildFilter(machine));
  const data = [call, audit, 0, 0, ...args.flatMap((one) => [one, 0])].map((one) => one >>> 0);
  let loaded = 0;
  for (let at = 0; at * 8 < bytes.length; at += 1) {
    const [code, yes, no] = [bytes.readUInt16LE(at * 8), bytes.readUInt8(at * 8 + 2), bytes.readUInt8(at * 8 + 3)];
    const value = bytes.readUInt32LE(at * 8 + 4);
    const jump = (holds: boolean): void => {
      at += holds ? yes : no;
    };
    if (code === 0x20) loaded = data[value / 4] ?? 0;
    else if (code === 0x15) jump(loaded === value);
    else if (code === 0x25) jump(loaded > value);
    else if (code === 0x35) jump(loaded >= value);
    else if (code === 0x45) jump((loaded & value) !== 0);
    else if (code === 0x06) return value === 0x7fff0000 ? 0 : value & 0xffff;
    else throw new Error(`instruction ${at} is none of ours: ${code}`);
  }
  throw new Error('the program ends without an answer');
}

// Numbers by machine, written here once more: from <asm/unistd.h> of each.
const calls = {
  read: [0, 63],
  openat: [257, 56],
  execve: [59, 221],
  futex: [202, 98],
  prctl: [157, 167],
  seccomp: [317, 277],
  ptrace: [101, 117],
  landlock_create_ruleset: [444, 444],
  socket: [41, 198],
  socketpair: [53, 199],
  unshare: [272, 97],
  clone: [56, 220],
  personality: [135, 92],
  ioctl: [16, 29],
} as const;
const machines = [
  ['x64', 0],
  ['arm64', 1],
] as const;

describe.each(machines)('on %s', (machine, column) => {
  const answer = (name: keyof typeof calls, ...args: number[]): number => answerOf(machine, calls[name][column], args);

  test('ordinary calls go through', () => {
    for (const name of ['read', 'openat', 'execve', 'futex', 'prctl', 'seccomp', 'ptrace'] as const)
      expect([name, answer(name)]).toEqual([name, 0]);
    expect(answer('landlock_create_ruleset')).toBe(0);
  });

  test('each call of the list is refused, and those with another way are not there', () => {
    expect(Object.keys(refused).length).toBeGreaterThan(40);
    for (const [name, numbers] of Object.entries(refused)) {
      const number = numbers[column];
      if (number !== null) expect([name, answerOf(machine, number)]).toEqual([name, EPERM]);
    }
    for (const [name, numbers] of Object.entries(absent))
      expect([name, answerOf(machine, numbers[column])]).toEqual([name, ENOSYS]);
  });

  test('calls of another architecture, and calls nobody knew when this was written, are not there', () => {
    for (const audit of [0x40000003, 0x40000028, machine === 'x64' ? audits.arm64 : audits.x64])
      expect(answerOf(machine, calls.read[column], [], audit)).toBe(ENOSYS);
    expect(answerOf(machine, newestCall + 1)).toBe(ENOSYS);
    expect(answerOf(machine, 0xffffffff)).toBe(ENOSYS);
    for (const number of [0, 250, 520]) expect(answerOf(machine, 0x40000000 + number)).toBe(ENOSYS);
  });

  test('processes and threads can be made, namespaces cannot', () => {
    const [signal, thread, file] = [17, 0x003d0f00, 0x400];
    expect([answer('clone', signal), answer('clone', thread), answer('unshare', file)]).toEqual([0, 0, 0]);
    for (const flag of [0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]) {
      expect([flag, answer('clone', flag | signal)]).toEqual([flag, EPERM]);
      expect([flag, answer('unshare', flag | file)]).toEqual([flag, EPERM]);
    }
    expect(answer('unshare', 0x80)).toBe(EPERM);
  });

  test('sockets are of the families that programs use, and of their protocols', () => {
    const [stream, datagram, raw] = [1 | 0x80000, 2, 3];
    const through = [
      [1, stream, 0],
      [2, stream, 6],
      [10, stream, 262],
      [2, datagram, 17],
      [2, datagram, 1],
      [16, raw, 0],
    ] as const;
    for (const one of through) expect([one, answer('socket', ...one)]).toEqual([one, 0]);
    // AF_PACKET, AF_ALG, AF_VSOCK, AF_XDP, and one that is yet to come.
    for (const family of [0, 17, 38, 40, 44, 99]) expect(answer('socket', family, stream, 0)).toBe(EAFNOSUPPORT);
    for (const protocol of [33, 132, 136, 255]) {
      expect(answer('socket', 2, stream, protocol)).toBe(EPROTONOSUPPORT);
      expect(answer('socket', 10, stream, protocol)).toBe(EPROTONOSUPPORT);
    }
    // Only one netlink protocol is let through: the one that lists interfaces.
    for (const protocol of [4, 9, 12, 15, 16]) expect(answer('socket', 16, raw, protocol)).toBe(EPROTONOSUPPORT);
    expect([answer('socketpair', 1, stream, 0), answer('socketpair', 30, stream, 0)]).toEqual([0, EAFNOSUPPORT]);
  });

  test('an ordinary personality can be had, and nothing is typed into a terminal', () => {
    for (const persona of [0, 8, 0x40000, 0xffffffff]) expect(answer('personality', persona)).toBe(0);
    for (const persona of [0x400000, 0x10, 0x5000006]) expect(answer('personality', persona)).toBe(EPERM);
    expect([answer('ioctl', 1, 0x5413), answer('ioctl', 1, 0x5412), answer('ioctl', 1, 0x541c)]).toEqual([
      0,
      EPERM,
      EPERM,
    ]);
  });
});

test('each call is tried in a cell, on this kernel', async () => {
  const machine = process.arch as Machine;
  const column = machine === 'x64' ? 0 : 1;
  const tried: (readonly [name: string, number: number, args: readonly number[], error: number])[] = [
    ...Object.entries(refused).map(([name, numbers]) => [name, numbers[column] ?? -1, [], EPERM] as const),
    ...Object.entries(absent).map(([name, numbers]) => [name, numbers[column], [], ENOSYS] as const),
    ['vsock', calls.socket[column], [40, 1, 0], EAFNOSUPPORT],
    ['uevent', calls.socket[column], [16, 3, 15], EPROTONOSUPPORT],
    ['inet', calls.socket[column], [2, 1, 0], 0],
    ['user-namespace', calls.unshare[column], [0x10000000], EPERM],
    ['files-of-its-own', calls.unshare[column], [0x400], 0],
    ['read-implies-exec', calls.personality[column], [0x400000], EPERM],
    ['type', calls.ioctl[column], [1, 0x5412, 0], EPERM],
    ['newest', newestCall + 1, [], ENOSYS],
  ];
  const known = tried.filter(([, number]) => number !== -1);
  const programs = known.map(([name, number, args]) => [name, buildCall(machine, number, args)] as const);
  const said = await runInCell(
    ['sh', '-c', 'for call in *; do "./$call"; echo "$call $?"; done'],
    Object.fromEntries(programs),
  );
  expect(said.err).toBe('');
  expect(said.out.trim().split('\n').sort()).toEqual(known.map(([name, , , error]) => `${name} ${error}`).sort());
});

const programs: readonly (readonly [name: string, at: string, argv: readonly string[], out: string])[] = [
  [
    'node: threads, children, files that are watched, a server',
    '',
    [
      'node',
      '-e',
      `const { Worker } = require('node:worker_threads'), net = require('node:net'), fs = require('node:fs');
       const { execFileSync } = require('node:child_process');
       require('node:os').networkInterfaces();
       const watch = fs.watch('.');
       new Worker('require("node:worker_threads").parentPort.postMessage(1)', { eval: true }).on('message', () => {
         const server = net.createServer((one) => one.end('x')).listen(0, '127.0.0.1', () => net.connect(server.address().port, '127.0.0.1').on('data', () => {
           watch.close(); server.close(); fs.promises.readFile('/etc/passwd').then(() => console.log(execFileSync('echo', ['good']).toString().trim()));
         }));
       });`,
    ],
    'good',
  ],
  [
    'git: a repository, a commit, a pack',
    '/usr/bin/git',
    [
      'sh',
      '-c',
      'git init -q r && cd r && git -c user.name=a -c user.email=a@a commit -q --allow-empty -m x && git gc -q && git log --format=%s',
    ],
    'x',
  ],
  [
    'python: threads, subprocesses, sockets',
    '/usr/bin/python3',
    [
      '/usr/bin/python3',
      '-c',
      'import subprocess,threading,socket,multiprocessing.pool as p\nsocket.socketpair()\nprint(sum(p.ThreadPool(4).map(int,"1234")), subprocess.check_output(["echo","good"]).decode().strip())',
    ],
    '10 good',
  ],
  [
    'perl: fork and a socket',
    '/usr/bin/perl',
    ['perl', '-MSocket', '-e', 'socket(S,PF_INET,SOCK_STREAM,0) or die; wait if fork; print "good\\n" if $$'],
    'good\ngood',
  ],
  [
    'strace: its own child',
    '/usr/bin/strace',
    ['sh', '-c', 'strace -f -e trace=execve sh -c "echo good" 2>/dev/null'],
    'good',
  ],
];

test.each(programs.filter(([, at]) => at === '' || existsSync(at)))('%s: works in a cell', async (_, __, argv, out) => {
  const said = await runInCell(argv);
  expect([said.err, said.out.trim()]).toEqual(['', out]);
});
