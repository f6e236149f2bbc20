// Why: a large, shared folder can look like a run's own in a sandbox: an overlay reads it in place and keeps writes
// elsewhere.
// Promises: the mounts are made in the mount namespace of the sandbox that uses them. Nothing is flushed when they
// go. Overlays count only if fourline saw one work where it wants them.
// Never: mounts anything in the machine's own mount namespace.
import { lstat, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { removeTree } from '../platform/files/remove.ts';
import { here, type KernelCall, openFlags, result, unlinkFolder } from '../platform/process/call-table.ts';
import { callKernel } from '../platform/process/kernel.ts';
import { nameProcess, processLives } from '../platform/process/living.ts';
import { Fault, messageOf } from '../platform/text/fault.ts';
import { enterMounts, enterUsers, ownIdentity } from './enter.ts';

/** One overlay mount: folders of the host. `lower` may name several, the topmost first, with `:` between them. */
export type Overlay = {
  readonly lower: string;
  readonly upper: string;
  readonly work: string;
  readonly merged: string;
};

// These characters separate the options of an overlay mount and its lower folders (overlayfs.rst).
const separators = /[,:\\]/;

/** Whether these folders can be named in an overlay's options. */
export function canOverlay(...folders: readonly string[]): boolean {
  return !folders.some((folder) => separators.test(folder));
}

// How a folder is renamed and how a file is copied up must be seen in the upper alone: a renamed folder is made anew,
// and a changed file is there whole (overlayfs.rst, "redirect_dir", "metadata only copy up"). In a user namespace the
// kernel has both off.
const wholeUppers = 'redirect_dir=off,metacopy=off,index=off';

/**
 * The kernel calls that mount overlays. `user` is for a user namespace, in which overlayfs keeps its marks in user
 * attributes. As root the end of a mount flushes no disk (`volatile`, Linux 5.10): what a run writes into an overlay is
 * thrown away anyway. As a user, `volatile` would leave a folder in `work` that its owner can't read.
 */
export function mountOverlays(overlays: readonly Overlay[], user: boolean): KernelCall[] {
  return overlays.map(({ lower, upper, work, merged }) => {
    const mount = (more: string): KernelCall =>
      mountOverlay(`lowerdir=${lower},upperdir=${upper},workdir=${work},${more}`, merged);
    return user ? mount('userxattr') : { ...mount(`${wholeUppers},volatile`), failure: [mount(wholeUppers)] };
  });
}

function mountOverlay(options: string, merged: string): KernelCall {
  return { call: 'mount', args: ['overlay', merged, 'overlay', 0, options], what: `mount an overlay at ${merged}` };
}

/** A folder of an upper, and a name that the lower has there. */
type Hidden = { readonly folder: string; readonly name: string };

/**
 * Those folders of an overlay's upper in which the lower's names don't show: they were made anew in the place of the
 * lower's. `user` as in `overlayScript`. Throws Fault `overlay-unread` where the overlay can't be looked at.
 */
export async function hidingFolders(overlay: Overlay, asked: readonly Hidden[], user: boolean): Promise<Set<string>> {
  const { lower, upper, merged } = overlay;
  const hiding = new Set<string>();
  for (let from = 0; from < asked.length; from += mostAsked) {
    const part = asked.slice(from, from + mostAsked);
    // To look, the upper is one more lower: so nothing can be written, and no folder for work is needed.
    const { said, flaw } = await callKernel([
      ...ownNamespace(user),
      mountOverlay(`lowerdir=${upper}:${lower},${user ? 'userxattr' : wholeUppers}`, merged),
      ...part.map(({ folder, name }) => askPath(`${merged}/${folder}/${name}`)),
    ]);
    const answers = said.toString();
    if (flaw !== null || answers.length !== part.length)
      throw new Fault('overlay-unread', `what a run left in its room can't be looked at: ${flaw ?? ''}`, {
        where: upper,
        hint: 'rooms: copy in fourline.yaml opens rooms without overlays',
      });
    for (const [at, { folder }] of part.entries()) if (answers[at] === hides) hiding.add(folder);
  }
  return hiding;
}

// Paths of any length, as many as one table takes (`mostBytes`).
const mostAsked = 2000;
const [shows, hides] = ['1', '0'];

// Whether something stands at a path, a link too, as one character of output.
function askPath(path: string): KernelCall {
  const say = (sign: string): KernelCall[] => [{ call: 'write', args: [1, sign, 1] }];
  const found = new Uint8Array(statLength);
  return { call: 'newfstatat', args: [here, path, found, noFollow], success: say(shows), failure: say(hides) };
}

// The bytes of struct stat (stat(2)): 144 on x86_64, 128 on aarch64. It is never read. And AT_SYMLINK_NOFOLLOW.
const statLength = 144;
const noFollow = 0x100;

function ownNamespace(user: boolean): KernelCall[] {
  return user ? enterUsers(ownIdentity(), true) : enterMounts();
}

const tried = new Map<string, Promise<string | null>>();

/**
 * Why overlays can't be had for uppers below the first of these folders and lowers below the others, or null. Found
 * out once for the first, by making one there. `user` as in `overlayScript`.
 */
export function overlayFlaw(folders: readonly [string, ...string[]], user: boolean): Promise<string | null> {
  const [folder] = folders;
  const key = JSON.stringify([folder, user]);
  const odd = folders.find((one) => !canOverlay(one));
  if (odd !== undefined) return Promise.resolve(`the path ${odd} can't be named in a mount`);
  const found = tried.get(key) ?? tryOverlay(folder, user).catch((error: unknown) => messageOf(error));
  tried.set(key, found);
  return found;
}

// In the trial, a run writes a file, removes one, and makes a folder anew; another removal stands before it begins. All
// of that must show.
async function tryOverlay(folder: string, user: boolean): Promise<string | null> {
  if (process.platform !== 'linux') return `there are none on ${process.platform}`;
  await mkdir(folder, { recursive: true });
  // A killed process leaves its trial behind.
  for (const name of await readdir(folder)) {
    const owner = /^\.overlay-([0-9a-z.]+)-\w{6}$/.exec(name)?.[1];
    if (owner !== undefined && !processLives(owner)) await removeTree(`${folder}/${name}`);
  }
  const place = await mkdtemp(`${folder}/.overlay-${nameProcess()}-`);
  try {
    const overlay = overlayIn(place, `${place}/lower`);
    for (const one of ['lower', 'lower/old', 'lower/merged', 'upper', 'work', 'mount'])
      await mkdir(`${place}/${one}`, { mode: 0o755 });
    for (const path of ['before', 'gone', 'old/file', 'merged/file']) await writeFile(`${place}/lower/${path}`, 'x');
    await whiteOut([`${overlay.upper}/before`]);
    const { flaw } = await callKernel([
      ...ownNamespace(user),
      ...mountOverlays([overlay], user),
      { call: 'chdir', args: [overlay.merged] },
      ...useOverlay(),
    ]);
    if (flaw !== null) return flaw;
    const gone = await lstat(`${overlay.upper}/gone`);
    const text = await readFile(`${overlay.upper}/merged/file`, 'utf8');
    const asked = ['old', 'merged'].map((one) => ({ folder: one, name: 'file' }));
    const hiding = await hidingFolders(overlay, asked, user);
    const right = gone.isCharacterDevice() && text === 'new\n' && hiding.has('old') && !hiding.has('merged');
    return right ? null : 'what was written in a trial did not show';
  } finally {
    await removeTree(place);
  }
}

function useOverlay(): KernelCall[] {
  const found = new Uint8Array(statLength);
  return [
    {
      call: 'newfstatat',
      args: [here, 'before', found, noFollow],
      success: [{ call: 'exit', args: [1] }],
      failure: [],
    },
    { call: 'openat', args: [here, 'merged/file', openFlags.write | openFlags.empty] },
    { call: 'write', args: [result, 'new\n', 4] },
    { call: 'openat', args: [here, 'merged/more', openFlags.write | openFlags.make, 0o600] },
    { call: 'unlinkat', args: [here, 'gone', 0] },
    { call: 'unlinkat', args: [here, 'old/file', 0] },
    { call: 'unlinkat', args: [here, 'old', unlinkFolder] },
    { call: 'mkdirat', args: [here, 'old', 0o755] },
  ];
}

/** The overlay of a run's own folder, over `lower`. */
export function overlayIn(place: string, lower: string): Overlay {
  return { lower, upper: `${place}/upper`, work: `${place}/work`, merged: `${place}/mount` };
}

/**
 * Marks paths of an upper as removed, each whose folder is there. Anybody may make such a device (Linux 5.8). Throws
 * Fault `overlay-unmarked` where the system refuses.
 */
export async function whiteOut(paths: readonly string[]): Promise<void> {
  for (let from = 0; from < paths.length; from += mostAsked) {
    const marks = paths
      .slice(from, from + mostAsked)
      .map(
        (path): KernelCall => ({ call: 'mknodat', args: [here, path, deviceFile, 0], what: `mark ${path} as removed` }),
      );
    const { flaw } = await callKernel(marks);
    if (flaw !== null)
      throw new Fault('overlay-unmarked', `files can't be taken out of an overlay: it ${flaw}`, {
        hint: 'rooms: copy in fourline.yaml opens rooms without overlays',
      });
  }
}

// S_IFCHR (stat.h).
const deviceFile = 0o020000;
