// Why: what people do with cards is a part of the API of its own.
// Promises: a method's code is loaded when it is called.
// Never: does the work; the files that it loads do.
import type { Exported, ExportQuestion, Imported, ImportQuestion } from './cards.ts';
import type { OpenedCard, PlacedCard, WeighedCard } from './edit-card.ts';
import type { RolePause } from './pause.ts';
import type { RemovedRole, RoleTies } from './remove-role.ts';
import type { Replay, ReplayQuestion } from './replay.ts';
import type { CardDetails, MadeCard, NewCard, RoleRow } from './roles.ts';
import type { Site } from './site.ts';

/** The cards of the roles. */
export type CardWork = {
  /** Lists the roles; with `files`, how many files of the repositories each may change. */
  readonly roles: (question?: { readonly files?: boolean }) => Promise<readonly RoleRow[]>;
  readonly role: (name: string) => Promise<CardDetails>;
  /** Holds all orders of a role, or lets them start again: an operator's step, in the journal. */
  readonly pause: (role: string) => Promise<RolePause>;
  readonly resume: (role: string) => Promise<RolePause>;
  /** Makes a card to edit. */
  readonly newRole: (name: string, card?: NewCard) => Promise<MadeCard>;
  /** Says what rests on a card; and removes it, if it still has the digest that was seen. */
  readonly ties: (role: string) => Promise<RoleTies>;
  readonly removeRole: (role: string, digest: string) => Promise<RemovedRole>;
  /** Opens a card's file to edit, weighs a text for it, and puts one in its place while the file is as it was. */
  readonly openCard: (role: string) => Promise<OpenedCard>;
  readonly weighCard: (role: string, text: string) => Promise<WeighedCard>;
  readonly placeCard: (opened: OpenedCard, text: string) => Promise<PlacedCard>;
  /** Judges the last orders of a role again, by its card's file. */
  readonly replay: (role: string, question?: ReplayQuestion) => Promise<Replay>;
  /** Makes cards of other tools' agent files: all of them or none. No card that comes in may change a path. */
  readonly importRoles: (question: ImportQuestion) => Promise<readonly Imported[]>;
  /** Writes cards as agent files of another tool: all of them or none. */
  readonly exportRoles: (question: ExportQuestion) => Promise<readonly Exported[]>;
};

/** The work on the cards of a workspace. */
export function cardWork(site: Site): CardWork {
  return {
    roles: async (question) => (await import('./roles.ts')).listRoles(site, question),
    role: async (name) => (await import('./roles.ts')).showRole(site, name),
    pause: async (role) => (await import('./pause.ts')).setPaused(site, role, true),
    resume: async (role) => (await import('./pause.ts')).setPaused(site, role, false),
    newRole: async (name, card = {}) => (await import('./roles.ts')).newRole(site, name, card),
    ties: async (role) => (await import('./remove-role.ts')).readTies(site, role),
    removeRole: async (role, digest) => (await import('./remove-role.ts')).removeRole(site, role, digest),
    openCard: async (role) => (await import('./edit-card.ts')).openCard(site, role),
    weighCard: async (role, text) => (await import('./edit-card.ts')).weighText(site, role, text),
    placeCard: async (opened, text) => (await import('./edit-card.ts')).placeCard(site, opened, text),
    replay: async (role, question) => (await import('./replay.ts')).replayRole(site, role, question),
    importRoles: async (question) => (await import('./cards.ts')).importRoles(site, question),
    exportRoles: async (question) => (await import('./cards.ts')).exportRoles(site, question),
  };
}
