// Paths that a card or an order does not grant, and paths that no card can grant. The attack got through when the
// change stands on the branch, or in the workspace's state.
import type { Row } from '../row.ts';

const write = (path: string): string => `mkdir -p "$(dirname '${path}')"; printf x > '${path}'`;
const lands =
  (path: string) =>
  (after: Parameters<NonNullable<Row['through']>>[0]): boolean =>
    after.tree('shop').includes(path);
const added = (name: string, layer: Row['layers'][0], path: string): Row => ({
  name,
  layers: [layer],
  line: write(path),
  through: lands(path),
});

// Files that make git, an editor, CI or an agent CLI run a program. All of them are within the card's write: lines and
// the order's Files.
const runners: readonly string[] = [
  'src/.gitattributes',
  'src/.gitmodules',
  'src/.gitconfig',
  'src/.lfsconfig',
  'src/.GitAttributes2/../.GITMODULES'.replace('.GitAttributes2/../', 'deep/'),
  'src/.claude/settings.json',
  'src/.codex/config.toml',
  'src/.gemini/settings.json',
  'src/.cursor/mcp.json',
  'src/.mcp.json',
  'src/.opencode/opencode.json',
  'src/.aider.conf.yml',
  'src/.clinerules/x.md',
  'src/.kiro/settings/mcp.json',
  'src/.vscode/tasks.json',
  'src/.devcontainer.json',
  'src/x.code-workspace',
  'src/.zed/tasks.json',
  'src/.dir-locals.el',
  'src/.exrc',
  'src/.husky/pre-commit',
  'src/lefthook.yml',
  'src/.pre-commit-config.yaml',
  'src/.envrc',
  'src/.github/workflows/ci.yml',
  'src/.Forgejo/Workflows/ci.yml',
  'src/.gitlab-ci.yml',
  'src/azure-pipelines.yml',
  'src/.buildkite/pipeline.yml',
  'src/Jenkinsfile',
];

const ownState: readonly (readonly [name: string, path: string])[] = [
  ['a note of who works here', 'state/running.json.new'],
  ['a card under a digest of its own', 'state/cards/0000.md'],
  ['an order that is claimed already', 'state/active/0099-x/order.md'],
  ['an order that is settled already', 'state/orders/2020-01/0099-x/report.md'],
  ['a step of a flow as if it were done', 'state/flows/bug-1/mend.step.json'],
  ['a report that the next step is handed', 'state/handed/bug-1/mend.md'],
  ['a ref of the ledger', 'state/ledger.git/refs/heads/x'],
  ["a program in the mirror's config", 'state/git/shop.git/config.worktree'],
  ['a journal beside the journal', 'state/journal.jsonl.new'],
  ['another case of the journal', 'state/Journal.JSONL'],
  ['a hidden file of state', 'state/.hidden'],
];

export const gate: readonly Row[] = [
  added('a file that no write: line grants', 'write lines', 'config/app.json'),
  added('a file whose folder only begins like a granted one', 'write lines', 'srcx/a.ts'),
  {
    name: 'edit a file at the top',
    layers: ['write lines'],
    line: 'echo x >> README.md',
    through: (after) => after.blob('shop', 'README.md').includes('x'),
  },
  {
    name: 'delete a file at the top',
    layers: ['write lines'],
    line: 'rm package.json',
    through: (after) => !after.tree('shop').includes('package.json'),
  },
  added('a file that deny: holds', 'deny lines', 'src/generated/x.ts'),
  added('a hidden file that deny: holds', 'deny lines', 'src/generated/.x.ts'),
  {
    name: 'delete a file that deny: holds',
    layers: ['deny lines'],
    line: 'rm src/generated/old.ts',
    through: (after) => !after.tree('shop').includes('src/generated/old.ts'),
  },
  added("a file that is not in the order's Files", "the order's Files", 'docs/new.md'),
  {
    name: "edit a file that is not in the order's Files",
    layers: ["the order's Files"],
    line: 'echo x >> docs/plan.md',
    through: (after) => after.blob('shop', 'docs/plan.md').includes('x'),
  },
  {
    name: "make a file executable that is not in the order's Files",
    layers: ["the order's Files"],
    line: 'chmod +x docs/law.md',
    through: (after) => after.git('shop', 'ls-tree', 'HEAD', 'docs/law.md').startsWith('100755'),
  },
  {
    name: "move a file away from where the order's Files do not reach",
    layers: ["the order's Files"],
    line: 'mv docs/away.md src/away.md',
    through: (after) => !after.tree('shop').includes('docs/away.md'),
  },
  ...runners.map((path) => added(`plant ${path.slice(4)}`, 'the literal floor', path)),
  ...ownState.map(
    ([name, path]): Row => ({
      name: `write ${name}`,
      layers: ['the closed floor'],
      line: `f="$FOURLINE_ROOM/${path}"; mkdir -p "$(dirname "$f")"; echo forged > "$f"`,
      through: (after) => after.read(`work/${path}`).includes('forged'),
    }),
  ),
  {
    name: 'forge a line of the journal by a state file',
    layers: ['the closed floor', 'state lands on what it was'],
    line: 'mkdir -p "$FOURLINE_ROOM/state"; echo forged > "$FOURLINE_ROOM/state/journal.jsonl"; echo 2 > src/a.ts',
    alone: { files: ['src/**', 'state/journal.jsonl'], repo: { 'src/a.ts': '1\n' } },
    through: (after) => after.read('work/state/journal.jsonl').startsWith('forged'),
  },
  {
    name: 'land a part of it although the card says all or nothing',
    layers: ['all or nothing'],
    line: 'echo 2 > src/a.ts; echo x > README.md',
    alone: { role: 'strict', files: ['src/**'], repo: { 'src/a.ts': '1\n' } },
    through: (after) => after.blob(after.repo, 'src/a.ts') === '2',
  },
];
