// Why: a value in a sentence is read by an agent; in Files or in a command it decides what an order reaches.
// Promises: pure; says for each blank of a flow which it is. A file that begins a run gives no value that reaches
// further, unless the flow names it; an entry of an agent's list never chooses the program of a command.
// Never: looks at a value.
import { findSections } from '../order/sections.ts';
import type { Problem } from '../platform/text/problem.ts';
import type { Take, Trigger } from './keys.ts';
import { blank, type FlowStep, flowProblem, type PlacedWords } from './step.ts';

/** The commands of a step's order, each with its place: those of `check:`, and what stands in backticks. */
export function commandsIn({ lines, line, checks }: FlowStep): PlacedWords[] {
  const quoted = lines.flatMap((text, index) =>
    [...text.matchAll(/`([^`]*)`/g)].map((match) => ({
      text: match[1] ?? '',
      line: line + 1 + index,
      column: match.index + 2,
    })),
  );
  return [...quoted, ...checks];
}

/** The values of a flow that a file which begins a run may give. */
export function valuesOfFiles({ takes, on, steps }: FlowParts): string[] {
  const far = farReaching(steps);
  return takes.map(({ name }) => name).filter((name) => !far.has(name) || on.gives.includes(name));
}

type FlowParts = { readonly takes: readonly Take[]; readonly on: Trigger; readonly steps: readonly FlowStep[] };

function farReaching(steps: readonly FlowStep[]): Set<string> {
  const texts = steps.flatMap((step) => {
    const files = findSections(step.lines.join('\n'), 0).found.files?.lines ?? [];
    return [...commandsIn(step), ...files].map(({ text }) => text);
  });
  return new Set(texts.flatMap((text) => [...text.matchAll(blank)].map(([, name = '']) => name)));
}

/** The problems of what files give: `place` is where the flow says what begins it. */
export function givenFlaws(parts: FlowParts, place: { readonly line: number; readonly column: number }): Problem[] {
  const { takes, on } = parts;
  const problem = (message: string, hint: string): Problem =>
    flowProblem(place.line, message, { column: place.column, hint });
  const names = takes.map(({ name }) => name);
  const strange = on.gives
    .filter((name) => !names.includes(name))
    .map((name) => problem(`on: gives: takes: has no ${name}`, `takes: ${names.join(', ') || '(nothing)'}`));
  if (on.file === null) return [];
  const given = valuesOfFiles(parts);
  const open = takes.filter(({ name, otherwise }) => otherwise === null && !given.includes(name));
  const far = open.map(({ name }) =>
    problem(
      `on: file: a file does not give ${name}, which stands in Files or in a command`,
      `takes: { ${name}: … } gives it a value; on: { file: …, gives: ${name} } lets the file decide`,
    ),
  );
  return [...strange, ...far];
}

/** The commands whose program an entry of a list would choose. An agent writes that list. */
export function programFlaws(steps: readonly FlowStep[]): Problem[] {
  return steps.flatMap((step) =>
    commandsIn(step).flatMap(({ text, line, column }) => {
      const found = /(?:^|[;&|(!{]|\$\()\s*(?:\w+=\S*\s+)*\{item\}/.exec(text);
      if (found === null) return [];
      const at = column + found.index + found[0].lastIndexOf('{item}');
      const hint = 'write the program, and {item} as its argument';
      return [flowProblem(line, 'an entry of a list would choose the program of this command', { column: at, hint })];
    }),
  );
}
