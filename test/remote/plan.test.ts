import { expect, test } from 'vitest';
import { noRemote } from '../../src/remote/plan.ts';
import { defaultSettings, parseSettings } from '../../src/workspace/settings.ts';

function read(keys: string): { remote: unknown; flaws: string[] } {
  const { settings, problems } = parseSettings(`repos: { shop: { ${keys} } }\n`);
  return {
    remote: settings.repos.get('shop')?.remote,
    flaws: problems.map((one) => `${one.message}; ${one.hint ?? ''}`),
  };
}

test.each([
  ['env: A=1', {}],
  ['remote: origin', { remote: 'origin' }],
  ['remote: origin, pull: true, push: false', { remote: 'origin', pull: true }],
  ['land: branch', { ownBranch: true }],
  ['land: direct, remote: origin, push: true', { remote: 'origin', push: true }],
  ['remote: origin, pr: gh', { remote: 'origin', ownBranch: true, push: true, pullRequest: true }],
])('%s is read', (keys, settings) => {
  expect(read(keys)).toEqual({ remote: { ...noRemote, ...settings }, flaws: [] });
});

test.each([
  ['remote: "https://dana:secret@example.com/x.git"', /remote: .* is not a remote's name \(git remote lists them\)/],
  ['remote: --upload-pack=x', /remote: '--upload-pack=x' is not a remote's name/],
  ['remote: origin, pull: sometimes', /pull: must be true or false/],
  ['land: main', /land: must be branch \(agents\/<order>\) or direct/],
  ['remote: origin, pr: hub', /pr: must be gh/],
  ['push: true', /push: needs remote: beside it, such as remote: origin/],
  ['pull: true', /pull: needs remote: beside it/],
  ['pr: gh', /pr: needs remote: beside it/],
  ['remote: origin, pr: gh, land: direct', /pr: needs land: branch/],
  ['remote: origin, pr: gh, push: false', /pr: needs push: true/],
  ['remotes: origin', /unknown key 'remotes'; did you mean 'remote'\?/],
])('%s is refused', (keys, flaw) => {
  const { flaws } = read(keys);
  expect(flaws).toHaveLength(1);
  expect(flaws[0]).toMatch(flaw);
  expect(defaultSettings.repos.size).toBe(0);
});
