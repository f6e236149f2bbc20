// The floor's list as a table: what makes tools run programs needs a literal line, at any depth and in any case; what
// people write every day does not.
import { expect, test } from 'vitest';
import { askFloor } from '../../src/gate/floor.ts';
import { firstRunners, runnerHint, runnerShape, runners } from '../../src/gate/runners.ts';
import { openDice } from '../kit/dice.ts';

const known = `
.gitattributes .gitmodules .gitconfig .lfsconfig .hg/hgrc .jj/config.toml
.husky/pre-commit .husky/_/husky.sh .huskyrc.json husky.config.js .githooks/pre-push githooks/pre-commit
lefthook.yml lefthook.yaml lefthook.toml lefthook.json .lefthook.yml .lefthook.toml lefthook-local.yml .lefthook-local.json .config/lefthook.yml .lefthook/pre-commit/x.sh
.pre-commit-config.yaml .pre-commit-hooks.yaml prek.toml .overcommit.yml captainhook.json grumphp.yml
.simple-git-hooks.json simple-git-hooks.cjs .lintstagedrc .lintstagedrc.mjs lint-staged.config.js .nano-staged.json hk.pkl .rusty-hook.toml .trunk/trunk.yaml
.github/workflows/ci.yml .github/actions/a/action.yml .gitea/workflows/x.yml .forgejo/workflows/x.yml
.gitlab-ci.yml build.gitlab-ci.yml .circleci/config.yml .travis.yml .drone.yml .drone.star .woodpecker.yml .woodpecker/x.yaml .vela.yml
appveyor.yml .appveyor.yml .cirrus.yml .cirrus.star azure-pipelines.yml azure-pipelines-release.yml .azure-pipelines/x.yml
bitbucket-pipelines.yml .buildkite/pipeline.yml Jenkinsfile Jenkinsfile.release .semaphore/semaphore.yml .teamcity/settings.kts
codefresh.yml .tekton/x.yaml .harness/x.yaml .build.yml .builds/a.yml cloudbuild.yaml buildspec.yml bitrise.yml codemagic.yaml
.gocd.yaml zuul.yaml .zuul.d/x.yaml .packit.yaml .readthedocs.yaml .releaserc .releaserc.json .goreleaser.yml dagger.json
netlify.toml vercel.json render.yaml fly.toml Procfile amplify.yml appspec.yml
.vscode/tasks.json x.code-workspace .idea/runConfigurations/a.xml .run/a.run.xml x.iml .fleet/run.json .zed/tasks.json .helix/languages.toml
x.sublime-project .project .externalToolBuilders/a.launch .settings/x.prefs nbproject/project.xml
.vimrc .nvimrc .exrc .nvim.lua .lvimrc .vim/coc-settings.json coc-settings.json .lazy.lua .vimspector.json .ycm_extra_conf.py .dir-locals.el .dir-locals-2.el .clangd
.devcontainer/devcontainer.json .devcontainer.json .devcontainer/x/devcontainer.json .gitpod.yml .replit .idx/dev.nix devfile.yaml .ddev/config.yaml .lando.yml devbox.json devenv.nix
.envrc .envrc.local mise.toml .mise.toml mise.local.toml .mise/config.toml .config/mise/config.toml .config/mise.toml mise-tasks/build .tool-versions .autoenv.zsh .shadowenv.d/x.lisp
.bashrc .zshrc .gdbinit .lldbinit .pdbrc .Rprofile .irbrc .pryrc sitecustomize.py .tmuxinator.yml
.npmrc .yarnrc .yarnrc.yml .yarn/releases/yarn.cjs .yarn/plugins/x.cjs .pnp.cjs .pnp.loader.mjs .pnpmfile.cjs .pnpmfile.mjs bunfig.toml binding.gyp .bundle/config .cargo/config.toml rust-toolchain.toml .mvn/extensions.xml .bazelrc
.claude/settings.json .claude/hooks/x.sh .claude-plugin/plugin.json .codex/config.toml .agents/skills/x/SKILL.md .agent/rules/x.md
.gemini/settings.json gemini-extension.json .qwen/settings.json .iflow/x .opencode/agent/x.md opencode.json opencode.jsonc .opencode.json
.mcp.json .cursor/mcp.json .cursor/hooks.json .cursorrules .github/hooks/hooks.json .github/agents/x.agent.md .github/skills/x/SKILL.md .github/prompts/x.prompt.md .gitlab/duo/x.yml
.aider.conf.yml .aider.model.settings.yml .continue/config.yaml .continuerc.json .roo/mcp.json .roomodes .clinerules .clinerules/hooks/x .kilocode/mcp.json .windsurf/hooks.json .windsurfrules
.kiro/settings/mcp.json .amazonq/cli-agents/x.json .junie/mcp.json .crush.json crush.json .goosehints .goose/x .pi/extensions/x.ts .factory/settings.json .augment/settings.json .amp/settings.json
.warp/x .zencoder/x .trae/mcp.json .qoder/x .openhands/setup.sh .vibe/config.toml .rovodev/config.yml .forge/x forge.yaml .serena/project.yml conductor.json
`
  .trim()
  .split(/\s+/);

test.each(known)('%s needs a literal line, at the top and below, in small and capital letters', (name) => {
  for (const path of [name, `deep/down/${name}`, name.toUpperCase(), `deep/${name.toLowerCase()}`])
    expect(`${path} ${askFloor(`repos/shop/${path}`).kind}`).toBe(`${path} literal`);
});

test.each(
  `src/a.ts package.json package-lock.json tsconfig.json README.md AGENTS.md CLAUDE.md Makefile Dockerfile compose.yaml docker-compose.yml pyproject.toml
   Cargo.toml go.mod pom.xml build.gradle .gitignore .dockerignore .editorconfig .prettierrc eslint.config.js biome.json vitest.config.ts .nvmrc .env.example
   docs/husky.md src/claude/a.ts src/claude.ts test/fixtures/mcp.test.ts .github/ISSUE_TEMPLATE/bug.md .github/CODEOWNERS .github/dependabot.yml .config/app.toml
   src/vscode/a.ts src/run/a.ts src/project.ts my.npmrc.md src/githooks.ts src/settings/a.ts scripts/mise.ts x.envrc.md`
    .trim()
    .split(/\s+/),
)('%s is a file like any other', (path) => {
  expect(askFloor(`repos/shop/${path}`)).toEqual({ kind: 'open' });
});

test('a link or a file in the place of a folder counts as the folder', () => {
  for (const name of ['.claude', '.husky', '.github/workflows', '.vscode'])
    expect(askFloor(`repos/shop/${name}`).kind).toBe('literal');
});

test('each row says what it does and where that is documented, and no name is there twice', () => {
  const names = runners.flatMap((one) => one.names.split(' '));
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  for (const { names: row, does, source } of runners) {
    expect(`${row} ${/^\S(?:.*\S)?$/.test(row) && !/ {2}/.test(row)}`).toBe(`${row} true`);
    expect(`${row} ${/^[a-z]/.test(does) && /\w\.\w/.test(source)}`).toBe(`${row} true`);
  }
});

test('a star in a name stays within it', () => {
  const shape = runnerShape('mise.*.toml .claude/');
  expect(['mise.local.toml', 'a/MISE.x.TOML', '.claude/a/b'].every((path) => shape.test(path))).toBe(true);
  expect(
    ['mise.a/b.toml', 'xmise.local.toml', '.claudex/a', 'mise.local.toml.md'].some((path) => shape.test(path)),
  ).toBe(false);
});

test('what 0.1 knew is known still, and is all that its landings are judged by', () => {
  const first = firstRunners.split(/\s+/).map((name) => `repos/shop/${name.replace(/\/$/, '/x').replaceAll('*', 'x')}`);
  expect(first.filter((path) => askFloor(path).kind !== 'literal' || askFloor(path, true).kind !== 'literal')).toEqual(
    [],
  );
  expect([askFloor('repos/shop/.npmrc').kind, askFloor('repos/shop/.npmrc', true).kind]).toEqual(['literal', 'open']);
});

test('the quick question before the expression passes over no name', () => {
  const names = `${runners.map((one) => one.names).join(' ')} *.odd/ a*b/ x`;
  const [hint, shape] = [runnerHint(names), runnerShape(names)];
  const dice = openDice('runner hint');
  const pieces = [...known, 'src', 'main.ts', 'x.odd', 'a1b', 'X', '\u212a.toml', '\u0130', '.', '', 'docs'];
  const pick = (): string => {
    const piece = pieces[dice.roll(pieces.length) - 1] ?? '';
    return dice.roll(3) === 1 ? piece.toUpperCase() : dice.roll(4) === 1 ? piece.slice(0, -1) : piece;
  };
  let matched = 0;
  for (let count = 0; count < 20_000; count += 1) {
    const path = Array.from({ length: dice.roll(4) }, pick).join('/');
    if (!shape.test(path)) continue;
    matched += 1;
    expect(`${path} ${hint(path)}`).toBe(`${path} true`);
  }
  expect(matched).toBeGreaterThan(1000);
  expect(hint('src/main.ts')).toBe(false);
});
