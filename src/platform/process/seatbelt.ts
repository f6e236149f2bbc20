// Why: macOS has a sandbox of its own, Seatbelt, and a package keeps profiles for it up to date. fourline uses it
// through this file alone, and only on machines that have it.
// Promises: the program can write to the named folders only. It can read nothing of people's homes, the workspace and
// other runs' rooms but what is named. It has no network, or one port of this machine.
// Never: proven where this project is tested: there is no macOS there. The tests cover the profile that it builds, not
// what the system then does.
import { messageOf, type Reason } from '../text/fault.ts';
import { shellWord } from '../text/text.ts';

/**
 * The rights of a program behind Seatbelt. Paths are absolute host paths; `port` is a proxy's on 127.0.0.1; `shared`
 * opens the whole network.
 */
export type SeatbeltPlan = {
  readonly writable: readonly string[];
  readonly readable: readonly string[];
  /** Folders that are out of sight, but for what is named above. */
  readonly hidden: readonly string[];
  readonly shared: boolean;
  readonly port: number | null;
};

/** Wraps an argument vector. Throws what the package throws. */
export type Seatbelt = (plan: SeatbeltPlan, argv: readonly string[]) => [string, ...string[]];

/** Loads the package; a string says why it cannot be used. */
export async function loadSeatbelt(): Promise<Seatbelt | Reason> {
  try {
    const { wrapCommandWithSandboxMacOS: wrap } = await import(
      '@anthropic-ai/sandbox-runtime/dist/sandbox/macos-sandbox-utils.js'
    );
    return (plan, argv) => {
      const command = wrap({
        // A line for a shell: each word of ours is one word of it, whatever it holds.
        command: argv.map(shellWord).join(' '),
        needsNetworkRestriction: !plan.shared,
        ...(plan.port === null ? {} : { httpProxyPort: plan.port }),
        allowLocalBinding: false,
        // Names are names here: a folder may hold what would otherwise be a pattern.
        readConfig: {
          denyOnly: [],
          literalDenyOnly: [...plan.hidden],
          literalAllowWithinDeny: [...plan.readable, ...plan.writable],
        },
        writeConfig: { allowOnly: [], literalAllowOnly: [...plan.writable], denyWithinAllow: [] },
        allowGitConfig: true,
        binShell: 'sh',
      });
      return ['/bin/sh', '-c', `exec ${command}`];
    };
  } catch (error) {
    return `@anthropic-ai/sandbox-runtime cannot be used: ${messageOf(error).split('\n')[0] ?? ''}`;
  }
}
