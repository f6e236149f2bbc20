// Why: a row that nothing holds up proves nothing: every row is tried twice, against the whole program and against one
// without what should hold it.
// Promises: one test for all rows of a scene with everything on, as root and as an ordinary user where tests run as
// root; and tests with a layer switched off: some of them, drawn, with everything else, each of them with
// FOURLINE_HEAVY.
// Never: skips; what can only be proved as root says so in its name.
import { expect, test } from 'vitest';
import { someOf } from '../kit/dice.ts';
import { buildHouse } from '../kit/house.ts';
import { type LayerName, layers, withoutProbes } from './layers/layers.ts';
import type { Row, Scene } from './row.ts';
import { legs, playScene } from './stage.ts';

/** Registers the tests of a scene. */
export function proveScene(scene: Scene): void {
  for (const leg of legs)
    test(`${scene.name}: none of ${scene.rows.length} gets through, as ${leg.name}`, async () => {
      expect(await playScene(buildHouse(scene.tune), leg, scene, scene.rows)).toEqual([]);
    });
  for (const [key, rows] of someOf([...groupsOf(scene.rows)], 10)) {
    const names = key.split(' + ') as LayerName[];
    const off = [withoutProbes, ...names.flatMap((name) => layers[name])];
    // The other user as well where a layer holds root alone, and with FOURLINE_HEAVY for every layer.
    const every = Boolean(process.env['FOURLINE_HEAVY']) || rows.some((row) => row.only === 'root');
    for (const leg of scene.byUser === true && every ? legs : legs.slice(-1)) {
      const provable = rows.filter((row) => (row.only ?? leg.name) === leg.name);
      if (provable.length === 0) continue;
      test(`${scene.name}: without ${key} ${provable.length} get through, as ${leg.name}`, async () => {
        const through = await playScene(buildHouse([...(scene.tune ?? []), ...off]), leg, scene, provable);
        expect(through).toEqual(provable.map((row) => row.name));
      });
    }
  }
}

function groupsOf(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = row.layers.join(' + ');
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return groups;
}
