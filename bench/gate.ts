// Why: the gate asks for every changed path against the lines of the card, and agents choose the names.
// Promises: 100,000 changed paths against 50 patterns, beside the same patterns as plain expressions; half of the paths
// match. The widest patterns that the grammar lets through: matched, and compared within the budget.
// Never: counts the walk that finds the changes.
import type { Change } from '../src/changes/change.ts';
import { judge } from '../src/gate/gate.ts';
import { globsContain, openBudget } from '../src/platform/text/compare.ts';
import { compileGrant, compileMatcher } from '../src/role/grant.ts';
import { parseRole } from '../src/role/role.ts';
import { inTurn, type Measure, tellMeasures } from './tell.ts';

const fifty = Array.from({ length: 50 }, (_, at) => at);
const patterns = fifty.map((at) => `repos/shop/src/d${at}/**/file*.ts`);
const expressions = fifty.map((at) => new RegExp(`^repos/shop/src/d${at}/(?:.*/)?file[^/]*\\.ts$`));
const paths = Array.from({ length: 100_000 }, (_, at) => `repos/shop/src/d${at % 100}/part${at % 7}/file${at}.ts`);

// Everything may stand for everything, and only the end differs.
const widePattern = (name: string, end: string): string => `src/**/${`*${name}*/`.repeat(55)}**/${end}`;
const longPath = `src/${`${'a'.repeat(60)}/`.repeat(62)}y`;

/** P10. */
export const gateFigure: Measure = {
  name: 'P10',
  rounds: 3,
  measure: async ({ rounds }) => {
    const card = `---\nagent: command\ncommand: [x]\nwrite: |\n${patterns.map((one) => `  ${one}\n`).join('')}---\n`;
    const reading = parseRole('coder', card);
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
    const law = { grant: compileGrant(reading.role, 'roles/coder.md'), scope: null, pinned: [] };
    const changes = paths.map((path): Change => ({ path, what: 'modified', before: null, after: null, flaw: null }));
    const wide = [...fifty.keys()]
      .slice(0, 20)
      .map((at) => [widePattern('a', `x*${at}*`), widePattern('b', `*${at}*y`)]);
    const matcher = compileMatcher('card', [{ glob: { text: widePattern('a', 'x*'), literal: false }, line: 1 }]);
    const times = await inTurn(rounds, {
      gate: async () => judge(changes, law, paths),
      matchers: async () => paths.filter((path) => law.grant.write.match(path) !== undefined),
      plain: async () => paths.filter((path) => expressions.some((one) => one.test(path))),
      match: async () => matcher.match(longPath),
      compare: async () => {
        const budget = openBudget();
        for (const [, inner = ''] of wide)
          globsContain(
            wide.map(([outer = '']) => outer),
            inner,
            budget,
          );
      },
    });
    const figure = { name: 'P10', unit: 'ms', bare: times.plain, beside: 'expressions alone' } as const;
    const alone = { ...figure, bare: null, beside: '' };
    return [
      { ...figure, what: '100,000 paths judged by 50 patterns', value: times.gate },
      { ...figure, what: 'of that, finding the pattern', value: times.matchers },
      { ...alone, what: `the widest pattern, asked about a path of ${longPath.length} characters`, value: times.match },
      { ...alone, what: 'twenty such patterns held against twenty, within the budget', value: times.compare },
    ];
  },
};

if (import.meta.main) await tellMeasures([gateFigure]);
