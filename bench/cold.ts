// Why: people and hooks call commands again and again; each begins from nothing.
// Promises: the program as the package has it, a process each, in turn, beside `node -e 0`.
// Never: keeps anything warm but what the system caches.
import { execFileSync } from 'node:child_process';
import { cardOf, openOffice, threeFiles } from './kit.ts';
import { inTurn, type Measure, tellMeasures } from './tell.ts';

/** P9. */
export const coldFigure: Measure = {
  name: 'P9',
  rounds: 10,
  measure: async ({ rounds }) => {
    const office = await openOffice({ sandbox: 'off', files: 40, cards: { coder: cardOf(threeFiles) } });
    try {
      const run = async (...args: string[]): Promise<void> =>
        void execFileSync(process.execPath, args, { env: office.env, stdio: 'pipe' });
      const fourline = (...args: string[]): Promise<void> => run(office.cli, '-C', office.root, ...args);
      const times = await inTurn(rounds, {
        bare: () => run('-e', '0'),
        can: () => fourline('can', 'coder', 'repos/shop/src/d0/file1.ts'),
        status: () => fourline('status'),
      });
      const figure = { name: 'P9', unit: 'ms', bare: times.bare, beside: 'node -e 0' } as const;
      return [
        { ...figure, what: '`fourline can` from cold', value: times.can },
        { ...figure, what: '`fourline status` from cold', value: times.status },
      ];
    } finally {
      await office.close();
    }
  },
};

if (import.meta.main) await tellMeasures([coldFigure]);
