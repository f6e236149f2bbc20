import { spawn, spawnSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { needs } from '../kit/needs.ts';
import { card, cli, type Office, openOffice, order } from '../kit/office.ts';
import { hearOutput } from '../kit/terminal.ts';

async function shop(): Promise<Office> {
  const office = await openOffice({
    coder: card('- exit: 0', 'write: |\n  repos/*/src/**'),
    tester: card('- exit: 0'),
  });
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/$(touch pwned)': '', 'package.json': '{}\n' });
  await office.write('inbox/coder/0001-add-login.md', order(['src/a.ts'], { objective: 'Users can log in.' }));
  return office;
}

// Names and texts that agents write, meant for the shell of whoever presses Tab.
const hostile = [
  '$(touch pwned)',
  '`touch pwned`',
  'x;touch pwned;',
  "'",
  '"',
  'two words',
  '-n',
  '!touch',
  'a\nb',
  '~root',
];
const spoken = '$(touch pwned) `touch pwned` %F{red}%n\' " ; touch pwned';

async function hostileShop(): Promise<Office> {
  const office = await shop();
  for (const name of hostile) await office.write(`repos/shop/src/${name}`, '');
  for (const [name, objective] of [
    ['0001-add-login', `Users can log in ${spoken}.`],
    ['0002-add-logout', `Users can log out ${spoken}.`],
  ] as const)
    await office.write(`inbox/coder/${name}.md`, order(['src/a.ts'], { objective }));
  return office;
}

const interactive = {
  bash: {
    argv: 'bash --norc --noprofile -i',
    load: `fourline() { if [ "$1" = complete ]; then "$NODE" "$CLI" -C "$OFFICE" "$@"; else printf 'ran[%s]\n' "$@"; fi; }
source <(fourline complete bash)`,
  },
  zsh: {
    argv: 'zsh -f -i',
    load: `autoload -U compinit; compinit -u -D
fourline() { if [ "$1" = complete ]; then "$NODE" "$CLI" -C "$OFFICE" "$@"; else printf 'ran[%s]\n' "$@"; fi; }
source <(fourline complete zsh)`,
  },
  fish: {
    argv: 'fish --no-config -i',
    load: `function fourline; if test "$argv[1]" = complete; $NODE $CLI -C $OFFICE $argv; else; printf 'ran[%s]\\n' $argv; end; end
fourline complete fish | source`,
  },
};

// A shell as a person has it, in a terminal. `type` presses keys, `until` waits for words on the screen.
async function openShell(office: Office, shell: keyof typeof interactive) {
  needs('script');
  const { argv, load } = interactive[shell];
  await office.write('load', load);
  const env = {
    ...office.env,
    NODE: process.execPath,
    CLI: cli,
    OFFICE: office.root,
    TERM: 'xterm',
    HOME: office.root,
  };
  const child = spawn('script', ['-qefc', `stty rows 24 cols 200; exec ${argv}`, '/dev/null'], {
    env,
    cwd: office.root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  const { text, until } = hearOutput(child.stdout);
  const type = (keys: string): void => void child.stdin.write(keys);
  type('source ./load; echo "rea""dy"\n');
  await until('ready');
  return { type, until, text };
}

test.each(Object.keys(interactive) as (keyof typeof interactive)[])(
  '%s at its prompt: Tab completes what a role may change, and names and texts of agents run nothing',
  async (shell) => {
    if (shell !== 'bash') needs(shell);
    const office = await hostileShop();
    const { type, until, text } = await openShell(office, shell);
    type('fourline can coder repos/shop/src/a\t');
    await until('a.ts');
    type('\n');
    await until('ran[repos/shop/src/a.ts]');
    // The one name that begins so would end the line and begin another: it is not offered.
    type('fourline can coder repos/shop/src/x\t\n');
    await until('ran[repos/shop/src/x]');
    type(shell === 'bash' ? 'fourline show \t\t\t' : 'fourline show \t\t');
    await until('0002-add-logout');
    if (shell !== 'bash') await until('Users can log out $(touch pwned) `touch pwned` %F{red}%n');
    // The words before the cursor are handed on, and not run. zsh itself expands the word at the cursor.
    type('\u0015fourline show $(touch own) 0\t');
    type('\u0015fourline show 0001\t');
    type('\n');
    await until('ran[0001-add-login]');
    expect(text()).not.toContain('two words');
    for (const folder of ['', 'repos/shop', 'repos/shop/src'])
      expect(await office.list(folder)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(?:pwned|own)$/)]));
  },
);

test('bash at its prompt completes a word with :, = or @ as one word, wherever its user lets bash cut words', async () => {
  const office = await shop();
  for (const name of ['one:two.ts', 'key=va:lue.ts', 'at@home.ts', 'plain.ts'])
    await office.write(`repos/shop/src/${name}`, '');
  const { type, until } = await openShell(office, 'bash');
  const lines = {
    'can coder repos/shop/src/one:t\t': 'repos/shop/src/one:two.ts',
    'can coder repos/shop/src/one:\t': 'repos/shop/src/one:two.ts',
    'can coder repos/shop/src/o\t': 'repos/shop/src/one:two.ts',
    'can coder repos/shop/src/key=\t': 'repos/shop/src/key=va:lue.ts',
    'can coder repos/shop/src/key=va:lu\t': 'repos/shop/src/key=va:lue.ts',
    'can coder repos/shop/src/at@\t': 'repos/shop/src/at@home.ts',
    // The word before it has a colon; the cursor is inside the last one.
    'can coder a:b=c   repos/shop/src/pl\t': 'repos/shop/src/plain.ts',
    'can coder repos/shop/src/plXX\u001b[D\u001b[D\t\u000b': 'repos/shop/src/plain.ts',
  };
  let count = 0;
  for (const breaks of [':=@', ''])
    for (const [keys, word] of Object.entries(lines)) {
      count += 1;
      type(`COMP_WORDBREAKS=$' \\t\\n"\\'><;|&(${breaks}'\n`);
      type(`X=1 fourline ${keys}; echo "li""ne ${count}"\n`);
      await until(new RegExp(`ran\\[${word.replace('.', '\\.')} *\\]\\s+line ${count}\\b`));
    }
});

async function words(office: Office, ...typed: string[]): Promise<string[]> {
  const { out } = await office.fourline('complete', '--', ...typed);
  return out
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '');
}

test('commands, flags, roles and paths that a role may change are completed', async () => {
  const office = await shop();
  expect(await words(office, 'st')).toEqual(['start', 'stop', 'status', 'statusline']);
  expect(await words(office, 'role', 's')).toEqual(['show']);
  expect(await words(office, 'order', 'coder', '--pri')).toEqual(['--priority']);
  expect(await words(office, 'order', '')).toEqual(['coder', 'tester']);
  expect(await words(office, 'can', 'coder', 'repos/shop/')).toEqual(['repos/shop/src/']);
  expect(await words(office, 'order', 'coder', '--file', 'repos/shop/src/')).toEqual(['repos/shop/src/a.ts']);
  expect(await words(office, 'can', 'tester', 'repos/shop/src/')).toEqual(['']);
  // It lies in its inbox, and no daemon has seen it.
  expect((await office.fourline('complete', '--', 'show', '0')).out).toBe('0001-add-login\tUsers can log in.\n');
  await office.work();
  expect((await office.fourline('complete', '--', 'show', '0')).out).toBe('0001-add-login\tUsers can log in.\n');
  expect(await words(office, '-C', '/', 'order', '')).toEqual(['']);
});

test('bash completes, and runs nothing that stands on its line', async () => {
  const office = await shop();
  const line = `fourline() { "${process.execPath}" "${cli}" -C "${office.root}" "$@"; }
source <(fourline complete bash)
press() { COMP_LINE=$1 COMP_POINT=\${#1}; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _fourline; }
press 'fourline $(touch pwned) co' fourline '$(touch pwned)' co
press 'fourline order co' fourline order co; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', line], { env: office.env, cwd: office.root, encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: 'coder\n', stderr: '' });
  expect(await office.list('')).not.toContain('pwned');
});

test('fish completes, with what each word stands for', async () => {
  needs('fish');
  const office = await shop();
  const line = `function fourline; "${process.execPath}" "${cli}" -C "${office.root}" $argv; end
fourline complete fish | source
complete -C 'fourline order co'; complete -C 'fourline plan --mer'`;
  const env = { ...office.env, XDG_CONFIG_HOME: office.root, XDG_DATA_HOME: office.root };
  const { stdout } = spawnSync('fish', ['--no-config', '-c', line], { env, cwd: office.root, encoding: 'utf8' });
  expect(stdout).toBe('coder\n--mermaid\tas a graph\n');
});

// No PowerShell runs here: the script is held against the documentation of Register-ArgumentCompleter.
test("PowerShell's script hands the words on as they stand, and makes results of the lines", async () => {
  const { out } = await (await shop()).fourline('complete', 'powershell');
  expect(out).toContain('Register-ArgumentCompleter -Native -CommandName fourline -ScriptBlock {');
  expect(out).toContain('param($wordToComplete, $commandAst, $cursorPosition)');
  expect(out).toContain(`fourline complete '--' @before "$wordToComplete" 2>$null`);
  expect(out).toContain('$word, $about = $_ -split "`t", 2');
  expect(out).toContain("[System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $about)");
  expect(out).not.toMatch(/Invoke-Expression|\biex\b|&\s*\(/);
});

test('another shell is told which are known', async () => {
  const { code, err } = await (await shop()).fourline('complete', 'tcsh');
  expect(code).toBe(2);
  expect(err).toContain("fourline completes for bash, zsh, fish, powershell, not for 'tcsh'");
});

test('no name is offered that a command takes for a flag or a shell for something else, and none outside', async () => {
  const office = await shop();
  const names = ['--all', '-rf', '=sh', '@args', '%1', ',', 'good'];
  for (const name of names) await office.write(`${name}/x`, '');
  for (const name of names) await office.write(`inbox/coder/${name}.md`, order(['src/a.ts']));
  const offered = async (...words: string[]): Promise<string[]> => {
    const { out } = await office.fourline('complete', '--', ...words);
    return out.split('\n').flatMap((line) => line.split('\t')[0] || []);
  };
  expect((await offered('show', '')).sort()).toEqual(['0001-add-login', 'good']);
  const paths = await offered('can', 'coder', '');
  expect(paths).toContain('good/');
  expect(paths.filter((path) => !/^[\w.]/.test(path))).toEqual([]);
  expect(await offered('can', 'coder', '../')).toEqual([]);
  expect(await offered('can', 'coder', 'repos/../../')).toEqual([]);
  expect(await offered('show', '--d')).toEqual(['--diff']);
});

test('what is broken, odd or not there is an empty answer, and silent', async () => {
  const office = await shop();
  await office.write('fourline.yaml', 'sandbox: [');
  await office.write('roles/broken.md', '---\n: [');
  await office.write('state/journal.jsonl', '\u0000{"v":9}\n{"torn');
  await office.write('state/index.db', 'no database');
  for (const words of [
    [],
    [''],
    ['show', ''],
    ['order', ''],
    ['can', 'coder', 'repos/'],
    ['can', 'nobody', ''],
    ['-C', ''],
  ])
    expect(await office.fourline('complete', '--', ...words)).toMatchObject({ code: 0, err: '' });
  for (const folder of ['/nonexistent', '/', '/dev/null'])
    for (const words of [
      ['show', ''],
      ['order', ''],
      ['can', 'coder', ''],
    ])
      expect(await office.fourline('complete', '--', '-C', folder, ...words)).toMatchObject({
        code: 0,
        err: '',
        out: '',
      });
});
