// Why: a kernel has some four hundred calls, and an agent needs the ordinary ones. Ways out of a sandbox are found in
// the others.
// Promises: pure. A BPF program for seccomp. Calls of another architecture, and calls newer than this list, get the
// answer of a kernel without them. The calls below are refused; everything else goes through. Numbers are those of
// Linux 6.18, arch/x86/entry/syscalls/syscall_64.tbl and scripts/syscall.tbl (aarch64).
// Never: looks behind a pointer: a filter cannot. So clone3 does not exist here: libc then uses clone, whose flags the
// filter can see.
import type { Machine } from '../platform/process/call.ts';

// linux/audit.h: AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64; and the column of a machine's numbers below.
const machines: Readonly<Record<Machine, { readonly audit: number; readonly column: 0 | 1 }>> = {
  x64: { audit: 0xc000003e, column: 0 },
  arm64: { audit: 0xc00000b7, column: 1 },
};

/** The newest call that is known here (`file_setattr`), the same number on both machines. */
export const newestCall = 469;
/** Numbers from here on are x32 calls on x86_64. */
const x32 = 0x40000000;

// include/uapi/asm-generic/errno.h
const errors = { EPERM: 1, ENOSYS: 38, EPROTONOSUPPORT: 93, EAFNOSUPPORT: 97 } as const;
type ErrorName = keyof typeof errors;

/** Refused whatever their arguments: number on x86_64, number on aarch64; null if a machine does not have the call. */
export const refused: Readonly<Record<string, readonly [number | null, number | null]>> = {
  // The kernel's keyrings know no namespaces: they are the operator's own.
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  // Programs, counters, page faults and modules of the kernel.
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  create_module: [174, null],
  init_module: [175, 105],
  delete_module: [176, 106],
  finit_module: [313, 273],
  get_kernel_syms: [177, null],
  query_module: [178, null],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  syslog: [103, 116],
  lookup_dcookie: [212, 18],
  // Mounts, namespaces, and files by handle.
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  setns: [308, 268],
  open_by_handle_at: [304, 265],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  statmount: [457, 457],
  listmount: [458, 458],
  open_tree_attr: [467, 467],
  // The whole machine: clock, name, disks, power, ports.
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  acct: [163, 89],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  nfsservctl: [180, 42],
  vhangup: [153, 58],
  iopl: [172, null],
  ioperm: [173, null],
  modify_ldt: [154, null],
  uselib: [134, null],
  ustat: [136, null],
  sysfs: [139, null],
  _sysctl: [156, null],
  // The kernel counts its groups for a user, not for a run.
  fanotify_init: [300, 262],
};

/** The filter answers these like a kernel without them, so that programs use their fallback. */
export const absent: Readonly<Record<string, readonly [number, number]>> = {
  clone3: [435, 435],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
};

/** A condition on one argument, by its place; only its lower 32 bits are compared. */
type Condition = { readonly argument: number } & (
  | { readonly anyBit: number }
  | { readonly notIn: readonly number[] }
  | { readonly is: readonly number[] }
);
type JudgedCall = {
  readonly call: string;
  readonly numbers: readonly [number, number];
  readonly when: readonly Condition[];
  readonly answer: ErrorName;
};

// include/uapi/linux/sched.h: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. NEWTIME is a bit of
// unshare alone: clone keeps a signal there.
const newNamespace = 0x7e020000;
const newTime = 0x80;
const families = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
// IPPROTO_IP, ICMP, TCP, UDP, ICMPV6, MPTCP; Go listens with the last.
const protocols = [0, 1, 6, 17, 58, 262];
// PER_LINUX and PER_LINUX32, each with or without ADDR_NO_RANDOMIZE (debuggers), and the value that only asks for the
// current one.
const personalities = [0, 8, 0x40000, 0x40008, 0xffffffff];
// TIOCSTI and TIOCLINUX type into a terminal as if its person did.
const typing = [0x5412, 0x541c];

/** Refused depending on their arguments. Each condition must hold. */
const judged: readonly JudgedCall[] = [
  { call: 'unshare', numbers: [272, 97], when: [{ argument: 0, anyBit: newNamespace | newTime }], answer: 'EPERM' },
  { call: 'clone', numbers: [56, 220], when: [{ argument: 0, anyBit: newNamespace }], answer: 'EPERM' },
  { call: 'personality', numbers: [135, 92], when: [{ argument: 0, notIn: personalities }], answer: 'EPERM' },
  { call: 'ioctl', numbers: [16, 29], when: [{ argument: 1, is: typing }], answer: 'EPERM' },
  {
    call: 'socket',
    numbers: [41, 198],
    when: [{ argument: 0, notIn: Object.values(families) }],
    answer: 'EAFNOSUPPORT',
  },
  {
    call: 'socket',
    numbers: [41, 198],
    when: [
      { argument: 0, is: [families.inet, families.inet6] },
      { argument: 2, notIn: protocols },
    ],
    answer: 'EPROTONOSUPPORT',
  },
  // Allows only the netlink that lists the interfaces.
  {
    call: 'socket',
    numbers: [41, 198],
    when: [
      { argument: 0, is: [families.netlink] },
      { argument: 2, notIn: [0] },
    ],
    answer: 'EPROTONOSUPPORT',
  },
  {
    call: 'socketpair',
    numbers: [53, 199],
    when: [{ argument: 0, notIn: [families.unix] }],
    answer: 'EAFNOSUPPORT',
  },
];

// linux/bpf_common.h and linux/seccomp.h
const load = 0x20;
const jumpEqual = 0x15;
const jumpGreater = 0x25;
const jumpAtLeast = 0x35;
const jumpAnyBit = 0x45;
const returnsValue = 0x06;
const allow = 0x7fff0000;
const offsets = { call: 0, machine: 4, argument: (at: number): number => 16 + 8 * at };

/** One instruction. `yes` and `no` are how many instructions a jump skips. */
type FilterStep = { readonly code: number; readonly value: number; readonly yes: number; readonly no: number };

const step = (code: number, value: number, yes = 0, no = 0): FilterStep => ({ code, value, yes, no });
const answerWith = (name: ErrorName): FilterStep => step(returnsValue, 0x00050000 | errors[name]);

// Continues with the next instruction if the condition holds, and skips `beyond` more instructions if it does not.
function test(condition: Condition, beyond: number): FilterStep[] {
  const first = step(load, offsets.argument(condition.argument));
  if ('anyBit' in condition) return [first, step(jumpAnyBit, condition.anyBit, 0, beyond)];
  const inList = 'is' in condition;
  const values = inList ? condition.is : condition.notIn;
  const tests = values.map((value, at) => {
    const rest = values.length - 1 - at;
    return inList ? step(jumpEqual, value, rest, rest === 0 ? beyond : 0) : step(jumpEqual, value, rest + beyond, 0);
  });
  return [first, ...tests];
}

function judgeCall(rule: JudgedCall, column: 0 | 1): FilterStep[] {
  const body = [answerWith(rule.answer)];
  for (const condition of rule.when.toReversed()) body.unshift(...test(condition, body.length));
  // Loads the call's number again: an earlier rule may have looked at arguments.
  return [step(load, offsets.call), step(jumpEqual, rule.numbers[column], 0, body.length), ...body];
}

function pickArgument(
  calls: Readonly<Record<string, readonly [number | null, number | null]>>,
  column: 0 | 1,
): number[] {
  return Object.values(calls)
    .map((numbers) => numbers[column])
    .filter((number) => number !== null);
}

/**
 * Makes the program for a machine, as the bytes of `struct sock_filter[]` that bubblewrap's `--seccomp` reads; both
 * machines are little-endian.
 */
export function buildFilter(machine: Machine): Uint8Array {
  const { audit, column } = machines[machine];
  const steps = [
    step(load, offsets.machine),
    step(jumpEqual, audit, 1, 0),
    answerWith('ENOSYS'),
    step(load, offsets.call),
    ...(machine === 'x64' ? [step(jumpAtLeast, x32, 0, 1), answerWith('ENOSYS')] : []),
    step(jumpGreater, newestCall, 0, 1),
    answerWith('ENOSYS'),
    ...pickArgument(absent, column).flatMap((number) => [step(jumpEqual, number, 0, 1), answerWith('ENOSYS')]),
    ...pickArgument(refused, column).flatMap((number) => [step(jumpEqual, number, 0, 1), answerWith('EPERM')]),
    ...judged.flatMap((rule) => judgeCall(rule, column)),
    step(returnsValue, allow),
  ];
  const bytes = new DataView(new ArrayBuffer(steps.length * 8));
  for (const [at, { code, value, yes, no }] of steps.entries()) {
    bytes.setUint16(at * 8, code, true);
    bytes.setUint8(at * 8 + 2, yes);
    bytes.setUint8(at * 8 + 3, no);
    bytes.setUint32(at * 8 + 4, value >>> 0, true);
  }
  return new Uint8Array(bytes.buffer);
}
