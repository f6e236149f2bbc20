// Why: much goes wrong while a run goes on, and a test must act just then.
// Promises: the agent has begun when `begun` returns, and does its steps when `go` was called; with a daemon that is
// watched from outside.
// Never: waits for time to pass; the agent looks for a file.
import { watch } from 'node:fs';
import { access } from 'node:fs/promises';
import { type Daemon, startDaemon } from './daemon.ts';
import { card, type Office, openOffice } from './office.ts';

/** An office whose coder waits at a gate in its first attempt. */
export type Gated = Office & {
  readonly daemon: Daemon;
  /** Settles when the coder stands at the gate. */
  readonly begun: () => Promise<void>;
  /** Lets it through. */
  readonly go: () => Promise<void>;
};

/** Waits until a file is there. */
export async function appears(folder: string, name: string): Promise<void> {
  const there = (): Promise<boolean> =>
    access(`${folder}/${name}`).then(
      () => true,
      () => false,
    );
  const watcher = watch(folder);
  try {
    for (;;) {
      // Listened for before it is looked for: what comes between the two counts.
      const changed = new Promise((resolve) => watcher.once('change', resolve));
      if (await there()) return;
      await changed;
    }
  } finally {
    watcher.close();
  }
}

/** Opens an office with one coder, who does `steps` behind the gate; `front` goes into its card. */
export async function gatedOffice(steps: string, front = ''): Promise<Gated> {
  const gate = '- shell: touch "$GATE/begun"; while [ -d "$GATE" ] && [ ! -e "$GATE/go" ]; do sleep 0.05; done';
  const office = await openOffice({
    coder: card(`${gate}\n${steps}`, `write: |\n  repos/*/src/**\nenv: GATE\n${front}`),
  });
  // The agent and the test meet in the workspace: no sandbox between them.
  await office.write('fourline.yaml', 'sandbox: off\n');
  office.env['GATE'] = office.root;
  process.env['GATE'] = office.root;
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/b.ts': '1\n' });
  const daemon = await startDaemon(office);
  return {
    ...office,
    daemon,
    begun: () => appears(office.root, 'begun'),
    go: () => office.write('go', ''),
  };
}
