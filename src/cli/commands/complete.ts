// Why: a shell's Tab key completes commands, flags, roles, orders and the paths that a role may change.
// Promises: a shell is only offered words that it takes as they stand: names of files are written by agents, and none
// runs a command. Outside a workspace, commands and flags are completed.
// Never: evaluates what a person typed; changes anything.
import { readdir } from 'node:fs/promises';
import type { Fourline } from '../../api.ts';
import { Fault } from '../../platform/text/fault.ts';
import { firstLine } from '../../platform/text/text.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** The command line, as far as it is completed. */
export type CommandTree = {
  readonly name: () => string;
  readonly description: () => string;
  readonly commands: readonly CommandTree[];
  readonly options: readonly {
    readonly flags: string;
    readonly long?: string | undefined;
    readonly short?: string | undefined;
    readonly description: string;
    readonly required: boolean;
    readonly hidden: boolean;
  }[];
  readonly registeredArguments: readonly {
    readonly variadic: boolean;
    readonly required: boolean;
    readonly name: () => string;
  }[];
};

type ShellChoice = readonly [word: string, about: string];

// Each script hands the words before the cursor on as they stand, and takes lines of a word, a tab and a description. A
// folder gets no blank behind it. bash cuts words at colons and the like (COMP_WORDBREAKS): what no blank parts is one
// word again. As __ltrimcolonstring of bash-completion does, it takes what stands before the last cut off each answer,
// but for an @, which readline replaces too.
const shellScripts: Readonly<Record<string, string>> = {
  bash: `_fourline() {
  local line=\${COMP_LINE:0:COMP_POINT} breaks=\${COMP_WORDBREAKS//[^:=@]} count=0 rest word words=()
  for word in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    rest=\${line#"\${line%%[![:space:]]*}"}
    [[ $word == "$rest"* ]] && word=$rest
    if [[ $count -gt 0 && $rest == "$line" ]]; then words[count-1]+=$word; else words[count++]=$word; fi
    line=\${rest#"$word"}
  done
  word=\${words[count-1]} rest=
  [[ -n $breaks ]] && rest=\${word%"\${word##*[$breaks]}"} rest=\${rest%@}
  COMPREPLY=()
  while IFS= read -r line; do line=\${line%%$'\\t'*}; COMPREPLY+=("\${line#"$rest"}"); done \\
    < <(fourline complete -- "\${words[@]:1}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]] && compopt -o nospace 2>/dev/null
}
complete -F _fourline fourline`,
  zsh: `#compdef fourline
_fourline() {
  local line word
  local -a names told folders
  while IFS= read -r line; do
    word=\${line%%$'\\t'*}
    if [[ $word == */ ]]; then folders+=("$word")
    else names+=("$word"); told+=("\${line/$'\\t'/  -- }")
    fi
  done < <(fourline complete -- "\${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)
  compadd -S '' -- "\${(@)folders}"
  compadd -l -d told -- "\${(@)names}"
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _fourline "$@"; else compdef _fourline fourline; fi`,
  fish: `function __fourline
  set -l words (commandline -opc) (commandline -ct)
  fourline complete -- $words[2..] 2>/dev/null
end
complete -c fourline -f -a '(__fourline)'`,
  powershell: `Register-ArgumentCompleter -Native -CommandName fourline -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
  fourline complete '--' @before "$wordToComplete" 2>$null | ForEach-Object {
    $word, $about = $_ -split "\`t", 2
    if (-not $about) { $about = $word }
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $about)
  }
}`,
};

const loadHint = `bash and zsh: source <(fourline complete bash) in ~/.bashrc, or complete zsh behind compinit in ~/.zshrc;
fish: fourline complete fish | source; PowerShell: fourline complete powershell | Out-String | Invoke-Expression`;

// A name that no shell expands and no command takes for a flag: zsh looks for the program behind =, PowerShell for the
// variable behind @.
const takenAsItStands = /^[\w./][\w@%+=:,./-]*$/;

/**
 * Prints the script for a shell, or behind `--` the words that may stand in the place of the last one. Throws Fault
 * `usage` for a shell that it doesn't know.
 */
export async function runComplete(
  invocation: Invocation,
  tree: CommandTree,
  words: readonly string[],
): Promise<number> {
  const typed = process.argv.includes('--') ? words : null;
  const [shell] = words;
  if (typed !== null) {
    const choices = await choicesFor(tree, typed, invocation);
    const begun = typed.at(-1) ?? '';
    const plain = begun.startsWith('-') ? /^-[\w-]+$/ : takenAsItStands;
    const fitting = choices.filter(([word]) => word.startsWith(begun) && plain.test(word));
    invocation.answer(
      fitting.map(([word, about]) => ({ word, about })),
      fitting.map(([word, about]) => (about === '' ? word : `${word}\t${firstLine(about, 60)}`)),
    );
    return exitCodes.ok;
  }
  const script = shellScripts[shell ?? ''];
  if (script === undefined)
    throw new Fault(
      'usage',
      `fourline completes for ${Object.keys(shellScripts).join(', ')}, not for '${shell ?? ''}'`,
      { hint: loadHint.replace('\n', ' ') },
    );
  invocation.answer({ shell, script }, script.split('\n'));
  return exitCodes.ok;
}

async function choicesFor(tree: CommandTree, typed: readonly string[], invocation: Invocation): Promise<ShellChoice[]> {
  let at = tree;
  let directory = invocation.directory;
  const given: string[] = [];
  const before = typed.slice(0, -1);
  let open: string | null = null;
  for (const word of before) {
    if (open !== null) {
      if (open === '-C') directory = word;
      open = null;
    } else if (word.startsWith('-')) {
      const option = [...at.options, ...tree.options].find((one) => one.long === word || one.short === word);
      if (option?.required === true) open = word;
    } else {
      const next: CommandTree | undefined =
        given.length === 0 ? at.commands.find((one) => one.name() === word) : undefined;
      if (next === undefined) given.push(word);
      else at = next;
    }
  }
  if (open === null && typed.at(-1)?.startsWith('-') === true)
    return [...at.options, ...(at === tree ? [] : tree.options)]
      .filter((one) => !one.hidden)
      .map((one) => [one.long ?? one.short ?? '', one.description]);
  if (open === null && at.commands.length > 0) return at.commands.map((one) => [one.name(), one.description()]);
  const kind = open ?? (at.registeredArguments[given.length] ?? at.registeredArguments.at(-1))?.name() ?? '';
  try {
    // Commands and flags need no engine: it is loaded behind them.
    const { openFourline } = await import('../../api.ts');
    return await wordsFor(kind, await openFourline(directory, invocation), given[0], typed.at(-1) ?? '');
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
}

async function wordsFor(
  kind: string,
  fourline: Fourline,
  role: string | undefined,
  typed: string,
): Promise<ShellChoice[]> {
  if (/^(?:--file|paths)$/.test(kind) && role !== undefined) return pathsFor(fourline, role, typed);
  if (/^(?:role|name|--send)$/.test(kind)) return (await fourline.names('roles')).map(shellChoice);
  if (!/^(?:order|orders|who|--after|--order)$/.test(kind)) return [];
  const roles = kind === 'who' ? await fourline.names('roles') : [];
  return [...(await fourline.names('orders')), ...roles].map(shellChoice);
}

function shellChoice({ name, about }: { readonly name: string; readonly about: string }): ShellChoice {
  return [name, about];
}

// Files beside the typed path that the role may change, and the folders there.
async function pathsFor(fourline: Fourline, role: string, typed: string): Promise<ShellChoice[]> {
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1);
  // No role changes anything outside the workspace.
  if (folder.split('/').includes('..')) return [];
  const found = await readdir(`${fourline.root}/${folder === '' ? '.' : folder}`, { withFileTypes: true }).catch(
    () => [],
  );
  const shown = found.filter(({ name }) => name !== '.git');
  const files = shown.filter((one) => one.isFile()).map(({ name }) => `${folder}${name}`);
  const allowed = files.length === 0 ? [] : await fourline.can(role, files);
  return [
    ...shown.filter((one) => !one.isFile()).map(({ name }): ShellChoice => [`${folder}${name}/`, '']),
    ...allowed.flatMap((one): ShellChoice[] => (one.decision === 'allow' ? [[one.path, '']] : [])),
  ];
}
