// biome-ignore-all lint/suspicious/noTemplateCurlyInString: snippets of source stand here as they stand there
// Why: what each reader, judge and mover between a room and a repository holds is seen when that one alone does not
// look.
// Promises: each layer is switched off by changing the copy of the source that a test runs.
// Never: changes what another layer does.
import type { Replacement } from '../../kit/house.ts';

const path = 'changes/path.ts';
const change = 'changes/change.ts';
const walk = 'changes/survey.ts';
const file = 'changes/room-file.ts';
const gate = 'gate/gate.ts';
const mail = 'delegation/mail.ts';
const judge = 'journey/judge.ts';
const files = 'platform/files/files.ts';

export const landingLayers = {
  // names
  'no control characters': [[path, 'if (/[\\p{Cc}]/u.test(path))', 'if (false)']],
  'no invisible characters': [
    [path, 'if (/[\\p{Cf}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}]/u.test(path))', 'if (false)'],
  ],
  'names in UTF-8': [
    [
      walk,
      `if (decoded === null) walk.nameless.push(path);\n    else if`,
      `if (decoded === null) walk.seen += 0;\n    else if`,
    ],
  ],
  'names in normal form': [[path, `if (path !== path.normalize('NFC'))`, 'if (false)']],
  'no backslash': [[path, `if (path.includes('\\\\')) return`, 'if (false) return']],
  'no long path': [[path, 'if (Buffer.byteLength(path) > pathLimits.bytes)', 'if (false)']],
  'no deep path': [[path, 'if (segments.length > pathLimits.depth)', 'if (false)']],
  'paths beyond the system': [[walk, `if (errnoOf(error) === 'ENAMETOOLONG') return null;`, '']],
  'names of git': [[path, 'if (isGitName(segment)) return', 'if (false) return']],
  'no trailing dot or space': [[path, 'if (/[ .]$/.test(segment))', 'if (false)']],
  // kinds
  'links stay inside': [
    [
      change,
      `if (after?.kind === 'blob' && after.mode === '120000' && linkLeaves(path, after.target ?? ''))`,
      'if (false)',
    ],
  ],
  'no links in state': [
    [change, `if (path.startsWith('state/') && after?.kind === 'blob' && after.mode === '120000')`, 'if (false)'],
  ],
  'plain kinds in a room': [
    [
      walk,
      `  if (stat.isFIFO()) return odd('kind-pipe', 'it is a pipe');\n  if (stat.isSocket()) return odd('kind-socket', 'it is a socket');\n  if (!stat.isFile()) return odd('kind-device', 'it is a device');\n`,
      `  if (!stat.isFile()) return { kind: 'blob', mode: '100644', id: blobId(like, Buffer.alloc(0)), size: 0 };\n`,
    ],
    [file, `import { chmodSync, closeSync, constants,`, `import { chmodSync, closeSync, constants, lstatSync,`],
    [
      file,
      `  const file = openPlain(at);\n`,
      `  if (!lstatSync(at).isFile()) return Buffer.alloc(0);\n  const file = openPlain(at);\n`,
    ],
  ],
  'no hard links in a room': [[walk, 'if (stat.nlink > 1) return', 'if (false) return']],
  'no setuid': [[walk, 'if ((stat.mode & 0o6000) !== 0) return', 'if (false) return']],
  'no huge file': [[walk, 'if (stat.size > surveyLimits.fileBytes)', 'if (false)']],
  'holes are counted': [[walk, 'if (walk.holes > surveyLimits.holes)', 'if (walk.holes < 0)']],
  'no overfull room': [
    [walk, `else if (walk.seen > surveyLimits.entries) return;`, ''],
    [walk, `if (walk.seen > surveyLimits.entries) return { kind: 'overfull', limit: surveyLimits.entries };`, ''],
  ],
  'closed folders are opened': [
    [
      walk,
      '  openFolder(at);\n  await walkFolder',
      '  if ((lstatSync(at).mode & 0o500) === 0) return;\n  await walkFolder',
    ],
  ],
  'rooms read without links': [
    [
      file,
      'const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;',
      'const flags = constants.O_RDONLY | constants.O_NONBLOCK;',
    ],
  ],
  'submodules stay shut': [[walk, 'else if (walk.found.size + walk.nameless.length > before) {', 'else if (false) {']],
  // what changed
  'ignore rules of the base': [
    [
      'runs/survey-room.ts',
      `rules.learn(folder, object?.content.toString() ?? '');`,
      `let own = '';
    try {
      const path = writtenFile(opened.room, [prefix, folder, '.gitignore'].filter(Boolean).join('/'));
      own = readChanged({ after: null } as never, path).toString();
    } catch {}
    rules.learn(folder, own || (object?.content.toString() ?? ''));`,
    ],
  ],
  'git never looks at a room': [
    // Git finds the files of a copy alone.
    ['runs/room-kind.ts', `if (settings.rooms === 'copy')`, 'if (settings.rooms.length > 0)'],
    ['room/room.ts', '  await removeFolder(`${working}/.git`);\n', ''],
    [
      judge,
      `import { isUtf8 } from 'node:buffer';`,
      `import { isUtf8 } from 'node:buffer';\nimport { spawnSync } from 'node:child_process';`,
    ],
    [
      judge,
      `const { changes } = guarded;`,
      `const gitSays = (...args: string[]): string => spawnSync('git', ['-c', 'core.quotePath=false', '-C', opened.room.start, ...args], { encoding: 'utf8', env: { ...process.env, GIT_ALTERNATE_OBJECT_DIRECTORIES: (opened.base?.target.mirror ?? '') + '/objects' } }).stdout ?? '';
  const status = gitSays('status', '--porcelain', '-uall');
  gitSays('diff', 'HEAD');
  const changes = guarded.changes.filter((one) => status.includes(one.path.split('/').slice(2).join('/')) && !one.path.includes('/.git/'));`,
    ],
  ],
  // the gate
  'write lines': [[gate, ': grant.write.match(change.path, stands);', ': grant.write.entries[0];']],
  'deny lines': [[gate, 'if (deny !== undefined) return', 'if (false) return']],
  "the order's Files": [
    [gate, 'const inScope = scope?.match(change.path, stands);', 'const inScope = scope?.entries[0];'],
  ],
  'the closed floor': [[gate, `if (floor.kind === 'closed') return`, 'if (false) return']],
  'the literal floor': [['gate/floor.ts', 'if (runner !== undefined && ', 'if (runner !== runner && ']],
  'no file for a folder': [
    [gate, 'if (above === undefined && !folders.has(one.path)) return one;', 'if (one.path !== undefined) return one;'],
  ],
  'no folder becomes a repository': [
    [gate, 'law.firstFloor === true ? apart : refuseRepositories(apart, base)', 'apart'],
  ],
  // what was handed over
  'values are looked for in files': [
    ['runs/guard.ts', 'if (names.length > 0) found.set(', 'if (names.length > 999) found.set('],
  ],
  'values are looked for in names': [
    ['runs/guard.ts', 'if (names.length === 0) return { ...change, flaw };', 'if (names.length < 999) return change;'],
  ],
  'values are taken out of reports': [[judge, 'parseReport(guard.blot(file.text))', 'parseReport(file.text)']],
  'one spelling of a name': [
    [
      gate,
      'refuseSpellings(refuseClashes(refuseHalfMoves(current, moves), base), base)',
      'refuseClashes(current, base)',
    ],
  ],
  'all or nothing': [[judge, `opened.card.role.onRefusal === 'reject' ? rejectAll(read) : read;`, 'read;']],
  // mail
  'send lines': [
    [gate, 'const send = grant.send.find((one) => one.role === role);', 'const send = { role, line: 1 };'],
  ],
  'one file a letter': [[gate, `if (deeper.length > 0 || !/^[^.].*\\.md$/.test(name))`, 'if (false)']],
  "fourline's stamp": [
    [
      mail,
      'return { id, role: letter.role, file: letter.verdict.path, text };',
      'return { id, role: letter.role, file: letter.verdict.path, text: letter.text };',
    ],
  ],
  'no further than its parent': [
    ['delegation/admission.ts', '  if (beyond.length > 0)\n', '  if (beyond.length > 999)\n'],
  ],
  'handed down is what can be read': [
    ['delegation/admission.ts', `if (held === null) return`, `if (held !== held) return`],
  ],
  'pinned files stay': [['gate/gate.ts', 'if (pin !== undefined) return', 'if (pin !== pin) return']],
  'orders are counted': [[mail, 'good.length >= children', 'good.length > 9999']],
  'orders in an hour': [[mail, 'taken >= hourly', 'taken > 9999']],
  'mail read without links': [
    [
      files,
      `  try {\n    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);`,
      `  try {\n    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);`,
    ],
  ],
  'mail of one link': [[files, 'if (stat.nlink > 1n)', 'if (false)']],
  'mail is a plain file': [
    [
      files,
      `  if (!stat.isFile()) return { kind: 'flawed', flaw: 'it is a pipe or device; only plain files are read' };\n`,
      '',
    ],
  ],
  'mail is small': [[files, 'if (stat.size > BigInt(limit))', 'if (false)']],
  'mail is text': [
    [
      files,
      `new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer.subarray(0, at))`,
      `new TextDecoder('utf-8', { ignoreBOM: true }).decode(buffer.subarray(0, at))`,
    ],
  ],
  'front matter is fenced exactly': [
    ['platform/text/front-matter.ts', `if (/^---/.test(lines[0] ?? ''))`, 'if (false)'],
  ],
  'front matter has no aliases': [['platform/text/front-matter.ts', 'maxAliasCount: 0', 'maxAliasCount: 100']],
  'front matter has known keys': [
    ['agent/report.ts', `if (!['outcome', 'note', 'blocker'].includes(field.key))`, 'if (false)'],
  ],
  'branching binds': [['journey/decide.ts', 'if (!branchingOffers(order.branching, ask))', 'if (false)']],
  // landing
  'commits are compared again': [['commit/build.ts', 'if (wrong.length > 0)', 'if (wrong.length > 999)']],
  'compare-and-swap': [['platform/git/git.ts', `['--no-deref', ref, to, expected]`, `['--no-deref', ref, to]`]],
  'no renames in merges': [
    ['platform/git/git.ts', `  'merge.renames=false',\n`, ''],
    ['platform/git/git.ts', `  'merge.directoryRenames=false',\n`, ''],
  ],
  'merges stay inside': [
    [
      'commit/build.ts',
      '.filter((path) => !allowed.has(path));',
      '.filter((path) => allowed.has(path) && !allowed.has(path));',
    ],
  ],
  'hooks of a target are off': [['platform/git/git.ts', `  'core.hooksPath=/dev/null',\n`, '']],
  'local edits stay': [
    ['landing/worktree-look.ts', 'if (isAt(state, one.old) || isAt(converted, one.old) || trusted)', 'if (true)'],
  ],
  'no work tree through links': [
    [
      'landing/worktree-look.ts',
      'const blocked = await linkAbove(root, one.path);',
      'const blocked = null as string | null;',
    ],
  ],
  'staged entries stay': [
    ['landing/worktree.ts', "return isSame(entry ?? null, one.old) && (files || stands !== 'old');", 'return true;'],
  ],
  'state lands on what it was': [
    ['landing/state.ts', 'if (now === base || now === ours)', 'if (true)'],
    ['landing/state.ts', 'else if (now.text !== file.before) left.set(file.path, changedMeanwhile);', ''],
    ['landing/state.ts', `if (now.kind === 'flawed' || now.text !== file.before) return changedMeanwhile;`, ''],
  ],
  // what is shown
  'escaped text': [
    ['platform/text/text.ts', `return text.replaceAll('\\t', ' ').replace(`, `return text || text.replace(`],
  ],
  'credentials are blotted out': [
    ['platform/text/secret.ts', 'known.reduce((all, one) => all.replaceAll(one, () => instead), text)', 'text'],
  ],
  'output is bounded': [['agent/run.ts', 'if (printed > ends.output) end(', 'if (printed < 0) end(']],
  'escaped answers': [['cli/invocation.ts', `escapeScreen(lines.join('\\n'))`, `lines.join('\\n')`]],
  'escaped JSON': [['platform/text/text.ts', `return json.replace(`, `return json || json.replace(`]],
  'escaped patches on a terminal': [['cli/invocation.ts', 'process.stdout.isTTY ?', 'false ?']],
  'quoted reports': [
    ['platform/text/text.ts', '.map((line) => `> ${line}`.trimEnd())', '.map((line) => line.trimEnd())'],
  ],
  'no trailer in a subject': [['commit/message.ts', `.replace(/^([A-Za-z-]+):/, '$1 -')`, '']],
  'orders are quoted': [['agent/brief.ts', '.map((line) => `> ${line}`.trimEnd())', '.map((line) => line.trimEnd())']],
} satisfies Record<string, readonly Replacement[]>;
