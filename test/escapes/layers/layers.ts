// Why: a layer is what must stop an attack; its name stands in the rows it has to hold.
// Promises: every layer says how it is switched off.
// Never: names a layer that no row needs; the suite's own test says so.
import type { Replacement } from '../../kit/house.ts';
import { landingLayers } from './landing.ts';
import { wallLayers } from './walls.ts';

const all = { ...wallLayers, ...landingLayers };

/** The name of a layer. */
export type LayerName = keyof typeof all;

/** How each layer is switched off in a copy of the source. */
export const layers: Readonly<Record<LayerName, readonly Replacement[]>> = all;

/**
 * A sandbox with a layer less is found out at start: the probes are switched off with it, so that the rows themselves
 * are what is seen.
 */
export const withoutProbes: Replacement = [
  'api/work.ts',
  `if (sandboxing.kind !== 'bubblewrap') return;`,
  `if ('probes' !== '') return;`,
];
