// Why: some tests need a program or a right that a fresh machine hasn't got. There they are not run, and that is said;
// in CI nothing may be missing.
// Promises: what is needed is tried once, not only looked for; a test that isn't run says what it lacks and the command
// that brings it.
// Never: skips in CI (environment variable CI): there the test fails.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeEach, type TestContext, TestRunner } from 'vitest';

/**
 * How a need is tried, and the Debian package that brings the program. `user` tries as an ordinary user where root runs
 * the tests.
 */
type Need = { readonly argv: readonly [string, ...string[]]; readonly brings: string; readonly user?: true };

const needed = {
  bwrap: {
    argv: ['bwrap', '--unshare-all', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--', 'true'],
    brings: 'bubblewrap',
  },
  'user namespaces': { argv: ['unshare', '--user', '--map-root-user', 'true'], brings: 'util-linux', user: true },
  mount: {
    argv: ['unshare', ...(isRoot() ? [] : ['--map-root-user']), '--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'],
    brings: 'mount util-linux',
  },
  strace: { argv: ['strace', '-f', '--seccomp-bpf', '-o', '/dev/null', 'true'], brings: 'strace' },
  'ssh-keygen': { argv: ['sh', '-c', 'command -v ssh-keygen'], brings: 'openssh-client' },
  keyctl: { argv: ['keyctl', '--version'], brings: 'keyutils' },
  script: { argv: ['script', '-qec', 'true', '/dev/null'], brings: 'bsdutils' },
  openssl: { argv: ['openssl', 'version'], brings: 'openssl' },
  'python3-venv': { argv: ['/usr/bin/python3', '-c', 'import ensurepip, venv'], brings: 'python3-venv' },
  cargo: { argv: ['cargo', '--version'], brings: 'cargo' },
  chromium: { argv: ['chromium', '--version'], brings: 'chromium' },
  gh: { argv: ['gh', '--version'], brings: 'gh' },
  zsh: { argv: ['zsh', '--version'], brings: 'zsh' },
  fish: { argv: ['fish', '--version'], brings: 'fish' },
  ps: { argv: ['ps', '-eo', 'args'], brings: 'procps' },
  ipcmk: { argv: ['ipcmk', '--version'], brings: 'util-linux' },
  sshd: { argv: ['sh', '-c', 'PATH=$PATH:/usr/sbin command -v sshd'], brings: 'openssh-server' },
} satisfies Record<string, Need>;

/** A program or a right that some tests need. */
export type NeedName = keyof typeof needed;

/** The words before the reason of a test that wasn't run: the summary reads them back. */
export const lackingWord = 'not run here: ';

/**
 * In a test: does not run the rest of it where something is missing. In a file or a describe: none of its tests. Throws
 * in CI, naming what is missing. The reason is `<need> (<command that brings it>)`, for several joined by `; `.
 */
export function needs(...names: readonly NeedName[]): void {
  const lacking = names.flatMap((name) => {
    const command = commandFor(name);
    return command === null ? [] : [`${name} (${command})`];
  });
  if (lacking.length === 0) return;
  const reason = lacking.join('; ');
  const leave = ({ skip }: Pick<TestContext, 'skip'>): void => {
    if (process.env['CI']) throw new Error(`missing, and in CI nothing may be: ${reason}`);
    skip(`${lackingWord}${reason}`);
  };
  const current = TestRunner.getCurrentTest();
  if (current === undefined) beforeEach(leave);
  else leave(current.context);
}

const found = new Map<NeedName, string | null>();

// Null where the need is met.
function commandFor(name: NeedName): string | null {
  const known = found.get(name);
  if (known !== undefined) return known;
  const { argv, brings, user }: Need = needed[name];
  const [program, ...args] = argv;
  // 65534 is nobody.
  const as = user === true && isRoot() ? { uid: 65_534, gid: 65_534 } : {};
  const { status, error } = spawnSync(program, args, { stdio: 'ignore', cwd: '/', ...as });
  const missing = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT' || status === 127;
  const command =
    status === 0 ? null : missing || program === 'sh' ? `apt-get install ${brings}` : namespaceCommand(brings);
  found.set(name, command);
  return command;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

// The settings of Debian, Ubuntu and the kernel itself that keep ordinary users from namespaces of their own
// (user_namespaces(7)).
const settings = [
  ['kernel/unprivileged_userns_clone', '0', '1'],
  ['kernel/apparmor_restrict_unprivileged_userns', '1', '0'],
  ['user/max_user_namespaces', '0', '15000'],
] as const;

// The program is there and doesn't work: the setting that forbids it, else its package again.
function namespaceCommand(brings: string): string {
  for (const [name, forbids, allows] of settings)
    try {
      if (readFileSync(`/proc/sys/${name}`, 'utf8').trim() === forbids)
        return `sysctl -w ${name.replaceAll('/', '.')}=${allows}`;
    } catch {
      // This kernel doesn't know the setting.
    }
  return `apt-get install --reinstall ${brings}; it is there and does not work`;
}
