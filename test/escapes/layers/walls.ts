// biome-ignore-all lint/suspicious/noTemplateCurlyInString: snippets of source stand here as they stand there
// Why: what each part of a sandbox holds is seen when that part alone is missing.
// Promises: each layer is switched off by changing the copy of the source that a test runs.
// Never: changes what another layer does.
import type { Replacement } from '../../kit/house.ts';

const bwrap = 'sandbox/bubblewrap.ts';
const starting = 'runs/start.ts';

// The parts of the host that a sandbox would see if nothing chose: the test's own folder, and the folders in which a
// host keeps what is private.
const host = `...['/etc/passwd', '/etc/shadow', '/etc/group', '/root', '/var', '/srv', '/run', process.env.PLACE].flatMap((one) => ['--bind-try', one, one]),`;

export const wallLayers = {
  'all walls': [
    ['sandbox/machine.ts', `if (wish === 'off') return`, `if (wish !== 'off') return`],
    ['api/work.ts', `settings.sandbox === 'required'`, `'' === 'required'`],
  ],
  'minimal root': [[bwrap, `    ...kernelParts(sandboxing),\n`, `    ...kernelParts(sandboxing),\n    ${host}\n`]],
  'read-only system': [[bwrap, `'--ro-bind', part.from, part.path`, `'--bind', part.from, part.path`]],
  'read-only accounts': [[bwrap, "['--ro-bind', at(`${sandbox.accounts}/", "['--bind', at(`${sandbox.accounts}/"]],
  'read-only readables': [[bwrap, `['--ro-bind', at(from), to])`, `['--bind', at(from), to])`]],
  'read-only root': [[bwrap, `'--remount-ro', '/', '--chdir'`, `'--chdir'`]],
  'read-only /proc/sys': [[bwrap, `, '--ro-bind', '/proc/sys', '/proc/sys'`, ``]],
  'own /dev': [[bwrap, `'--dev', '/dev'`, `'--dev-bind', '/dev', '/dev'`]],
  'own /tmp': [[bwrap, `at(sandbox.temporary), inside.temporary`, `'/tmp', inside.temporary`]],
  'own HOME': [[bwrap, `at(sandbox.home), inside.home`, `process.env.HOME ?? '', inside.home`]],
  'own processes': [
    [bwrap, `    '--unshare-pid',\n`, ``],
    [bwrap, `['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys', ...covers`, `['--bind', '/proc', '/proc'`],
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
      starting,
      '[{ from: folders.objects, to: inside.objects }]',
      "[{ from: `${of.base?.target.mirror ?? ''}/objects`, to: inside.objects }]",
    ],
  ],
  'own network': [[bwrap, `['--unshare-net']`, `[]`]],
  'own network for commands': [
    [
      starting,
      `sandboxOf(workspace, of, checkout, start, egress.shared,`,
      `sandboxOf(workspace, of, checkout, start, true,`,
    ],
  ],
  'own ipc': [[bwrap, `    '--unshare-ipc',\n`, ``]],
  'own host name': [
    [bwrap, `    '--unshare-uts',\n`, ``],
    [bwrap, `    ...['--hostname', 'room'],\n`, ``],
  ],
  'ordinary uid': [
    [bwrap, "    ...['--uid', `${insideUser}`, '--gid', `${insideUser}`],\n", "    ...['--uid', '0', '--gid', '0'],\n"],
  ],
  'own users': [
    [bwrap, "    '--unshare-user',\n    ...(endsNesting ? ['--disable-userns'] : []),\n", ''],
    [bwrap, "    ...['--uid', `${insideUser}`, '--gid', `${insideUser}`],\n", ''],
  ],
  'tables covered': [['sandbox/machine.ts', 'covered: await coveredTables(),', 'covered: [],']],
  'single certificates': [['sandbox/machine.ts', 'of [...etc, ...certificateFiles]', `of [...etc, 'ssl', 'pki']`]],
  'bounded watching': [
    [
      'sandbox/machine.ts',
      'watching: await watchingOf(runs),',
      'watching: null as Awaited<ReturnType<typeof watchingOf>>,',
    ],
  ],
  'users around overlays': [
    [bwrap, 'return [...enterUsers(sandboxing.identity, true), ', 'return [...enterMounts(), '],
  ],
  'a uid of its own': [
    ['sandbox/machine.ts', 'owners: await ownersHere(),', 'owners: null as Awaited<ReturnType<typeof ownersHere>>,'],
  ],
  'no further users': [[bwrap, "    ...(endsNesting ? ['--disable-userns'] : []),\n", '']],
  'calls by list': [[bwrap, ", '--seccomp', `${wallFeeds + 1}`", '']],
  'arguments by a descriptor': [
    [bwrap, "`${wallFeeds}`, '--', ...argv]", "`${wallFeeds}`, ...options, '--', ...argv]"],
    [bwrap, "Buffer.from(options.map((option) => `${option}\\0`).join('')),", 'Buffer.alloc(0),'],
  ],
  'no capabilities': [[bwrap, `    ...['--cap-drop', 'ALL'],\n`, ``]],
  'a session of its own': [[bwrap, `    '--new-session',\n`, ``]],
  'a group of its own': [
    ['platform/process/process.ts', 'detached: true,\n    stdio:', 'detached: false,\n    stdio:'],
  ],
  'it dies with fourline': [[bwrap, `    '--die-with-parent',\n`, ``]],
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
      starting,
      `    HOME: inside.home,\n    ...contract,`,
      `    HOME: inside.home,\n    ...contract,\n    ...(process.env as Record<string, string>),`,
    ],
  ],
  'environment of commands by list': [
    [
      starting,
      `    HOME: inside.home,\n    CI: 'true',`,
      `    HOME: inside.home,\n    ...(process.env as Record<string, string>),\n    CI: 'true',`,
    ],
  ],
  'folders and files alone': [
    ['setup/layer.ts', 'const plain = entry.isDirectory() || entry.isFile();', 'const plain = true;'],
  ],
  'no links in HOME': [['runs/make-layer.ts', 'if (await isFolderBelow(room.home, path)) home', 'home']],
  'no links mounted': [['setup/mount.ts', 'if (stat.isSymbolicLink() || !(await', 'if (!(await']],
  'nothing but files': [['setup/layer.ts', `['find', draft,`, `['true', draft,`]],
  'no set-user-id': [['setup/layer.ts', `shared ? 'a+rwX,a-s,a-t' : 'u+rwX,a-s'`, `shared ? 'a+rwX' : 'u+rwX'`]],
  'own HOME for checks': [
    [
      starting,
      `sandboxOf(workspace, of, checkout, start, egress.shared,`,
      `sandboxOf(workspace, of, { ...checkout, home: of.room.home, temporary: of.room.temporary }, start, egress.shared,`,
    ],
  ],
  'fresh checkout for checks': [
    [
      starting,
      `const mounted = withRoom(layers, checkout, start);`,
      "const lower = `${of.room.over?.upper ?? ''}:${checkout.over?.lower ?? ''}`; const mounted = withRoom(layers, { over: checkout.over && { ...checkout.over, lower } }, start);",
    ],
  ],
} satisfies Record<string, readonly Replacement[]>;
