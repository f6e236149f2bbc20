// Why: a command that reads five hundred small files before it does anything is slow. The package holds fourline and what it is built with in a few large files.
// Promises: the programs that run inside a sandbox stay files of their own; whose work else is in the bundle stands in dist/licenses.txt, with its licence.
// Never: changes what the source does.
import { readdirSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { defineConfig, type OutputOptions, type Plugin, type RolldownOptions } from 'rolldown';

const top = import.meta.dirname;

// A module's own address leads to files beside it: in the bundle it is the one that the module would have in dist/.
const addresses: Plugin = {
  name: 'addresses',
  transform: (code, id) => {
    if (!id.startsWith(`${top}/src/`) || !code.includes('import.meta.url')) return null;
    const place = `./${relative(`${top}/src`, id).replace(/\.ts$/, '.js')}`;
    return code.replaceAll('import.meta.url', `new URL(${JSON.stringify(place)}, import.meta.url).href`);
  },
};

// The folder of the package that a module belongs to; null for fourline's own.
function packageOf(id: string): string | null {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0] ?? null;
}

const licences: Plugin = {
  name: 'licences',
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap((chunk) => (chunk.type === 'chunk' ? Object.keys(chunk.modules) : []));
    const folders = [...new Set(modules.flatMap((id) => packageOf(id) ?? []))].sort();
    const source = folders.map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
      const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
      return `${name} ${version} (${license})\n\n${file === undefined ? '' : readFileSync(`${folder}/${file}`, 'utf8')}\n`;
    });
    this.emitFile({ type: 'asset', fileName: 'licenses.txt', source: source.join(`\n${'-'.repeat(80)}\n\n`) });
  },
};

const programs = ['bridge', 'hook', 'rehearse'].map((name) => [`sandbox/inside/${name}`, `src/sandbox/inside/${name}.ts`]);

/** How fourline is bundled, into `dir`. */
export function bundleInto(dir: string): Omit<RolldownOptions, "output"> & { readonly output: OutputOptions } {
  return {
    cwd: top,
    input: { cli: 'src/main.ts', api: 'src/api.ts', ...Object.fromEntries(programs) },
    platform: 'node',
    // They may be there or not, and are asked for by name.
    external: ['@anthropic-ai/sandbox-runtime', /^@opentelemetry\//],
    // Its other form loads its own files by names that no bundle knows.
    resolve: { alias: { 'jsonc-parser': `${top}/node_modules/jsonc-parser/lib/esm/main.js` } },
    plugins: [addresses, licences],
    output: { dir, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'part-[name]-[hash].js' },
  };
}

export default defineConfig(bundleInto(resolve(top, 'dist')));

