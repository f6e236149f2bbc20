// Why: the table of attacks is read in several places: where it is held to be a table, and where SECURITY.md names its
// rows.
// Promises: every row of rows/, in one list.
// Never: runs anything.
import type { Row } from './row.ts';
import { checks } from './rows/checks.ts';
import { gate } from './rows/gate.ts';
import { git } from './rows/git.ts';
import { kernel } from './rows/kernel.ts';
import { landing } from './rows/landing.ts';
import { mail } from './rows/mail.ts';
import { mounts } from './rows/mounts.ts';
import { names } from './rows/names.ts';
import { objects, overfull } from './rows/objects.ts';
import { output } from './rows/output.ts';
import { processes } from './rows/processes.ts';
import { secrets } from './rows/secrets.ts';
import { setup } from './rows/setup.ts';

/** All attacks. */
export const rows: readonly Row[] = [
  ...[mounts, processes, kernel, checks, names, objects, overfull],
  ...[gate, git, mail, landing, output, secrets, setup],
].flat();
