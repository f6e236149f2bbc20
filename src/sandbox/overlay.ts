// Why: a large, shared folder can look like a run's own in a sandbox: an overlay reads it in place and keeps writes
// elsewhere.
// Promises: the shell that starts the sandbox makes the mounts, in that sandbox's mount namespace. Nothing is flushed
// when they go.
// Never: mounts anything in the machine's own mount namespace.

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

/**
 * The lines of a shell script that mount what `overlayArguments` names and shift it away. `user` is for a user
 * namespace, in which overlayfs keeps its marks in user attributes. As root the end of a mount flushes no disk
 * (`volatile`, Linux 5.10): what a run writes into an overlay is thrown away anyway. As a user, `volatile` would leave
 * a folder in `work` that its owner can't read.
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
