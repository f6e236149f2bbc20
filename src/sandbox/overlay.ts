// Why: a folder that is large and shared can stand in a sandbox as if it were the run's own: an overlay reads it in
// place and keeps what is written elsewhere.
// Promises: the mounts are made by the shell that starts the sandbox, in that sandbox's mount namespace; nothing is
// flushed when they go.
// Never: mounts anything in the machine's own mount namespace.

/** One overlay mount: folders of the host. `lower` may name several, the topmost first, with `:` between them. */
export type Overlay = {
  readonly lower: string;
  readonly upper: string;
  readonly work: string;
  readonly merged: string;
};

// Options of overlay mounts separate by these, and util-linux takes no escapes for them (mount(8), overlayfs.rst).
const separators = /[,:\\"\s]/;

/** Whether these folders can be named in an overlay's options. */
export function canOverlay(...folders: readonly string[]): boolean {
  return !folders.some((folder) => separators.test(folder));
}

/** The arguments that `overlayScript` reads: four a mount, and `--` behind them. */
export function overlayArguments(overlays: readonly Overlay[]): string[] {
  return [...overlays.flatMap(({ lower, upper, work, merged }) => [lower, upper, work, merged]), '--'];
}

/**
 * The lines of a shell script that mount what `overlayArguments` names and shift it away. `user` is for a user
 * namespace, where overlayfs keeps its marks in attributes of users. As root the end of a mount flushes no disk
 * (`volatile`, Linux 5.10): what a run writes into an overlay is thrown away anyway. As a user that would leave a
 * folder in `work` that its owner can't read.
 */
export function overlayScript(user: boolean): string {
  const options = 'lowerdir=$1,upperdir=$2,workdir=$3';
  const mount = (more: string): string => `mount -n -t overlay -o "${options}${more}" overlay "$4"`;
  return `while [ "$1" != -- ]; do
  ${user ? mount(',userxattr') : `${mount(',volatile')} 2>/dev/null || ${mount('')}`} || exit
  shift 4
done
shift`;
}
