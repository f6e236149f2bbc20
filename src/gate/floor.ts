// Why: no card can grant some paths, and only a card that names them to the letter can grant some others.
// Promises: no role can change the files that fourline decides by: cards, settings, its own state, git's folders. A
// file that makes git or an agent run code needs a literal write: line.
// Never: reads a card; the gate asks with what the card grants.
import { ownStateNames } from '../places.ts';
import { firstRunners, runnerHint, runnerShape, runners } from './runners.ts';

/** The floor's answer for a path: open to any card, closed to all, or open only to a literal line. */
export type FloorWord =
  | { readonly kind: 'open' }
  | { readonly kind: 'closed'; readonly sentence: string }
  | { readonly kind: 'literal'; readonly sentence: string };

const shapes = runners.map((one) => ({ test: runnerShape(one.names), does: one.does }));
// Most paths are in no row: one question answers for all rows.
const allNames = runners.map((one) => one.names.trim()).join(' ');
const anyHint = runnerHint(allNames);
const anyShape = runnerShape(allNames);
const firstShape = runnerShape(firstRunners);

/**
 * Asks the floor about a workspace path (inboxes have their own rule, in the gate). `first` asks the floor of version
 * 0.1, which was smaller.
 */
export function askFloor(path: string, first = false): FloorWord {
  const [top, second, rest] = topSegments(path);
  const closed = (sentence: string): FloorWord => ({ kind: 'closed', sentence });
  if (/\.git/i.test(path) && path.split('/').some((segment) => segment.toLowerCase() === '.git'))
    return closed(".git is out of every role's reach");
  if (/^roles$/i.test(top)) return closed('roles/ is edited by people alone');
  if (/^fourline\.ya?ml$/i.test(top)) return closed('fourline.yaml is edited by people alone');
  if (top === 'state' && (second === '' || ownState(second))) return closed("it is fourline's own state");
  if (top === 'repos') {
    if (rest === '' || rest.startsWith('/')) return closed('it is no file of a repository');
    const runner = anyHint(rest) && anyShape.test(rest) ? shapes.find((one) => one.test.test(rest)) : undefined;
    if (runner !== undefined && (!first || firstShape.test(rest)))
      return { kind: 'literal', sentence: `it ${runner.does}: a card grants it only by its literal path` };
  }
  return { kind: 'open' };
}

// The first two segments, and what comes behind them.
function topSegments(path: string): readonly [top: string, second: string, rest: string] {
  const first = path.indexOf('/');
  if (first < 0) return [path, '', ''];
  const next = path.indexOf('/', first + 1);
  return [
    path.slice(0, first),
    path.slice(first + 1, next < 0 ? undefined : next),
    next < 0 ? '' : path.slice(next + 1),
  ];
}

function ownState(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    ownStateNames.some((own) => lower === own || lower.startsWith(`${own}-`) || lower.startsWith(`${own}.`)) ||
    lower.startsWith('journal') ||
    lower.startsWith('.')
  );
}
