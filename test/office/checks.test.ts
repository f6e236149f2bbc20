// Each Acceptance command stands alone: a tree of its own, and a git that works there as in a room.
import { expect, test } from 'vitest';
import { card, openOffice, order } from '../kit/office.ts';

test.each(['required', 'off'])(
  'what one check writes the next one does not see, and git works in it (sandbox: %s)',
  async (sandbox) => {
    const office = await openOffice({
      coder: card('- write: src/a.ts\n  text: two', 'write: |\n  repos/*/src/**\nlimits: { attempts: 1 }'),
    });
    await office.repository('shop', { 'src/a.ts': 'one\n' });
    await office.write('fourline.yaml', `sandbox: ${sandbox}\n`);
    const accept = [
      '`echo x > made.txt; echo y > "$HOME/made"; echo z > "$TMPDIR/made"; echo three > src/a.ts; git status --porcelain | grep -q made.txt` passes',
      '`test ! -e made.txt && test ! -e "$HOME/made" && test ! -e "$TMPDIR/made" && grep -q two src/a.ts` passes',
      '`git diff --quiet HEAD && git show --stat HEAD | grep -q "src/a.ts" && git checkout -q -b other && git commit -q --allow-empty -m x` passes',
      '`test "$(git log --format=%s | wc -l)" = 2 && test "$(git branch --show-current)" = main` passes',
    ];
    await office.write('inbox/coder/fix.md', order(['src/a.ts'], { accept }));
    await office.work();
    const checks = JSON.parse(await office.record('fix', 'checks.json')) as {
      results: { status: number; tail: string }[];
    };
    expect(checks.results.map(({ status, tail }) => [status, tail])).toEqual(accept.map(() => [0, '']));
    expect(await office.standing('fix')).toMatchObject({ outcome: 'done' });
    expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('two');
    expect(office.git('repos/shop', 'branch', '--list', '--format=%(refname:short)')).toBe('main');
  },
);
