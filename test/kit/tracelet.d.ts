/** The package has no types of its own. */
declare module '@jnmetacode/tracelet' {
  import type { Server } from 'node:http';

  /** Listens for OTLP and shows what came. */
  export function startServer(options: { port: number; uiPort: number; open: boolean }): {
    readonly ingest: Server;
    readonly ui: Server;
  };
}
