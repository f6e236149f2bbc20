// Why: the environment of an agent or a check begins with a short list of the host's variables.
// Promises: an allow list, in a sandbox and outside. Each program carries the mark of its run.
// Never: hands on a variable that is not listed.
import { markName, markOf } from '../platform/process/ending.ts';
import { type Host, ownPath } from '../platform/process/host.ts';
import type { Opened } from '../record/work.ts';
import type { Checkout } from '../room/lay.ts';
import { authoritiesIn, inside } from '../sandbox/bubblewrap.ts';
import type { Brought } from '../sandbox/machine.ts';
import type { Workspace } from '../workspace/workspace.ts';

const passedOn = ['LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TERM'];
const certificates = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'];

function pickVariables(host: Host, names: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of names) {
    const value = host.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** The variables of a program outside of a sandbox, before anything of its own. */
export function outsideEnvironment(host: Host, of: Pick<Opened, 'room'>, folders: Checkout): Record<string, string> {
  return {
    ...pickVariables(host, [...passedOn, ...certificates]),
    PATH: ownPath(),
    HOME: folders.home,
    TMPDIR: folders.temporary,
    [markName]: markOf(of.room.place),
  };
}

/** The variables of a program in a sandbox, before anything of its own. */
export function insideEnvironment(
  { host, sandboxing }: Pick<Workspace, 'host' | 'sandboxing'>,
  runtime: Brought,
  of: Pick<Opened, 'room'>,
): Record<string, string> {
  const own = runtime.path.startsWith(inside.runtime) ? `${inside.runtime}/bin:` : '';
  // A sandbox sees the system's certificates and no others.
  const seen = Object.entries(pickVariables(host, certificates)).filter(([, path]) =>
    /^\/(?:etc\/ssl|usr)\//.test(path),
  );
  const authorities = authoritiesIn(sandboxing);
  return {
    ...pickVariables(host, passedOn),
    ...(authorities === null ? {} : { SSL_CERT_FILE: authorities }),
    ...Object.fromEntries(seen),
    PATH: `${own}/usr/local/bin:/usr/bin:/bin`,
    TMPDIR: inside.temporary,
    [markName]: markOf(of.room.place),
  };
}

/** Adds the variables that fourline.yaml sets for a repository. The folders of its PATH stand before the usual ones. */
export function withRepository(
  usual: Readonly<Record<string, string>>,
  home: string,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const before = own['PATH']?.split(':').map((folder) => folder.replace(/^~/, home)) ?? [];
  const path = [...before, usual['PATH'] ?? ''].filter((part) => part !== '').join(':');
  return { ...usual, ...own, PATH: path };
}
