// Why: where everything stands in a workspace, said once.
// Promises: pure; every other file asks here for a path instead of joining its own.
// Never: touches the disk.

/** The history: what it is written to, and what it is published to. */
export type HistoryPlaces = { readonly journal: string; readonly index: string; readonly ledger: string };

/** Files by which the processes of a workspace exclude each other, and send each other requests. */
export type SessionPlaces = {
  readonly lock: string;
  readonly numbers: string;
  readonly running: string;
  readonly requests: string;
  /** How far each action of `on:` was told of the journal. */
  readonly told: string;
};

/** Places outside the workspace: agents read instruction files from every parent folder. */
export type OutsidePlaces = {
  readonly rooms: string;
  /** Beside the rooms: what setups installed, found by runs and checks. */
  readonly layers: string;
  /** Beside the rooms: the checkouts that rooms share, by repository. */
  readonly checkouts: string;
  /** Beside the rooms: what audits counted, by repository. */
  readonly counts: string;
  /** The private keys that roles sign with. */
  readonly keys: string;
};

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
  readonly mirrors: string;
  readonly history: HistoryPlaces;
  readonly session: SessionPlaces;
  readonly outside: OutsidePlaces;
  /** Says which workspace this is; below `state`. */
  readonly place: string;
  /** Whose keys count. On the floor, beside the cards. */
  readonly signers: string;
};

/** Places for callers that need only those of the history. */
export type OfHistory = Pick<Places, 'history'>;

/**
 * The places of the workspace at `root`; `roomsHome` is where rooms of all workspaces live, `key` names this one there.
 */
export function placesOf(root: string, roomsHome: string, key: string): Places {
  const state = `${root}/state`;
  const above = roomsHome.slice(0, Math.max(roomsHome.lastIndexOf('/'), 0));
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
    mirrors: `${state}/git`,
    history: { journal: `${state}/journal.jsonl`, index: `${state}/index.db`, ledger: `${state}/ledger.git` },
    session: {
      lock: `${state}/lock.db`,
      numbers: `${state}/numbers.db`,
      running: `${state}/running.json`,
      requests: `${state}/requests`,
      told: `${state}/told.json`,
    },
    outside: {
      rooms: `${roomsHome}/${key}`,
      layers: `${above}/layers/${key}`,
      checkouts: `${above}/checkouts/${key}`,
      counts: `${above}/counts/${key}`,
      keys: `${above}/keys/${key}`,
    },
    place: 'workspace.json',
    signers: `${root}/roles/allowed_signers`,
  };
}

/** The file that keeps the text of a card that was in force, or that was replaced or removed. */
export function keptCard({ cards }: Pick<Places, 'cards'>, digest: string): string {
  return `${cards}/${digest}.md`;
}

/** Texts that fourline hands down lie here: no role may write them, and an order may name them below `refs:`. */
export const handedFolder = 'state/handed';

/** The names under `state/` that are fourline's own; every other name there belongs to roles. */
export const ownStateNames: readonly string[] = [
  'active',
  'orders',
  'cards',
  'requests',
  'flows',
  'handed',
  'git',
  'ledger.git',
  'journal.jsonl',
  'index.db',
  'index.db-wal',
  'index.db-shm',
  'lock.db',
  'lock.db-journal',
  'numbers.db',
  'numbers.db-journal',
  'running.json',
  'told.json',
  'workspace.json',
];
