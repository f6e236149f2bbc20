// The kernel itself answers: no namespaces of its own, no calls that no agent needs. Each row's line ends with 0 when
// it got through.
import { buildCall, type Machine } from '../../../src/platform/process/call.ts';
import type { Row } from '../row.ts';

const machine = process.arch as Machine;
const pick = (x64: number, arm64: number): number => (machine === 'x64' ? x64 : arm64);

// The calls, and the error by which the filter answers each: any other error says that the call got there.
const [EPERM, ENOSYS, EPROTONOSUPPORT, EAFNOSUPPORT] = [1, 38, 93, 97] as const;
const calls = {
  keyctl: [pick(250, 219), [999], EPERM],
  add_key: [pick(248, 217), [], EPERM],
  request_key: [pick(249, 218), [], EPERM],
  perf: [pick(298, 241), [], EPERM],
  userfaultfd: [pick(323, 282), [1], EPERM],
  uring: [425, [], ENOSYS],
  vsock: [pick(41, 198), [40, 1, 0], EAFNOSUPPORT],
  uevent: [pick(41, 198), [16, 3, 15], EPROTONOSUPPORT],
  persona: [pick(135, 92), [0x400000], EPERM],
  tree: [428, [0xffffff9c], EPERM],
  mount: [pick(165, 40), [], EPERM],
  umount: [pick(166, 39), [], EPERM],
  setns: [pick(308, 268), [999], EPERM],
  chroot: [pick(161, 51), [], EPERM],
  fanotify: [pick(300, 262), [0x200], EPERM],
  clone3: [435, [], ENOSYS],
} as const satisfies Record<string, readonly [number: number, args: readonly number[], error: number]>;

/** The programs of the rows below, for the attacker's environment. */
export const callValues: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(calls).map(([name, [number, args]]) => [
    `CALL_${name.toUpperCase()}`,
    Buffer.from(buildCall(machine, number, args)).toString('base64'),
  ]),
);

const call = (name: keyof typeof calls): string =>
  `echo "$CALL_${name.toUpperCase()}" | base64 -d > /dev/shm/call && chmod 700 /dev/shm/call && { /dev/shm/call; test $? != ${calls[name][2]}; }`;

const byCall = [
  ["ask for the kernel's keyrings", 'keyctl'],
  ["add a key to the operator's keyring", 'add_key'],
  ["ask for a key of the operator's", 'request_key'],
  ['count what the processor does', 'perf'],
  ['answer page faults itself', 'userfaultfd'],
  ['queue calls past the filter', 'uring'],
  ['reach the host of a virtual machine', 'vsock'],
  ['hear of devices', 'uevent'],
  ['make all its memory executable', 'persona'],
  ['take hold of a mount', 'tree'],
  ['ask for a mount', 'mount'],
  ['take a mount away', 'umount'],
  ['join a namespace', 'setns'],
  ['ask for another root', 'chroot'],
  ["use up the user's watches of whole disks", 'fanotify'],
  ['make a process whose flags no filter sees', 'clone3'],
] as const;

export const kernel: readonly Row[] = [
  ...byCall.map(([name, what]): Row => ({ name, layers: ['calls by list'], line: call(what) })),
  {
    name: 'be root in a user namespace of its own',
    layers: ['no further users', 'calls by list'],
    line: 'unshare -Ur true',
  },
  {
    name: 'mount the control groups in namespaces of its own',
    layers: ['no further users', 'calls by list'],
    line: `unshare -UrmC sh -c 'mkdir -p /dev/shm/groups && mount -t cgroup2 none /dev/shm/groups && test -e /dev/shm/groups/cgroup.procs'`,
  },
  {
    name: 'have a network of its own',
    layers: ['no further users', 'calls by list'],
    line: 'unshare -Urn true',
  },
  {
    name: 'read the paths of the host in the command line of its wall',
    layers: ['arguments by a descriptor', 'a uid of its own'],
    line: 'tr "\\0" "\\n" < /proc/1/cmdline | grep -q "^$WS\\|^$XDG\\|/rooms/"',
  },
  {
    name: "take more than its part of the user's watchers",
    layers: ['bounded watching'],
    line: `perl -e '$n++ while syscall(${pick(294, 26)}, 0) >= 0; exit($n > $ENV{WATCHERS} ? 0 : 1)'`,
  },
  {
    name: "be the owner of the system's files",
    layers: ['a uid of its own'],
    only: 'root',
    line: 'test "$(stat -c %u /usr)" = "$(id -u)"',
  },
];
