// Why: `fourline lsp` is the language server that an editor starts for cards, orders and fourline.yaml.
// Promises: standard output is the protocol alone; it ends when its editor does.
// Never: needs a workspace to begin: files of several may be open.
import { dirname } from 'node:path';
import { openFourline } from '../../api.ts';
import { serveLsp } from '../../lsp/lsp.ts';
import { processAlive } from '../../platform/process/ending.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Serves one editor; 1 when it left without a goodbye. */
export async function runLsp(invocation: Invocation): Promise<number> {
  if (process.stdin.isTTY) invocation.log.say('lsp: waits for an editor on standard input; Ctrl-D ends it', 'dim');
  const well = await serveLsp({
    lives: processAlive,
    open: (path) => openFourline(dirname(path), invocation),
    input: process.stdin,
    output: process.stdout,
  });
  return well ? exitCodes.ok : exitCodes.no;
}
