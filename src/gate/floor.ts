// Why: some paths can be granted by no card, and some only by a card that names them to the letter.
// Promises: what fourline decides by (cards, settings, its own state, git's folders) is out of every role's reach; what makes git or an agent run code needs
// a literal write: line.
// Never: reads a card; the gate asks with what the card grants.
import { ownStateNames } from '../ground/places.ts';

/** What the floor says of a path: nothing, never, or only by a literal line. */
export type FloorWord =
  | { readonly kind: 'open' }
  | { readonly kind: 'closed'; readonly sentence: string }
  | { readonly kind: 'literal'; readonly sentence: string };

// Files that make git, an editor or an agent CLI run a program or change what it may do. Names count at any depth of a repository.
const runners: readonly { readonly test: RegExp; readonly why: string }[] = [
  { test: /(?:^|\/)\.gitattributes$/i, why: 'it steers git' },
  { test: /(?:^|\/)\.gitmodules$/i, why: 'it steers git' },
  { test: /(?:^|\/)\.gitconfig$/i, why: 'it steers git' },
  { test: /(?:^|\/)\.lfsconfig$/i, why: 'it steers git' },
  {
    test: /(?:^|\/)\.(?:claude|codex|agents|gemini|qwen|opencode|cursor|aider|continue|roo|cline|kilocode|windsurf|kiro|amazonq|junie|crush|goose|pi)(?:\/|$)/i,
    why: 'it steers an agent',
  },
  { test: /(?:^|\/)\.mcp\.json$/i, why: 'it steers an agent' },
  { test: /(?:^|\/)\.aider\.[^/]*$/i, why: 'it steers an agent' },
  { test: /(?:^|\/)\.(?:cursor|windsurf|cline|roo)rules(?:\/|$)/i, why: 'it steers an agent' },
  { test: /(?:^|\/)\.?(?:opencode|crush)\.jsonc?$/i, why: 'it steers an agent' },
  { test: /(?:^|\/)\.(?:vscode|idea|devcontainer|zed|fleet)(?:\/|$)/i, why: 'it makes an editor run programs' },
  { test: /(?:^|\/)\.devcontainer\.json$/i, why: 'it makes an editor run programs' },
  { test: /\.code-workspace$/i, why: 'it makes an editor run programs' },
  {
    test: /(?:^|\/)(?:\.dir-locals(?:-2)?\.el|\.n?vimrc|\.exrc|\.nvim\.lua|\.lvimrc)$/i,
    why: 'it makes an editor run programs',
  },
  { test: /(?:^|\/)\.(?:husky|githooks)(?:\/|$)/i, why: 'it holds hooks' },
  { test: /(?:^|\/)\.pre-commit-config\.ya?ml$/i, why: 'it holds hooks' },
  { test: /(?:^|\/)\.envrc$/i, why: 'a shell runs it' },
  { test: /(?:^|\/)\.(?:github|gitea|forgejo)\/(?:workflows|actions)(?:\/|$)/i, why: 'it runs in CI' },
  { test: /(?:^|\/)\.(?:gitlab-ci|travis|drone|woodpecker|appveyor|cirrus)\.ya?ml$/i, why: 'it runs in CI' },
  { test: /(?:^|\/)(?:azure-pipelines|bitbucket-pipelines|appveyor)\.ya?ml$/i, why: 'it runs in CI' },
  { test: /(?:^|\/)\.(?:circleci|buildkite|woodpecker)(?:\/|$)/i, why: 'it runs in CI' },
  { test: /(?:^|\/)Jenkinsfile$/i, why: 'it runs in CI' },
  { test: /(?:^|\/)(?:\.?lefthook\.ya?ml|\.lintstagedrc[^/]*)$/i, why: 'it holds hooks' },
];

/** Asks the floor about a workspace path (inboxes have their own rule, in the gate). */
export function askFloor(path: string): FloorWord {
  const [top = '', second = '', third = ''] = path.split('/');
  const closed = (sentence: string): FloorWord => ({ kind: 'closed', sentence });
  if (path.split('/').some((segment) => segment.toLowerCase() === '.git'))
    return closed(".git is out of every role's reach");
  if (/^roles$/i.test(top)) return closed('roles/ is edited by people alone');
  if (/^fourline\.ya?ml$/i.test(top)) return closed('fourline.yaml is edited by people alone');
  if (top === 'state' && (second === '' || ownState(second))) return closed("it is fourline's own state");
  if (top === 'repos') {
    if (third === '') return closed('it is no file of a repository');
    const inside = path.slice(top.length + second.length + 2);
    const runner = runners.find((one) => one.test.test(inside));
    if (runner !== undefined)
      return { kind: 'literal', sentence: `${runner.why}: a card grants it only by its literal path` };
  }
  return { kind: 'open' };
}

function ownState(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    ownStateNames.some((own) => lower === own || lower.startsWith(`${own}-`) || lower.startsWith(`${own}.`)) ||
    lower.startsWith('journal') ||
    lower.startsWith('.')
  );
}
