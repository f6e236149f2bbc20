#!/usr/bin/env node
// A stand-in for the GitHub command line: keeps its pull requests in the file that GH_PULLS names, and answers what fourline asks.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';

const path = process.env.GH_PULLS;
const pulls = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
const args = process.argv.slice(2);
appendFileSync(`${path}.calls`, `${args.slice(0, 2).join(' ')}\n`);

function fail(words) {
  process.stderr.write(`${words}\n`);
  process.exit(1);
}

function flag(name) {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

if (process.env.GH_TOKEN !== 'token-of-the-operator')
  fail('To get started with GitHub CLI, please run:  gh auth login');
const [, verb, number] = args;
const one = pulls.find((pull) => String(pull.number) === number);
const body = flag('--body-file') === '-' ? readFileSync(0, 'utf8') : undefined;
switch (verb) {
  case 'list':
    process.stdout.write(JSON.stringify(pulls.filter((pull) => pull.head === flag('--head'))));
    break;
  case 'view':
    if (one === undefined) fail('GraphQL: Could not resolve to a PullRequest');
    process.stdout.write(JSON.stringify(one));
    break;
  case 'edit':
    if (one === undefined) fail('GraphQL: Could not resolve to a PullRequest');
    Object.assign(one, { title: flag('--title'), body });
    break;
  case 'create': {
    const head = flag('--head');
    const tip = execFileSync('git', ['ls-remote', 'origin', `refs/heads/${head}`], { encoding: 'utf8' });
    if (tip === '')
      fail(`pull request create failed: GraphQL: Head sha can't be blank, No commits between main and ${head}`);
    const number = pulls.length + 1;
    const url = `https://github.example/dana/shop/pull/${number}`;
    pulls.push({
      number,
      url,
      state: 'OPEN',
      isCrossRepository: false,
      headRefOid: tip.slice(0, 40),
      head,
      base: flag('--base'),
      title: flag('--title'),
      body,
    });
    process.stdout.write(`${url}\n`);
    break;
  }
  default:
    fail(`unknown command "${verb}"`);
}
writeFileSync(path, JSON.stringify(pulls));
