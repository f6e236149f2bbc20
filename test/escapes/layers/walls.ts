// biome-ignore-all lint/suspicious/noTemplateCurlyInString: snippets of source stand here as they stand there
// Why: what each part of a cell holds is seen when that part alone is missing.
// Promises: each layer is switched off by changing the copy of the source that a test runs.
// Never: changes what another layer does.
import type { Replacement } from '../../kit/house.ts';

const sandbox = 'sandbox/bubblewrap.ts';
const cell = 'runs/start.ts';

// What a cell would see of the host if nothing chose: the test's own folder, and the folders in which a host keeps what is nobody's business.
const host = `...['/etc/passwd', '/etc/shadow', '/etc/group', '/root', '/var', '/srv', '/run', process.env.PLACE].flatMap((one) => ['--bind-try', one, one]),`;

export const wallLayers = {
  'all walls': [
    ['sandbox/machine.ts', `if (wish === 'off') return`, `if (wish !== 'off') return`],
    ['cli/commands/start.ts', `workspace.settings.sandbox === 'required'`, `'' === 'required'`],
  ],
  'minimal root': [[sandbox, `    ...kernelParts(walls),\n`, `    ...kernelParts(walls),\n    ${host}\n`]],
  'read-only system': [[sandbox, `'--ro-bind', part.from, part.path`, `'--bind', part.from, part.path`]],
  'read-only accounts': [[sandbox, "['--ro-bind', at(`${cell.accounts}/", "['--bind', at(`${cell.accounts}/"]],
  'read-only readables': [[sandbox, `['--ro-bind', at(from), to])`, `['--bind', at(from), to])`]],
  'read-only root': [[sandbox, `'--remount-ro', '/', '--chdir'`, `'--chdir'`]],
  'read-only /proc/sys': [[sandbox, `, '--ro-bind', '/proc/sys', '/proc/sys'`, ``]],
  'own /dev': [[sandbox, `'--dev', '/dev'`, `'--dev-bind', '/dev', '/dev'`]],
  'own /tmp': [[sandbox, `at(cell.temporary), inside.temporary`, `'/tmp', inside.temporary`]],
  'own HOME': [[sandbox, `at(cell.home), inside.home`, `process.env.HOME ?? '', inside.home`]],
  'own processes': [
    [sandbox, `    '--unshare-pid',\n`, ``],
    [sandbox, `['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys', ...covers`, `['--bind', '/proc', '/proc'`],
  ],
  'marks of processes': [
    [
      'platform/process/ending.ts',
      `for (const pid of mark === '' ? [] : await markedProcesses(mark)) {`,
      `for (const pid of mark === '' ? [] : (await markedProcesses(mark)).slice(0, 0)) {`,
    ],
  ],
  'objects of the base alone': [
    [
      cell,
      '[{ from: folders.objects, to: inside.objects }]',
      "[{ from: `${of.base?.target.mirror ?? ''}/objects`, to: inside.objects }]",
    ],
  ],
  'own network': [[sandbox, `['--unshare-net']`, `[]`]],
  'own network for commands': [
    [cell, `cellOf(workspace, of, checkout, start, door.shared,`, `cellOf(workspace, of, checkout, start, true,`],
  ],
  'own ipc': [[sandbox, `    '--unshare-ipc',\n`, ``]],
  'own host name': [
    [sandbox, `    '--unshare-uts',\n`, ``],
    [sandbox, `    ...['--hostname', 'room'],\n`, ``],
  ],
  'ordinary uid': [
    [
      sandbox,
      "    ...['--uid', `${insideUser}`, '--gid', `${insideUser}`],\n",
      "    ...['--uid', '0', '--gid', '0'],\n",
    ],
  ],
  'own users': [
    [sandbox, "    '--unshare-user',\n    ...(endsNesting ? ['--disable-userns'] : []),\n", ''],
    [sandbox, "    ...['--uid', `${insideUser}`, '--gid', `${insideUser}`],\n", ''],
  ],
  'tables covered': [['sandbox/machine.ts', 'covered: await coveredTables(),', 'covered: [],']],
  'single certificates': [['sandbox/machine.ts', 'of [...etc, ...certificates]', `of [...etc, 'ssl', 'pki']`]],
  'bounded watching': [
    [
      'sandbox/machine.ts',
      'watching: await watchingOf(runs),',
      'watching: null as Awaited<ReturnType<typeof watchingOf>>,',
    ],
  ],
  'a uid of its own': [
    ['sandbox/machine.ts', 'owners: await ownersHere(),', 'owners: null as Awaited<ReturnType<typeof ownersHere>>,'],
  ],
  'no further users': [[sandbox, "    ...(endsNesting ? ['--disable-userns'] : []),\n", '']],
  'calls by list': [[sandbox, ", '--seccomp', `${wallFeeds + 1}`", '']],
  'arguments by a descriptor': [
    [sandbox, "`${wallFeeds}`, '--', ...argv]", "`${wallFeeds}`, ...options, '--', ...argv]"],
    [sandbox, "feeds: [Buffer.from(options.map((option) => `${option}\\0`).join('')),", 'feeds: [Buffer.alloc(0),'],
  ],
  'no capabilities': [[sandbox, `    ...['--cap-drop', 'ALL'],\n`, ``]],
  'a session of its own': [[sandbox, `    '--new-session',\n`, ``]],
  'a group of its own': [
    ['platform/process/process.ts', 'detached: true,\n    stdio:', 'detached: false,\n    stdio:'],
  ],
  'it dies with fourline': [[sandbox, `    '--die-with-parent',\n`, ``]],
  'no inherited descriptors': [
    [
      'cli.ts',
      "closeInherited();\n    status = await (await import('./cli/commands/start.ts'))",
      "status = await (await import('./cli/commands/start.ts'))",
    ],
  ],
  'hosts by name': [
    [
      'platform/net/proxy.ts',
      "if (plan.hosts !== 'all' && !named && !plan.hosts.some(",
      "if (plan.hosts !== 'all' && false && !plan.hosts.some(",
    ],
  ],
  'one port': [['platform/net/proxy.ts', 'if (!named && endpoint.port !== httpsPort)', 'if (false)']],
  'public addresses': [
    ['platform/net/proxy.ts', 'named ? found : found.filter(isPublicAddress)', 'named ? found : found'],
  ],
  'environment by list': [
    [
      cell,
      `    HOME: inside.home,\n    ...contract,`,
      `    HOME: inside.home,\n    ...contract,\n    ...(process.env as Record<string, string>),`,
    ],
  ],
  'environment of commands by list': [
    [
      cell,
      `    HOME: inside.home,\n    CI: 'true',`,
      `    HOME: inside.home,\n    ...(process.env as Record<string, string>),\n    CI: 'true',`,
    ],
  ],
  'folders and files alone': [
    ['setup/layer.ts', 'const plain = entry.isDirectory() || entry.isFile();', 'const plain = true;'],
  ],
  'no links in HOME': [['runs/make-layer.ts', 'if (await isFolderBelow(room.home, path)) home', 'home']],
  'nothing but files': [['setup/layer.ts', `['find', draft,`, `['true', draft,`]],
  'no set-user-id': [['setup/layer.ts', `shared ? 'a+rwX,a-s,a-t' : 'u+rwX,a-s'`, `shared ? 'a+rwX' : 'u+rwX'`]],
  'own HOME for checks': [
    [
      cell,
      `cellOf(workspace, of, checkout, start, door.shared,`,
      `cellOf(workspace, of, { ...checkout, home: of.room.home, temporary: of.room.temporary }, start, door.shared,`,
    ],
  ],
  'fresh checkout for checks': [
    [
      cell,
      `cellOf(workspace, of, checkout, start, door.shared,`,
      `cellOf(workspace, of, { ...checkout, folder: of.room.folder }, start, door.shared,`,
    ],
  ],
} satisfies Record<string, readonly Replacement[]>;
