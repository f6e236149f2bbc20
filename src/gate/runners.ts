// Why: files that make a tool run a program, by being there: git, hook managers, CI, editors, dev containers, agent
// CLIs, shells, package managers. A role that may write such a file runs programs as a person or as CI. So a card has
// to name the file to the letter.
// Promises: pure data, each row with where its tool documents it; names count at any depth of a repository, in any
// case.
// Never: lists what a person runs by name (Makefile, package.json scripts, compose files): that is code like any other.

/**
 * One tool's names, below any folder: `x/` is a folder with all that is in it, `*` stands for any part of one name.
 * `does` says what it does, as a sentence goes on after "it".
 */
export type Runner = { readonly names: string; readonly does: string; readonly source: string };

// Files by what they do. Each tool has a line: where it documents the files | their names.
const tables: Readonly<Record<string, string>> = {
  'steers git': `
    git-scm.com/docs/gitattributes | .gitattributes .gitmodules .gitconfig .lfsconfig`,
  'steers Mercurial': `
    mercurial-scm.org/doc/hgrc.5.html | .hg/ .hgrc .hgsub`,
  'steers version control': `
    jj-vcs.github.io/jj/latest/config | .jj/ .sl/ .svn/ .bzr/ _darcs/`,
  'holds hooks': `
    typicode.github.io/husky | .husky/ .huskyrc .huskyrc.* husky.config.*
    git-scm.com/docs/githooks (core.hooksPath) | .githooks/ .git-hooks/ githooks/ git-hooks/
    lefthook.dev/configuration | lefthook.yml lefthook.yaml lefthook.toml lefthook.json lefthook.jsonc .lefthook.* lefthook-local.* .lefthook-local.* .lefthook/ .lefthook-local/
    pre-commit.com | .pre-commit-config.yaml .pre-commit-config.yml .pre-commit-hooks.yaml
    prek.j178.dev/configuration | prek.toml
    github.com/sds/overcommit | .overcommit.yml .local-overcommit.yml
    docs.captainhook.info/configure.html | captainhook.json captainhook.config.json
    github.com/phpro/grumphp | grumphp.yml grumphp.yml.dist grumphp.yaml grumphp.dist.yml
    github.com/toplenboren/simple-git-hooks | .simple-git-hooks.* simple-git-hooks.*
    github.com/lint-staged/lint-staged | .lintstagedrc .lintstagedrc.* lint-staged.config.*
    github.com/usmanyunusov/nano-staged | .nano-staged.* nano-staged.*
    github.com/swellaby/rusty-hook | .rusty-hook.toml rusty-hook.toml .cargo-husky/
    hk.jdx.dev/configuration | hk.pkl .hk.pkl
    docs.trunk.io, docs.qlty.sh | .trunk/ .qlty/
    jorisroovers.com/gitlint (extra-path) | .gitlint`,
  'runs in CI': `
    docs.github.com/actions, forgejo.org/docs/latest/user/actions | .github/workflows/ .github/actions/ .gitea/workflows/ .gitea/actions/ .forgejo/workflows/ .forgejo/actions/
    docs.gitlab.com/ci | .gitlab-ci.yml .gitlab-ci.yaml *.gitlab-ci.yml .gitlab/ci/ .gitlab-ci/ .gitlab/agents/
    circleci.com/docs/configuration-reference | .circleci/ circle.yml
    docs.travis-ci.com | .travis.yml .travis.yaml
    docs.drone.io | .drone.yml .drone.yaml .drone.star .drone.jsonnet
    woodpecker-ci.org/docs/usage/workflow-syntax | .woodpecker.yml .woodpecker.yaml .woodpecker/
    go-vela.github.io/docs | .vela.yml .vela.yaml .vela/
    appveyor.com/docs/appveyor-yml | appveyor.yml appveyor.yaml .appveyor.yml .appveyor.yaml
    cirrus-ci.org/guide/writing-tasks | .cirrus.yml .cirrus.yaml .cirrus.star
    learn.microsoft.com/azure/devops/pipelines | azure-pipelines.yml azure-pipelines.yaml azure-pipelines*.yml .azure-pipelines/ azure-pipelines/ .azuredevops/ .azure/pipelines/ .vsts-ci.yml
    support.atlassian.com/bitbucket-cloud | bitbucket-pipelines.yml bitbucket-pipelines.yaml
    buildkite.com/docs/pipelines | .buildkite/
    jenkins.io/doc/book/pipeline/jenkinsfile | Jenkinsfile Jenkinsfile.* *.jenkinsfile .jenkins/
    docs.semaphore.io | .semaphore/ .semaphoreci/
    jetbrains.com/help/teamcity/kotlin-dsl.html | .teamcity/
    jetbrains.com/help/space/automation | .space.kts
    codefresh.io/docs | codefresh.yml codefresh.yaml .codefresh/
    docs.cloudbees.com/docs/cloudbees-codeship | wercker.yml shippable.yml .shippable.yml codeship-*.yml
    buddy.works/docs/yaml | buddy.yml .buddy/
    docs.screwdriver.cd | screwdriver.yaml screwdriver.yml
    pipelinesascode.com/docs | .tekton/
    developer.harness.io/docs | .harness/
    man.sr.ht/builds.sr.ht | .build.yml .build.yaml .builds/
    cloud.google.com/build/docs | cloudbuild.yaml cloudbuild.yml cloudbuild.json
    docs.aws.amazon.com/codebuild | buildspec.yml buildspec.yaml buildspec*.yml
    docs.bitrise.io, docs.codemagic.io | bitrise.yml bitrise.yaml codemagic.yaml codemagic.yml
    developer.apple.com/documentation/xcode/writing-custom-build-scripts | ci_scripts/
    docs.onedev.io, gocd.org | .onedev-buildspec.yml .gocd.yaml *.gocd.yaml *.gocd.json
    zuul-ci.org/docs/zuul/latest/project-config.html | zuul.yaml .zuul.yaml zuul.d/ .zuul.d/
    packit.dev/docs/configuration | .packit.yaml .packit.yml .packit.json packit.yaml
    docs.readthedocs.io (build.jobs) | .readthedocs.yaml .readthedocs.yml readthedocs.yml
    scrutinizer-ci.com/docs, megalinter.io | .scrutinizer.yml .mega-linter.yml
    semantic-release.gitbook.io (exec) | .releaserc .releaserc.* release.config.*
    goreleaser.com/customization/hooks | .goreleaser.yml .goreleaser.yaml goreleaser.yml goreleaser.yaml
    docs.dagger.io | .earthly/ Earthfile .dagger/ dagger.json`,
  'runs programs at a deployment': `
    docs.netlify.com, vercel.com/docs/project-configuration | netlify.toml vercel.json .vercel/ .netlify/
    render.com/docs, fly.io/docs, devcenter.heroku.com | render.yaml fly.toml railway.json railway.toml heroku.yml Procfile
    docs.aws.amazon.com/amplify, codedeploy | amplify.yml appspec.yml appspec.yaml .ebextensions/ .platform/
    docs.upsun.com, docs.digitalocean.com | .platform.app.yaml .upsun/ .do/`,
  'makes an editor run programs': `
    code.visualstudio.com/docs/editor/workspace-trust | .vscode/ *.code-workspace .vs/
    jetbrains.com/help/idea/project-security.html | .idea/ .run/ *.iml *.ipr *.iws .fleet/
    zed.dev/docs/worktree-trust, docs.helix-editor.com | .zed/ .nova/ .helix/ .theia/ .lapce/
    sublimetext.com/docs/build_systems.html | *.sublime-project *.sublime-build *.sublime-workspace
    help.eclipse.org (external tool builders) | .project .externalToolBuilders/ .settings/ nbproject/
    vimhelp.org/options.txt.html#'exrc' | .vimrc .nvimrc _vimrc .gvimrc .exrc .nexrc .nvim.lua .lvimrc .vim/ .nvim/ .lazy.lua .vimspector.json .ycm_extra_conf.py coc-settings.json .local.vim *.nvim.lua
    gnu.org/software/emacs/manual (Directory Variables) | .dir-locals.el .dir-locals-2.el .projectile .emacs .emacs.d/
    clangd.llvm.org/config | .kakrc .kakrc.local .micro/ .neoconf.json .nlsp-settings/ .clangd
    developer.apple.com/documentation/xcode (schemes: pre-actions) | xcshareddata/ xcuserdata/ .swiftpm/`,
  'is run where a development container starts': `
    containers.dev/implementors/spec | .devcontainer/ .devcontainer.json
    gitpod.io/docs | .gitpod.yml .gitpod.yaml .gitpod.Dockerfile .gitpod/ .ona/
    codesandbox.io/docs, developer.stackblitz.com | .codesandbox/ sandbox.config.json .stackblitzrc
    docs.replit.com, devfile.io | .replit replit.nix .idx/ devfile.yaml .devfile.yaml
    ddev.readthedocs.io (hooks), docs.lando.dev | .ddev/ .lando.yml .lando.*.yml
    jetify.com/docs/devbox, devenv.sh | devbox.json devenv.nix devenv.yaml devenv.local.nix .flox/`,
  'is run by a shell or an interpreter that starts here': `
    direnv.net | .envrc .envrc.* .direnv/ .direnvrc
    mise.jdx.dev/configuration.html, mise.jdx.dev/hooks.html | mise.toml .mise.toml mise.*.toml .mise.*.toml .miserc.toml mise/config.toml mise/config.*.toml mise/tasks/ .mise/ .config/mise.toml .config/mise.*.toml .config/mise/ mise-tasks/ .mise-tasks/ .rtx.toml .tool-versions
    github.com/hyperupcall/autoenv | .autoenv .autoenv.* .autoenv_leave.zsh .in.zsh .out.zsh .shadowenv.d/ .smartcd/
    gnu.org/software/bash/manual (Startup Files) | .bashrc .bash_profile .bash_login .profile .zshrc .zshenv .zprofile .zlogin config.fish .inputrc
    sourceware.org/gdb (Init File in the Current Directory) | .gdbinit .lldbinit .pdbrc .pdbrc.py
    stat.ethz.ch/R-manual (Startup) | .Rprofile .Renviron .irbrc .pryrc .rdbgrc .byebugrc .iex.exs .ghci
    docs.python.org/3/library/site.html | sitecustomize.py usercustomize.py
    github.com/tmuxinator/tmuxinator | .tmuxinator.yml .tmuxp.yaml .tmuxp.json`,
  'runs programs at an install or a build': `
    docs.npmjs.com/cli/configuring-npm/npmrc, yarnpkg.com/configuration/yarnrc | .npmrc .yarnrc .yarnrc.yml .yarnrc.yaml .yarn/
    yarnpkg.com/features/pnp | .pnp.cjs .pnp.js .pnp.loader.mjs
    pnpm.io/pnpmfile | .pnpmfile.cjs .pnpmfile.mjs pnpmfile.js pnpmfile.cjs .pnpmfile.js
    bun.com/docs/runtime/bunfig (preload) | bunfig.toml .bunfig.toml
    docs.npmjs.com/cli/using-npm/scripts (node-gyp rebuild) | binding.gyp
    bundler.io/man/bundle-config.1.html | .bundle/ .rspec
    doc.rust-lang.org/cargo/reference/config.html | .cargo/ rust-toolchain rust-toolchain.toml
    maven.apache.org/configure.html, docs.gradle.org | .mvn/ gradle-wrapper.properties gradle-wrapper.jar
    bazel.build/run/bazelrc | .bazelrc .bazeliskrc .bazelversion`,
  'steers an agent': `
    code.claude.com/docs/en/settings | .claude/ .claude-plugin/ .claude.json CLAUDE.local.md
    developers.openai.com/codex, agentskills.io | .codex/ .codex-plugin/ .agents/ .agent/
    geminicli.com/docs, qwenlm.github.io/qwen-code-docs | .gemini/ gemini-extension.json .qwen/ .iflow/
    opencode.ai/docs/config | .opencode/ opencode.json opencode.jsonc .opencode.json .opencode.jsonc
    modelcontextprotocol.io, code.claude.com/docs/en/mcp | .mcp.json .mcp/ .lsp.json
    cursor.com/docs | .cursor/ .cursorrules/ .cursor-plugin/
    docs.github.com/copilot/how-tos/copilot-cli | .github/hooks/ .github/agents/ .github/skills/ .github/prompts/ .github/chatmodes/ .github/copilot/ .github/mcp.json .github/lsp.json .copilot/
    docs.gitlab.com/user/duo_agent_platform | .gitlab/duo/
    aider.chat/docs/config, docs.continue.dev | .aider/ .aider.* .continue/ .continuerc.json .continuerules
    docs.roocode.com, docs.cline.bot | .roo/ .roomodes .roorules/ .roorules-* .cline/ .clinerules .clinerules/
    kilo.ai/docs | .kilocode/ .kilocodemodes .kilo/ kilo.json kilo.jsonc
    docs.windsurf.com | .windsurf/ .windsurfrules .windsurfrules/ .codeium/ .devin/
    kiro.dev/docs, junie.jetbrains.com/docs | .kiro/ .amazonq/ .junie/ .aiassistant/
    github.com/charmbracelet/crush, goose-docs.ai | .crush/ crush.json .crush.json crush.jsonc .crush.jsonc .goose/ .goosehints .pi/
    docs.factory.ai, docs.augmentcode.com, ampcode.com/manual | .factory/ .augment/ .amp/ .warp/ .zencoder/ .trae/ .qoder/ .codebuddy/ .commandcode/
    docs.all-hands.dev, docs.mistral.ai, github.com/vercel-labs/skills (agents) | .openhands/ .vibe/ .rovodev/ .kimi/ .grok/ .mux/ .neovate/ .mcpjam/ .serena/ .tabnine/ .cody/ .sourcegraph/
    forgecode.dev/docs, docs.plandex.ai | .forge/ forge.yaml .plandex/ .plandex-v2/ .letta/ .supermaven/ .jules/ .antigravity/ .ruler/
    docs.conductor.build | conductor.json .conductor/ .superset/ .emdash.json`,
};

/** The list. A tool that is missing is added to it with its source. */
export const runners: readonly Runner[] = Object.entries(tables).flatMap(([does, rows]) =>
  rows
    .trim()
    .split('\n')
    .map((row) => {
      const [source = '', names = ''] = row.split('|').map((part) => part.trim());
      return { names, does, source };
    }),
);

/** The names that version 0.1 knew: by these its landings were judged, and are judged when they are audited. */
export const firstRunners = `.gitattributes .gitmodules .gitconfig .lfsconfig .claude/ .codex/ .agents/ .gemini/ .qwen/ .opencode/ .cursor/ .aider/ .continue/ .roo/
  .cline/ .kilocode/ .windsurf/ .kiro/ .amazonq/ .junie/ .crush/ .goose/ .pi/ .mcp.json .aider.* .cursorrules/ .windsurfrules/ .clinerules/ .roorules/ opencode.json
  opencode.jsonc .opencode.json .opencode.jsonc crush.json crush.jsonc .crush.json .crush.jsonc .vscode/ .idea/ .devcontainer/ .zed/ .fleet/ .devcontainer.json
  *.code-workspace .dir-locals.el .dir-locals-2.el .vimrc .nvimrc .exrc .nvim.lua .lvimrc .husky/ .githooks/ .pre-commit-config.yaml .pre-commit-config.yml .envrc
  .github/workflows/ .github/actions/ .gitea/workflows/ .gitea/actions/ .forgejo/workflows/ .forgejo/actions/ .gitlab-ci.yml .gitlab-ci.yaml .travis.yml .travis.yaml
  .drone.yml .drone.yaml .woodpecker.yml .woodpecker.yaml .appveyor.yml .appveyor.yaml .cirrus.yml .cirrus.yaml azure-pipelines.yml azure-pipelines.yaml
  bitbucket-pipelines.yml bitbucket-pipelines.yaml appveyor.yml appveyor.yaml .circleci/ .buildkite/ .woodpecker/ Jenkinsfile lefthook.yml lefthook.yaml .lefthook.yml
  .lefthook.yaml .lintstagedrc .lintstagedrc.*`;

/** A row's names as one expression over a path in a repository. */
export function runnerShape(names: string): RegExp {
  const parts = names.split(/\s+/).map((name) => {
    const folder = name.endsWith('/');
    const text = (folder ? name.slice(0, -1) : name).replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
    // A link or a file in a folder's place leads a tool just as well.
    return folder ? `${text}(?:/.*)?` : text;
  });
  return new RegExp(`(?:^|/)(?:${parts.join('|')})$`, 'is');
}

/**
 * A quick question before the expression: false where no name of these can match a path in a repository, whatever the
 * case. It compares the segments of the path with the first segment of each name.
 */
export function runnerHint(names: string): (path: string) => boolean {
  const segments = [...new Set(names.toLowerCase().split(/\s+/))].map((name) => name.split('/', 1)[0] ?? '');
  const exact = new Set(segments.filter((one) => !one.includes('*')));
  const wild = segments.filter((one) => one.includes('*')).map(endsOf);
  const plain = [...exact].map((one) => ({ start: one, end: one }));
  const starts = new Set<number>();
  const ends = new Set<number>();
  for (const { start, end } of [...plain, ...wild])
    if (start.length >= 2) starts.add(pairAt(start, 0));
    else if (end.length >= 2) ends.add(pairAt(end, end.length - 2));
  const short = [...plain, ...wild].some(({ start, end }) => start.length < 2 && end.length < 2);
  return (path) => {
    const lower = path.toLowerCase();
    for (let at = 0, cut = 0; cut >= 0; at = cut + 1) {
      cut = lower.indexOf('/', at);
      const to = cut < 0 ? lower.length : cut;
      if (!short && !starts.has(pairAt(lower, at)) && !ends.has(pairAt(lower, to - 2))) continue;
      const segment = lower.slice(at, to);
      if (exact.has(segment)) return true;
      if (wild.some(({ start, end }) => segment.startsWith(start) && segment.endsWith(end))) return true;
    }
    return false;
  };
}

// How a segment that fits a name with a wildcard begins and ends.
function endsOf(segment: string): { readonly start: string; readonly end: string } {
  return { start: segment.slice(0, segment.indexOf('*')), end: segment.slice(segment.lastIndexOf('*') + 1) };
}

// Two characters as one number: comparing it makes no text.
function pairAt(text: string, at: number): number {
  return text.charCodeAt(at) * 65_536 + text.charCodeAt(at + 1);
}
