// Why: where everything stands in a workspace, said once.
// Promises: pure; every other file asks here for a path instead of joining its own.
// Never: touches the disk.

/** Absolute paths of a workspace's parts. */
export type Places = {
  readonly root: string;
  readonly settings: string;
  readonly roles: string;
  readonly inbox: string;
  readonly repos: string;
  readonly state: string;
  readonly active: string;
  readonly orders: string;
  readonly cards: string;
  readonly requests: string;
  readonly journal: string;
  readonly ledger: string;
  readonly mirrors: string;
  readonly lock: string;
  readonly numbers: string;
  readonly running: string;
  /** Says which workspace this is; below `state`. */
  readonly place: string;
  /** Outside the workspace: agents read instruction files from every parent folder. */
  readonly rooms: string;
  /** Beside the rooms: what setups installed, found by runs and checks. */
  readonly layers: string;
  /** Outside the workspace too: the private keys that roles sign with. */
  readonly keys: string;
  /** Whose keys count. On the floor, beside the cards. */
  readonly signers: string;
};

/** The places of the workspace at `root`; `roomsHome` is where rooms of all workspaces live, `key` names this one there. */
export function placesOf(root: string, roomsHome: string, key: string): Places {
  const state = `${root}/state`;
  return {
    root,
    settings: `${root}/fourline.yaml`,
    roles: `${root}/roles`,
    inbox: `${root}/inbox`,
    repos: `${root}/repos`,
    state,
    active: `${state}/active`,
    orders: `${state}/orders`,
    cards: `${state}/cards`,
    requests: `${state}/requests`,
    journal: `${state}/journal.jsonl`,
    ledger: `${state}/ledger.git`,
    mirrors: `${state}/git`,
    lock: `${state}/lock.db`,
    numbers: `${state}/numbers.db`,
    running: `${state}/running.json`,
    place: 'workspace.json',
    rooms: `${roomsHome}/${key}`,
    layers: `${roomsHome.slice(0, Math.max(roomsHome.lastIndexOf('/'), 0))}/layers/${key}`,
    keys: `${roomsHome.slice(0, Math.max(roomsHome.lastIndexOf('/'), 0))}/keys/${key}`,
    signers: `${root}/roles/allowed_signers`,
  };
}

/** The names under `state/` that are fourline's own; every other name there belongs to roles. */
export const ownStateNames: readonly string[] = [
  'active',
  'orders',
  'cards',
  'requests',
  'git',
  'ledger.git',
  'journal.jsonl',
  'lock.db',
  'lock.db-journal',
  'numbers.db',
  'numbers.db-journal',
  'running.json',
  'workspace.json',
];
