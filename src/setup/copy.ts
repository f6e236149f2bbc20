// Why: without a sandbox nothing can be mounted for one run alone, so layers are copied, with shared blocks if the disk
// can do that.
// Promises: a copy never replaces an existing file.
// Never: links: a link would let a run write into the layer.
import { constants } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Layer, partsOf } from './layer.ts';

/** Copies layers to a repository's folder and a HOME. */
export async function copyLayers(layers: readonly Layer[], repository: string, home: string): Promise<void> {
  for (const part of layers.flatMap(partsOf)) {
    // A copy in a place that git tracks would be a change of the run's.
    if (part.fetched) continue;
    const to = `${part.home ? home : repository}/${part.to}`;
    await mkdir(dirname(to), { recursive: true });
    await cp(part.from, to, {
      recursive: true,
      force: false,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
    });
  }
}
