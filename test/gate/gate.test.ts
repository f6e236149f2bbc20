// The gate as a table: a change under one card and one order, the decision, its reason, and the line that decided.
import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/changes/change.ts';
import { pathFlaw } from '../../src/changes/path.ts';
import { judge, judgeOne, type Law, rejectAll } from '../../src/gate/gate.ts';
import { showDeciding, type Verdict } from '../../src/gate/verdict.ts';
import { parseOrder } from '../../src/order/order.ts';
import { compileScope } from '../../src/role/boundary.ts';
import { compileGrant } from '../../src/role/grant.ts';
import { parseRole } from '../../src/role/role.ts';

const card = `---
agent: command
command: [x]
write: |
  repos/*/src/**
  repos/*/docs/*.md
  repos/shop/.gitattributes
  repos/shop/.github/**
  repos/shop/.claude/settings.json
  state/*.json
deny: |
  repos/*/src/generated/**
  repos/*/docs/law.md
send: auditor, qa
---
`;
const order = `**Objective:** Log in.
**Acceptance:**
- a 1
- b 2
- c 3
**Files:**
- src/login.ts
- src/generated/**
- docs/**/*.md
- .gitattributes
- .github/workflows/ci.yml
- .claude/**
- state/plan.json
- state/journal.jsonl
- package.json
- src/form/**
**Branching:** halt-with-note
`;

function lawOf(cardText = card, withOrder = true): Law {
  const role = parseRole('coder', cardText);
  const reading = parseOrder(order);
  if (!role.ok || !reading.ok) throw new Error(JSON.stringify([role, reading]));
  const grant = compileGrant(role.role, 'roles/coder.md');
  return { grant, scope: withOrder ? compileScope(reading.order.files, 'shop', 'order') : null, pinned: [] };
}

const law = lawOf();
const asked = (path: string, what: Change['what'] = 'modified') => ({ path, what, flaw: pathFlaw(path) });

// `allow`, or the reason, and the lines that decided.
function told(verdict: Verdict): string {
  const word = verdict.decision === 'allow' ? 'allow' : verdict.reason;
  return [word, ...verdict.by.map((one) => `${one.file.replace(/^roles\/|\.md$/g, '')}:${one.line}`)].join(' ');
}

describe('one change', () => {
  test.each([
    // card and Files both allow it
    ['repos/shop/src/login.ts', 'allow coder:5 order:7'],
    ['repos/shop/src/form/a/.b', 'allow coder:5 order:16'],
    ['repos/shop/docs/a.md', 'allow coder:6 order:9'],
    ['state/plan.json', 'allow coder:10 order:13'],
    // card, not Files
    ['repos/shop/src/logout.ts', 'files coder:5'],
    ['repos/shop/src/LOGIN.ts', 'files coder:5'],
    ['repos/till/src/login.ts', 'files coder:5'],
    ['state/other.json', 'files coder:10'],
    // Files, not card
    ['repos/shop/package.json', 'write'],
    ['repos/shop/docs/deep/a.md', 'write'],
    // neither
    ['README.md', 'write'],
    ['repos/shop/README.md', 'write'],
    ['repos/shop/src', 'write'],
    ['report.md', 'write'],
    ['Repos/shop/src/login.ts', 'write'],
    ['State/plan.json', 'write'],
    // deny beats write, whatever Files say
    ['repos/shop/src/generated/a.ts', 'deny coder:12'],
    ['repos/shop/src/generated/.x', 'deny coder:12'],
    ['repos/shop/docs/law.md', 'deny coder:13'],
    // the floor
    ['roles/coder.md', 'floor'],
    ['Roles/new.md', 'floor'],
    ['roles', 'floor'],
    ['fourline.yaml', 'floor'],
    ['FOURLINE.YML', 'floor'],
    ['state/journal.jsonl', 'floor'],
    ['state/journal-old.json', 'floor'],
    ['state/ledger.git/HEAD', 'floor'],
    ['state/active/x/order.md', 'floor'],
    ['state/orders.json', 'floor'],
    ['state/Orders', 'floor'],
    ['state/cards/x', 'floor'],
    ['state/flows/bug-1/mend.step.json', 'floor'],
    ['state/handed/bug-1/mend.md', 'floor'],
    ['state/git/shop.git/config', 'floor'],
    ['state/lock.db', 'floor'],
    ['state/lock.db-wal', 'floor'],
    ['state/.hidden.json', 'floor'],
    ['state', 'floor'],
    ['repos/shop', 'floor'],
    // what makes git, an agent or CI run code needs a literal line
    ['repos/shop/.gitattributes', 'allow coder:7 order:10'],
    ['repos/shop/.claude/settings.json', 'allow coder:9 order:12'],
    ['repos/shop/.claude/agents/x.md', 'floor'],
    ['repos/shop/.github/workflows/ci.yml', 'floor'],
    ['repos/shop/.github/actions/a/action.yml', 'floor'],
    ['repos/shop/.github/CODEOWNERS', 'files coder:8'],
    ['repos/shop/src/.gitattributes', 'floor'],
    ['repos/shop/src/form/.GitAttributes', 'floor'],
    ['repos/shop/src/form/.gitmodules', 'floor'],
    ['repos/shop/src/form/.mcp.json', 'floor'],
    ['repos/shop/src/form/.codex/config.toml', 'floor'],
    ['repos/shop/src/form/.claude', 'floor'],
    ['repos/shop/src/form/.husky/pre-commit', 'floor'],
    ['repos/shop/src/form/.vscode/tasks.json', 'floor'],
    ['repos/shop/src/form/.envrc', 'floor'],
    ['repos/shop/src/form/.gitlab-ci.yml', 'floor'],
    ['repos/shop/src/form/opencode.json', 'floor'],
    ['repos/shop/src/form/.devcontainer.json', 'floor'],
    ['repos/shop/src/form/x.code-workspace', 'floor'],
    ['repos/shop/src/form/.aider.conf.yml', 'floor'],
    ['repos/shop/src/form/.cursorrules', 'floor'],
    ['repos/shop/src/form/.exrc', 'floor'],
    ['repos/shop/src/form/.dir-locals.el', 'floor'],
    ['repos/shop/src/form/lefthook.yml', 'floor'],
    ['repos/shop/src/form/Jenkinsfile', 'floor'],
    ['repos/shop/src/form/.forgejo/workflows/ci.yml', 'floor'],
    ['repos/shop/src/form/azure-pipelines.yml', 'floor'],
    ['repos/shop/src/form/cursorrules', 'allow coder:5 order:16'],
    ['repos/shop/src/form/workspace.ts', 'allow coder:5 order:16'],
    ['repos/shop/src/form/mcp.json', 'allow coder:5 order:16'],
    ['repos/shop/src/form/claude/x', 'allow coder:5 order:16'],
    ['repos/shop/src/form/.gitignore', 'allow coder:5 order:16'],
    // paths that are not what they seem
    ['repos/shop/.git/config', 'path'],
    ['repos/shop/src/form/.GIT/config', 'path'],
    ['repos/shop/src/form/git~1/config', 'path'],
    ['repos/shop/src/form/../../x', 'path'],
    ['/repos/shop/src/login.ts', 'path'],
    ['repos/shop/src/form/a\nb', 'path'],
    ['repos/shop/src/generated/a\n', 'path'],
    ['repos/shop/src/form/a\u202Eb', 'path'],
    ['repos/shop/src/form/a.', 'path'],
    ['repos/shop/src/login.ts\u200B', 'path'],
    ['', 'path'],
    // mail
    ['inbox/auditor/look.md', 'allow coder:14'],
    ['inbox/qa/0001-x.md', 'allow coder:14'],
    ['inbox/coder/x.md', 'send'],
    ['inbox/operator/x.md', 'send'],
    ['inbox/x.md', 'send'],
    ['inbox', 'send'],
    ['inbox/auditor', 'mail coder:14'],
    ['inbox/auditor/x.txt', 'mail coder:14'],
    ['inbox/auditor/.x.md', 'mail coder:14'],
    ['inbox/auditor/.md', 'mail coder:14'],
    ['inbox/auditor/a/b.md', 'mail coder:14'],
    ['Inbox/auditor/a.md', 'write'],
  ])('%s: %s', (path, expected) => {
    expect(told(judgeOne(asked(path), law))).toBe(expected);
  });

  test('the kind of a thing is asked before everything', () => {
    const flaw = { code: 'kind-submodule', message: 'it is a submodule' };
    const verdict = judgeOne({ path: 'repos/shop/src/login.ts', what: 'modified', flaw }, law);
    expect(verdict).toMatchObject({ decision: 'refuse', reason: 'kind', sentence: 'it is a submodule', by: [] });
  });

  test('the floor holds .git even where nobody looked at the path', () => {
    for (const path of ['repos/shop/src/form/.git/config', 'repos/shop/src/form/.GIT', '.git/x'])
      expect(told(judgeOne({ path, what: 'added', flaw: null }, law))).toBe('floor');
  });

  test('mail cannot be taken back', () => {
    expect(told(judgeOne(asked('inbox/auditor/look.md', 'deleted'), law))).toBe('mail coder:14');
  });

  test('without an order, Files are not asked', () => {
    const free = lawOf(card, false);
    expect(told(judgeOne(asked('repos/till/src/x'), free))).toBe('allow coder:5');
    expect(told(judgeOne(asked('repos/till/README'), free))).toBe('write');
    expect(told(judgeOne(asked('roles/coder.md'), free))).toBe('floor');
  });

  test('a card that grants nothing allows nothing', () => {
    const none = lawOf('---\nagent: command\ncommand: [x]\n---\n');
    for (const path of ['repos/shop/src/login.ts', 'state/plan.json', 'inbox/auditor/x.md'])
      expect(judgeOne(asked(path), none).decision).toBe('refuse');
  });

  test('the sentence says what was missing, and the deciding lines show as people read them', () => {
    const outside = judgeOne(asked('repos/shop/Makefile'), law);
    expect(outside).toMatchObject({ sentence: "not in the order's Files; no write: line of roles/coder.md matches" });
    expect(judgeOne(asked('inbox/coder/x.md'), law)).toMatchObject({
      sentence: 'send: of roles/coder.md names auditor, qa',
    });
    expect(showDeciding(judgeOne(asked('repos/shop/src/generated/x'), law).by)).toBe(
      'roles/coder.md:12  repos/*/src/generated/**',
    );
  });
});

describe('a whole run', () => {
  const swap = lawOf(card.replace('repos/*/docs/law.md', 'repos/*/src/form/keep'));
  const change = (spec: string): Change => {
    const [sign, path = ''] = spec.split(' ');
    const what = sign === '+' ? 'added' : sign === '-' ? 'deleted' : 'modified';
    const blob = { mode: '100644', id: '1' } as const;
    return {
      path,
      what,
      before: what === 'added' ? null : blob,
      after: what === 'deleted' ? null : { kind: 'blob', size: 1, ...blob },
      flaw: pathFlaw(path),
    };
  };
  const form = 'repos/shop/src/form';
  const run = (base: readonly string[], specs: readonly string[]): string[] =>
    judge(specs.map(change), swap, base).map((one) => (one.decision === 'allow' ? 'allow' : one.reason));

  test.each<[name: string, base: string[], changes: string[], verdicts: string[]]>([
    ['a file for a folder that goes', ['/d/a', '/d/b'], ['+ /d', '- /d/a', '- /d/b'], ['allow', 'allow', 'allow']],
    ['a file for a folder that keeps a file', ['/d/a', '/d/b'], ['+ /d', '- /d/a'], ['clash', 'allow']],
    ['a file for a folder of which one stays refused', ['/keep/a', '/keep'], ['~ /keep'], ['deny']],
    ['a folder for a file that goes', ['/d'], ['- /d', '+ /d/a', '+ /d/b/c'], ['allow', 'allow', 'allow']],
    ['a folder for a file that stays', ['/d'], ['+ /d/a', '+ /d/b/c'], ['clash', 'clash']],
    ['a folder for a file that may not go', ['/keep'], ['- /keep', '+ /keep/a'], ['deny', 'clash']],
    ['a deep file where a file stays above', ['/a/b'], ['+ /a/b/c/d', '+ /a/c'], ['clash', 'allow']],
    ['a file where a deep file stays', ['/a/b/c/d'], ['+ /a/b', '+ /a/e'], ['clash', 'allow']],
    ['names that only begin alike', ['/ab', '/a.ts'], ['+ /a/x', '+ /abc'], ['allow', 'allow']],
    ['a plain change', ['/a', '/b/c'], ['~ /a', '~ /b/c', '+ /b/d'], ['allow', 'allow', 'allow']],
  ])('%s', (_name, base, changes, verdicts) => {
    const full = changes.map((one) => one.replace('/', `${form}/`));
    expect(
      run(
        base.map((path) => form + path),
        full,
      ),
    ).toEqual(verdicts);
  });

  // Names that some disks take for one: case, Unicode form, at any depth.
  test.each<[name: string, base: string[], changes: string[], verdicts: string[]]>([
    ['another case of a file', ['/a.ts'], ['+ /A.ts'], ['spelling']],
    ['another case of an extension', ['/read.md'], ['+ /read.MD'], ['spelling']],
    ['another case of a folder', ['/lib/a'], ['+ /Lib/b'], ['spelling']],
    ['a folder in another case of a file', ['/lib'], ['+ /LIB/a'], ['spelling']],
    ['a file in another case of a folder', ['/lib/a'], ['+ /LIB'], ['spelling']],
    ['another Unicode form of a file', ['/nai\u0308ve'], ['+ /na\u00efve'], ['spelling']],
    ['another Unicode form of a folder', ['/nai\u0308ve/a'], ['+ /na\u00efve/b'], ['spelling']],
    ['both at once', ['/NAI\u0308VE'], ['+ /na\u00efve'], ['spelling']],
    ['a sharp s for two', ['/strasse'], ['+ /stra\u00dfe'], ['spelling']],
    ['a long s for an s', ['/so'], ['+ /\u017fo'], ['spelling']],
    ['two spellings of one new name', [], ['+ /New', '+ /new'], ['allow', 'spelling']],
    ['two spellings of one new folder', [], ['+ /New/a', '+ /new/b'], ['allow', 'spelling']],
    ['a rename in case alone', ['/a.ts'], ['+ /A.ts', '- /a.ts'], ['allow', 'allow']],
    [
      'a folder renamed in case alone',
      ['/lib/a', '/lib/b'],
      ['+ /Lib/a', '+ /Lib/b', '- /lib/a', '- /lib/b'],
      ['allow', 'allow', 'allow', 'allow'],
    ],
    ['a folder renamed in part', ['/lib/a', '/lib/b'], ['+ /Lib/a', '- /lib/a'], ['spelling', 'allow']],
    ['a rename in case of what may not go', ['/keep'], ['+ /Keep', '- /keep'], ['spelling', 'deny']],
    ['a change of a file that has a twin already', ['/a', '/A'], ['~ /a'], ['allow']],
    ['a file in a folder that has a twin already', ['/lib/a', '/Lib/a'], ['+ /lib/b', '+ /Lib/c'], ['allow', 'allow']],
    ['a third spelling', ['/ab', '/aB'], ['+ /AB'], ['spelling']],
    ['a deletion of one of two', ['/a', '/A'], ['- /A'], ['allow']],
    ['names that only look alike', ['/a.ts', '/o'], ['+ /\u0430.ts', '+ /0'], ['allow', 'allow']],
    ['names in other folders', ['/x/a'], ['+ /y/A'], ['allow']],
  ])('%s', (_name, base, changes, verdicts) => {
    const full = changes.map((one) => one.replace('/', `${form}/`));
    expect(
      run(
        base.map((path) => form + path),
        full,
      ),
    ).toEqual(verdicts);
  });

  test('a second spelling is refused with the first, and the line that would have allowed it', () => {
    const [verdict] = judge([change(`+ ${form}/A.ts`)], swap, [`${form}/a.ts`]);
    expect(verdict).toMatchObject({
      reason: 'spelling',
      sentence: `it differs from ${form}/a.ts only in case or Unicode form`,
      by: [{ line: 5 }, {}],
    });
  });

  test('letters are no files that stand beside each other', () => {
    const letters = ['inbox/qa/Look.md', 'inbox/qa/look.md'];
    expect(
      run(
        [],
        letters.map((path) => `+ ${path}`),
      ),
    ).toEqual(['allow', 'allow']);
  });

  test('a file that would swallow a folder with a refused deletion is refused', () => {
    const base = ['repos/shop/docs/x.md/in', 'repos/shop/docs/y.md'];
    const specs = ['+ repos/shop/docs/x.md', '- repos/shop/docs/x.md/in', '~ repos/shop/docs/y.md'];
    expect(run(base, specs)).toEqual(['clash', 'write', 'allow']);
  });

  test('every change gets one verdict, in the order of the changes', () => {
    const names = ['roles/x.md', `${form}/a`, `${form}/a/b`, 'inbox/qa/m.md', 'inbox/x', 'repos/shop/.git/x', '', 'x'];
    const changes = ['+', '-', '~'].flatMap((sign) => names.map((name) => change(`${sign} ${name}`)));
    const verdicts = judge(changes, swap, names);
    expect(verdicts.map((one) => `${one.what} ${one.path}`)).toEqual(changes.map((one) => `${one.what} ${one.path}`));
    for (const one of verdicts) {
      if (one.decision === 'allow') expect(one.by.length).toBeGreaterThan(0);
      else expect(one.sentence).not.toBe('');
    }
    expect(judge([], swap, names)).toEqual([]);
  });

  test('with on-refusal: reject one refusal refuses all, and says which', () => {
    const mixed = judge([change(`+ ${form}/a`), change('+ x'), change('+ roles/y')], swap, []);
    const rejected = rejectAll(mixed);
    expect(rejected.map((one) => (one.decision === 'allow' ? 'allow' : one.reason))).toEqual([
      'rejected',
      'write',
      'floor',
    ]);
    expect(rejected[0]).toMatchObject({ sentence: 'on-refusal: reject, and x was refused', by: [{ line: 5 }, {}] });
    const fine = judge([change(`+ ${form}/a`)], swap, []);
    expect(rejectAll(fine)).toEqual(fine);
  });
});
