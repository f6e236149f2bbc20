// Why: before bubblewrap opens a sandbox, its process enters namespaces, mounts folders there and gives up its uid.
// Promises: gives kernel calls. They change the process that makes them, and no other.
// Never: changes the machine's own mounts.
import { here, type KernelCall, openFlags, result, unlinkFolder } from '../platform/process/call-table.ts';

/** The user and the group that a process has. */
export type ProcessIdentity = { readonly uid: number; readonly gid: number };

/** Fourline's own. */
export function ownIdentity(): ProcessIdentity {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
}

// sched.h and sys/mount.h
const newMounts = 0x20000;
const newUsers = 0x10000000;
const recursive = 0x4000;
const privately = 0x40000;

/** A mount namespace of its own. Mounts and their ends don't leave it, and none from outside come in. */
export function enterMounts(): KernelCall[] {
  return [{ call: 'unshare', args: [newMounts], what: 'make a mount namespace' }, keepMounts];
}

const keepMounts: KernelCall = {
  call: 'mount',
  args: ['none', '/', 0, recursive | privately, 0],
  what: 'keep its mounts to itself',
};

/**
 * A user namespace in which the process is root and nobody else is anybody (user_namespaces(7)). `mounts` makes a
 * mount namespace along with it. `identity` is who the process is before.
 */
export function enterUsers({ uid, gid }: ProcessIdentity, mounts: boolean): KernelCall[] {
  return [
    { call: 'unshare', args: [mounts ? newUsers | newMounts : newUsers], what: 'make a user namespace' },
    putInto('/proc/self/setgroups', 'deny'),
    putInto('/proc/self/gid_map', `0 ${gid} 1`),
    putInto('/proc/self/uid_map', `0 ${uid} 1`),
    ...(mounts ? [keepMounts] : []),
  ];
}

/** Binds a file or folder to a path whose folder is there and empty. */
export function bindPath(source: string, target: string): KernelCall[] {
  const bind: KernelCall = {
    call: 'mount',
    args: [source, target, 0, binding, 0],
    what: `bind ${source} to ${target}`,
  };
  return [
    { call: 'mkdirat', args: [here, target, 0o755] },
    // A file is bound to a file.
    {
      ...bind,
      failure: [
        { call: 'unlinkat', args: [here, target, unlinkFolder] },
        { call: 'openat', args: [here, target, openFlags.write | openFlags.make, 0o644] },
        { call: 'close', args: [result] },
        bind,
      ],
    },
  ];
}

// sys/mount.h
const binding = 0x1000;

/** Becomes that user, of a group of the same number, for good. Root's capabilities go, and can't be gained again. */
export function becomeUser(user: number): KernelCall[] {
  return [
    // A kernel has fewer capabilities than a set has room for, and refuses the others.
    ...Array.from({ length: 64 }, (_, at): KernelCall => {
      const drop: KernelCall = { call: 'prctl', args: [dropBounding, at, 0, 0, 0], what: `give up capability ${at}` };
      return at <= oldestLast ? drop : { ...drop, failure: [] };
    }),
    { call: 'setgroups', args: [0, 0], what: 'leave its groups' },
    { call: 'setresgid', args: [user, user, user], what: `take group ${user}` },
    { call: 'setresuid', args: [user, user, user], what: `take uid ${user}` },
    { call: 'capset', args: [capabilityHeader, new Uint8Array(24)], what: 'give up its capabilities' },
    // The kernel gives a process that changed its uid to root (prctl(2)); its own entries of /proc are needed below.
    { call: 'prctl', args: [dumpable, 1, 0, 0, 0] },
  ];
}

// linux/prctl.h, linux/capability.h: the last capability that every supported kernel has (CAP_AUDIT_READ, Linux 3.16),
// and version 3 of the sets, of this process.
const dropBounding = 24;
const dumpable = 4;
const oldestLast = 37;
const capabilityHeader = Uint8Array.from([0x22, 0x05, 0x08, 0x20, 0, 0, 0, 0]);

/** Writes a short text into a file that is there. */
export function putInto(path: string, text: string): KernelCall {
  const what = `write ${text} into ${path}`;
  const bytes = Buffer.from(text);
  return {
    call: 'openat',
    // The next program closes it.
    args: [here, path, openFlags.write | openFlags.closing],
    what,
    success: [{ call: 'write', args: [result, bytes, bytes.length], what }],
  };
}
