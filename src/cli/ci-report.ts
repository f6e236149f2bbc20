// Why: CI servers show what a program finds in forms of their own: SARIF, GitHub's annotations, JUnit.
// Promises: pure. One report gives all three; whatever a file or an agent wrote is escaped.
// Never: decides what is wrong.
import { escapeText } from '../platform/text/text.ts';

/** One thing found. `line` and `column` count from 1; `file` is a path of the workspace. */
export type CiRemark = {
  readonly code: string;
  readonly level: 'error' | 'warning';
  readonly message: string;
  readonly hint: string | null;
  readonly file: string;
  readonly line: number;
  readonly column: number;
};

/** All that a command found; `looked` are the things that it looked at, found or not. */
export type CiReport = { readonly command: string; readonly looked: readonly string[]; readonly remarks: CiRemark[] };

const reportForms = { sarif: sarifText, github: githubText, junit: junitText } as const;

/** A name that `--format` takes. */
export type FormName = keyof typeof reportForms;

/** The names that `--format` takes. */
export const formNames = Object.keys(reportForms) as FormName[];

/** The report in a form; `version` is fourline's own. */
export function writeReport(report: CiReport, form: FormName, version: string): string {
  return reportForms[form](report, version);
}

function remarkWords({ message, hint }: CiRemark): string {
  return escapeText(hint === null ? message : `${message}; ${hint}`);
}

/** SARIF 2.1.0 (OASIS): one run, a rule for each code that was found. */
function sarifText({ remarks }: CiReport, version: string): string {
  const codes = [...new Set(remarks.map((one) => one.code))].sort();
  const driver = { name: 'fourline', version, rules: codes.map((id) => ({ id })) };
  const results = remarks.map((one) => ({
    ruleId: one.code,
    ruleIndex: codes.indexOf(one.code),
    level: one.level,
    message: { text: remarkWords(one) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(one.file).replaceAll('#', '%23').replaceAll('?', '%3F') },
          region: { startLine: one.line, startColumn: one.column },
        },
      },
    ],
  }));
  const $schema = 'https://json.schemastore.org/sarif-2.1.0.json';
  return JSON.stringify({ $schema, version: '2.1.0', runs: [{ tool: { driver }, results }] }, null, 2);
}

/** Workflow commands of GitHub Actions: a line for each remark; a property escapes `:` and `,` as well. */
function githubText({ command, looked, remarks }: CiReport): string {
  const text = (words: string): string => words.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (words: string): string => text(words).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const lines = remarks.map((one) => {
    const place = `file=${property(escapeText(one.file))},line=${one.line},col=${one.column}`;
    return `::${one.level} ${place},title=${property(`fourline ${one.code}`)}::${text(remarkWords(one))}`;
  });
  return [...lines, `fourline ${command}: ${looked.length} looked at, ${remarks.length} found`].join('\n');
}

/** JUnit's XML: a case for each thing looked at. It fails by its errors; its warnings are its output. */
function junitText({ command, looked, remarks }: CiReport): string {
  const names = [...new Set([...looked, ...remarks.map((one) => one.file)])];
  const ofName = (name: string, level: CiRemark['level']): CiRemark[] =>
    remarks.filter((one) => one.file === name && one.level === level);
  const cases = names.flatMap((name) => {
    const [errors, warnings] = [ofName(name, 'error'), ofName(name, 'warning')];
    const told = (list: readonly CiRemark[]): string =>
      xml(list.map((one) => `${one.file}:${one.line}:${one.column} ${one.code}: ${remarkWords(one)}`).join('\n'));
    const [first] = errors;
    return [
      `    <testcase classname="fourline.${command}" name="${xml(name)}">`,
      ...(first === undefined
        ? []
        : [`      <failure message="${xml(remarkWords(first))}" type="${first.code}">${told(errors)}</failure>`]),
      ...(warnings.length === 0 ? [] : [`      <system-out>${told(warnings)}</system-out>`]),
      '    </testcase>',
    ];
  });
  const failed = names.filter((name) => ofName(name, 'error').length > 0).length;
  const counts = `tests="${names.length}" failures="${failed}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="fourline ${command}" ${counts} errors="0" skipped="0">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

function xml(text: string): string {
  return text
    .split('\n')
    .map((line) => escapeText(line))
    .join('\n')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
