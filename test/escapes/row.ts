// Why: an attack is a row of a table: who reads the table knows what was tried, what must stop it, and how one would
// have seen that it did not.
// Promises: plain data; what is seen afterwards is asked of the world outside the room.
// Never: runs anything.
import type { Verdict } from '../../src/gate/verdict.ts';
import type { Replacement } from '../kit/house.ts';
import type { LayerName } from './layers/layers.ts';
import type { Stage } from './stage.ts';

/** A user an attack is tried as. */
export type Leg = { readonly name: 'root' | 'an ordinary user'; readonly uid: number; readonly gid: number };

/** The exit code and the output of a command. */
export type Told = { readonly code: number | null; readonly out: string; readonly err: string };

/** An order of a row's own: for attacks that would disturb others, or need another repository, order or moment. */
export type Alone = {
  readonly objective?: string;
  readonly accept?: readonly string[];
  readonly files?: readonly string[];
  readonly branching?: string;
  readonly role?: string;
  /** The order's whole text, instead of the parts above; `ROW` stands for the row's number. */
  readonly order?: string;
  /** Files of a repository of its own, `repos/<row>`. */
  readonly repo?: Readonly<Record<string, string>>;
  /** The acts of people before. `name` is the row's repository. */
  readonly before?: (stage: Stage, name: string) => void;
};

/** One attack. */
export type Row = {
  readonly name: string;
  /** The layers that must stop it. With several, each of them does: only all of them off let it through. */
  readonly layers: readonly [LayerName, ...LayerName[]];
  /**
   * The command that the agent runs, in its copy of the repository. Without `through`, exit 0 means that it got
   * through.
   */
  readonly line: string;
  readonly through?: (after: After) => boolean | Promise<boolean>;
  /** As whom it can get through at all; the other has no way even without the layer. */
  readonly only?: Leg['name'];
  readonly alone?: Alone;
};

/** Rows that are tried in one workspace. */
export type Scene = {
  readonly name: string;
  /** Front matter of the role that attacks, beside its agent. */
  readonly card: string;
  /** Files of `repos/shop`. */
  readonly files: Readonly<Record<string, string>>;
  /** The order's Objective, Files and Acceptance. */
  readonly objective?: string;
  readonly order: readonly string[];
  readonly accept?: readonly string[];
  /** More of the workspace: other cards (`{attack}` stands for the attacker's program), state. */
  readonly workspace?: Readonly<Record<string, string>>;
  readonly settings?: string;
  /** More for the attacker's environment. */
  readonly values?: (stage: Stage) => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
  /** The agent's last command, so that there is honest work to land. */
  readonly last?: string;
  /** The acts of people before the daemon. */
  readonly before?: (stage: Stage) => void;
  /** Changes made in every house of the scene: a limit that is quicker to reach. The row says so. */
  readonly tune?: readonly Replacement[];
  /**
   * True if the layer that holds depends on the user who starts it: layers are then switched off as each user, not only
   * as the ordinary one.
   */
  readonly byUser?: boolean;
  readonly rows: readonly Row[];
};

/** The world after the daemon, for one row. */
export type After = {
  readonly place: string;
  /** The row's order by name, and its repository. */
  readonly row: string;
  readonly repo: string;
  /** The daemon's words. */
  readonly said: string;
  readonly orders: () => readonly { readonly id: string; readonly folder: string }[];
  readonly record: (order: string, file: string) => string;
  readonly transcript: (order: string) => string;
  readonly outcome: (order: string) => string;
  readonly verdicts: (order: string) => readonly Verdict[];
  /** The names on the checked-out branch of a repository. */
  readonly tree: (repo: string) => string[];
  readonly git: (repo: string, ...args: string[]) => string;
  readonly blob: (repo: string, path: string) => string;
  /** Files below the place: `work/`, `out/` … */
  readonly has: (path: string) => boolean;
  readonly read: (path: string) => string;
  readonly list: (path: string) => string[];
  /** A command's answer, asked once. */
  readonly fourline: (...args: string[]) => Promise<Told>;
  /** The output of a command on a terminal. */
  readonly terminal: (...args: string[]) => string;
};
