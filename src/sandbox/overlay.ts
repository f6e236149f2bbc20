// Why: a large, shared folder can look like a run's own in a sandbox: an overlay reads it in place and keeps writes
// elsewhere.
// Promises: the shell that starts the sandbox makes the mounts, in that sandbox's mount namespace. Nothing is flushed
// when they go. Overlays count only if fourline saw one work where it wants them.
// Never: mounts anything in the machine's own mount namespace.
import { lstat, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { removeTree } from '../platform/files/remove.ts';
import { nameProcess, processLives } from '../platform/process/living.ts';
import { runProcess } from '../platform/process/process.ts';
import { Fault, messageOf } from '../platform/text/fault.ts';

/** One overlay mount: folders of the host. `lower` may name several, the topmost first, with `:` between them. */
export type Overlay = {
  readonly lower: string;
  readonly upper: string;
  readonly work: string;
  readonly merged: string;
};

// These characters separate options of overlay mounts, and util-linux takes no escapes for them (mount(8),
// overlayfs.rst).
const separators = /[,:\\"\s]/;

/** Whether these folders can be named in an overlay's options. */
export function canOverlay(...folders: readonly string[]): boolean {
  return !folders.some((folder) => separators.test(folder));
}

/** The arguments that `overlayScript` reads: four for each mount, and `--` behind them. */
export function overlayArguments(overlays: readonly Overlay[]): string[] {
  return [...overlays.flatMap(({ lower, upper, work, merged }) => [lower, upper, work, merged]), '--'];
}

// How a folder is renamed and how a file is copied up must be seen in the upper alone: a renamed folder is made anew,
// and a changed file is there whole (overlayfs.rst, "redirect_dir", "metadata only copy up"). In a user namespace the
// kernel has both off.
const wholeUppers = 'redirect_dir=off,metacopy=off,index=off';

/**
 * The lines of a shell script that mount what `overlayArguments` names and shift it away. `user` is for a user
 * namespace, in which overlayfs keeps its marks in user attributes. As root the end of a mount flushes no disk
 * (`volatile`, Linux 5.10): what a run writes into an overlay is thrown away anyway. As a user, `volatile` would leave
 * a folder in `work` that its owner can't read.
 */
export function overlayScript(user: boolean): string {
  const options = 'lowerdir=$1,upperdir=$2,workdir=$3';
  const mount = (more: string): string => `mount -n -t overlay -o "${options},${more}" overlay "$4"`;
  return `while [ "$1" != -- ]; do
  ${user ? mount('userxattr') : `${mount(`${wholeUppers},volatile`)} 2>/dev/null || ${mount(wholeUppers)}`} || exit
  shift 4
done
shift`;
}

/** A folder of an upper, and a name that the lower has there. */
type Hidden = { readonly folder: string; readonly name: string };

/**
 * Those folders of an overlay's upper in which the lower's names don't show: they were made anew in the place of the
 * lower's. `user` as in `overlayScript`. Throws Fault `overlay-unread` where the overlay can't be looked at.
 */
export async function hidingFolders(overlay: Overlay, asked: readonly Hidden[], user: boolean): Promise<Set<string>> {
  const { lower, upper, merged } = overlay;
  // To look, the upper is one more lower: so nothing can be written, and no folder for work is needed.
  const script = `mount -n -t overlay -o "lowerdir=$2:$1,${user ? 'userxattr' : wholeUppers}" overlay "$3" && cd "$3" || exit
shift 3
for path; do if [ -e "./$path" ] || [ -L "./$path" ]; then echo shows; else echo hides; fi; done`;
  const paths = asked.map(({ folder, name }) => `${folder}/${name}`);
  if (Buffer.byteLength(paths.join()) > mostAsked && asked.length > 1) {
    const half = Math.ceil(asked.length / 2);
    const parts = [asked.slice(0, half), asked.slice(half)];
    const found = await Promise.all(parts.map((part) => hidingFolders(overlay, part, user)));
    return new Set(found.flatMap((one) => [...one]));
  }
  const words = ['sh', '-c', script, 'sh', lower, upper, merged, ...paths];
  const said = await runProcess([...ownNamespace(user), ...words], { env: toolPath });
  const answers = said.stdout.toString().trim().split('\n');
  if (said.status !== 0 || answers.length !== asked.length)
    throw new Fault('overlay-unread', `what a run left in its room can't be looked at: ${said.stderr.trim()}`, {
      where: upper,
      hint: 'rooms: copy in fourline.yaml opens rooms without overlays',
    });
  return new Set(asked.flatMap(({ folder }, at) => (answers[at] === 'hides' ? [folder] : [])));
}

// Bytes of arguments that any system takes.
const mostAsked = 64 * 1024;

const toolPath = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

function ownNamespace(user: boolean): readonly [string, ...string[]] {
  return user ? ['unshare', '--user', '--map-root-user', '--mount', '--'] : ['unshare', '--mount', '--'];
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
    const script = `${overlayScript(user)}
cd "$1" && [ ! -e before ] && echo new > merged/file && echo new > merged/more && rm gone && rm -r old && mkdir old`;
    const words = ['sh', '-c', script, 'sh', ...overlayArguments([overlay]), overlay.merged];
    const done = await runProcess([...ownNamespace(user), ...words], { env: toolPath, timeout: 30_000 });
    if (done.status !== 0) return done.stderr.trim().split('\n')[0] ?? 'the trial failed';
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

/** The overlay of a run's own folder, over `lower`. */
export function overlayIn(place: string, lower: string): Overlay {
  return { lower, upper: `${place}/upper`, work: `${place}/work`, merged: `${place}/mount` };
}

/**
 * Marks paths of an upper as removed, each whose folder is there. Anybody may make such a device (Linux 5.8). Throws
 * Fault `overlay-unmarked` where the system refuses.
 */
export async function whiteOut(paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const script = 'for path; do mknod -m 0 -- "$path" c 0 0 || exit; done';
  const said = await runProcess(['xargs', '-0', 'sh', '-c', script, 'sh'], {
    env: toolPath,
    input: paths.map((path) => `${path}\0`).join(''),
  });
  if (said.status !== 0)
    throw new Fault('overlay-unmarked', `files can't be taken out of an overlay: ${said.stderr.trim()}`, {
      hint: 'rooms: copy in fourline.yaml opens rooms without overlays',
    });
}
