// Why: people and hooks call commands again and again; each begins from nothing.
// Promises: the program as the package has it, a process each, in turn, beside `node -e 0`.
// Never: keeps anything warm but what the system caches.
import { execFileSync } from 'node:child_process';
import { settleMany } from './copies.ts';
import { cardOf, type Office, openOffice, threeFiles } from './kit.ts';
import { inTurn, type Measure, tellMeasures } from './tell.ts';

// A process each: node itself, and fourline in an office.
function callsIn({ cli, env, root }: Office) {
  const run = async (...args: string[]): Promise<void> =>
    void execFileSync(process.execPath, args, { env, stdio: 'pipe' });
  return { run, fourline: (...args: string[]): Promise<void> => run(cli, '-C', root, ...args) };
}

/** P9. */
export const coldFigure: Measure = {
  name: 'P9',
  rounds: 10,
  measure: async ({ rounds }) => {
    const office = await openOffice({ sandbox: 'off', files: 40, cards: { coder: cardOf(threeFiles) } });
    try {
      const { run, fourline } = callsIn(office);
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

/** P12. */
export const tabFigure: Measure = {
  name: 'P12',
  rounds: 15,
  measure: async ({ rounds }) => {
    const names = ['coder', 'docs', 'ops', 'planner', 'reviewer', 'scout', 'security', 'tester'];
    const cards = Object.fromEntries(names.map((name) => [name, cardOf(threeFiles, `description: The ${name}.\n`)]));
    const office = await openOffice({ sandbox: 'off', files: 5000, cards });
    try {
      await settleMany(office, 1000, 'said');
      for (let at = 0; at < 30; at += 1) await office.drop(`open-${at}`, { role: names[at % names.length] ?? '' });
      const { run, fourline } = callsIn(office);
      const times = await inTurn(rounds, {
        bare: () => run('-e', '0'),
        roles: () => fourline('complete', '--', 'order', ''),
        ids: () => fourline('complete', '--', 'show', ''),
        paths: () => fourline('complete', '--', 'can', 'coder', 'repos/shop/src/d0/'),
      });
      const figure = { name: 'P12', unit: 'ms', bare: times.bare, beside: 'node -e 0' } as const;
      return [
        { ...figure, what: 'Tab: roles', value: times.roles },
        { ...figure, what: 'Tab: ids with objectives, 30 open and 1,000 settled orders', value: times.ids },
        { ...figure, what: 'Tab: paths that a role may change', value: times.paths },
      ];
    } finally {
      await office.close();
    }
  },
};

if (import.meta.main) await tellMeasures([coldFigure, tabFigure]);
