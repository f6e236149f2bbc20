// Why: layers and shared checkouts are large, and people don't remove by hand what they didn't put there. They are
// removed by themselves, and when the disk is full.
// Promises: a layer that a running order may have in its sandbox stays, however old it is and however full the disk is.
// Never: removes what can't be made again: a setup makes the layer anew.
import { listRepos } from '../platform/git/repos.ts';
import { showSize } from '../platform/text/text.ts';
import { dropIdleShared } from '../room/shared.ts';
import { clearDrafts, type Layer, listLayers, removeLayer } from '../setup/layer.ts';
import { repoSettings, type Workspace } from '../workspace/workspace.ts';
import { shortOfSpace } from './bounds.ts';
import { sharedHome } from './room-kind.ts';

const oldLayersDay = 24 * 60 * 60_000;

/** Milliseconds between two looks for layers that nobody uses any more. */
const oldLayersLookTime = 60 * 60_000;

/**
 * Until when a layer is kept, in milliseconds since 1970: `keepFor` days after its last use. A layer that serves a
 * commit which has not landed is kept for at most one day.
 */
export function keptUntil(layer: Pick<Layer, 'used' | 'alone'>, keepFor: number): number {
  return layer.used + (layer.alone === true ? Math.min(1, keepFor) : keepFor) * oldLayersDay;
}

/** Removes layers while a daemon works. */
export type LayerKeeper = {
  /**
   * Removes layers whose time is over, once an hour. `since` is when the oldest running order began, null if no order
   * runs.
   */
  readonly look: (since: number | null) => Promise<void>;
  /** Why no run may start, as shortOfSpace says it, after unused layers were removed. */
  readonly shortOf: (folders: readonly string[], since: number | null) => Promise<string | null>;
};

/**
 * Keeps a workspace's layers in order. The first look, before anything runs, also removes what an earlier daemon left
 * half-made.
 */
export function keepLayers(workspace: Workspace): LayerKeeper {
  const { places, clock, tell, inTurn } = workspace;
  let looked = Number.NEGATIVE_INFINITY;
  // A running order uses its layers after it began: a layer that was last used before that is in no sandbox.
  const idle = async (since: number | null): Promise<Layer[]> =>
    (await listLayers(places.outside.layers)).filter((one) => since === null || one.used < since - 1000).reverse();
  const say = (bytes: number, why: string): void => {
    if (bytes > 0)
      tell({ kind: 'layers', detail: `layers of setups are removed, ${showSize(bytes)}: ${why}`, weight: 'minor' });
  };
  return {
    look: async (since) => {
      if (clock.elapsed() - looked < oldLayersLookTime) return;
      if (looked === Number.NEGATIVE_INFINITY) {
        await dropIdleShared(sharedHome(workspace), new Set(await listRepos(places.repos)));
        for (const stuck of await clearDrafts(places.outside.layers))
          tell({ kind: 'layers', detail: `${stuck}  → remove it by hand`, weight: 'bad' });
      }
      looked = clock.elapsed();
      const now = clock.now().getTime();
      let bytes = 0;
      for (const layer of await idle(since))
        if (keptUntil(layer, repoSettings(workspace, layer.repo).keepFor) <= now)
          bytes += await removeLayer(inTurn, places.outside.layers, layer);
      say(bytes, 'nobody used them for so long (keep-for:)');
    },
    shortOf: async (folders, since) => {
      const { free } = workspace.settings;
      let short = await shortOfSpace(folders, free);
      if (short === null) return null;
      await dropIdleShared(sharedHome(workspace), new Set());
      short = await shortOfSpace(folders, free);
      if (short === null) return null;
      let bytes = 0;
      for (const layer of await idle(since)) {
        bytes += await removeLayer(inTurn, places.outside.layers, layer);
        short = await shortOfSpace(folders, free);
        if (short === null) break;
      }
      say(bytes, `the disk is full; setups make them again${short === null ? '' : `, and ${short} all the same`}`);
      return short;
    },
  };
}
