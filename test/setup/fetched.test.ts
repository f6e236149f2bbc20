// git tracks two things by name alone: a submodule, which git itself fetches from a server, and a file of Git LFS, put
// in its place as `git lfs pull` does.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { needs } from '../kit/needs.ts';
import { openOffice, order } from '../kit/office.ts';

/** Serves the files of a folder, as git's plain protocol over http asks for them. Returns the port on this machine. */
async function serve(folder: string): Promise<number> {
  const server = createServer((request, answer) => {
    try {
      answer.end(readFileSync(`${folder}${new URL(request.url ?? '', 'http://localhost').pathname}`));
    } catch {
      answer.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('a submodule and a file of Git LFS that setup fetched are there for run and check, and are no change of the run’s', async () => {
  needs('bwrap');
  const line =
    'cat libs/plain/a.txt big.bin > src/a.txt; git status --short > src/b.txt; rm libs/plain/a.txt; touch libs/plain/mine';
  const office = await openOffice({
    coder: `---\nagent: command\ncommand: [sh, -c, ${JSON.stringify(line)}]\nwrite: repos/*/src/**\n---\nWork.\n`,
  });
  const place = office.root.replace(/\/work$/, '');
  await office.repository('../plain', { 'a.txt': 'of the submodule\n' });
  office.git('.', 'clone', '-q', '--bare', `${office.root}/plain`, `${place}/plain.git`);
  execFileSync('git', ['-C', `${place}/plain.git`, 'update-server-info']);
  const port = await serve(place);
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 6\n`;
  await office.repository('shop', {
    ...{ 'src/a.txt': '', 'big.bin': pointer, 'small.bin': pointer, '.gitattributes': '*.bin filter=lfs -text\n' },
    '.gitmodules': `[submodule "libs/plain"]\n\tpath = libs/plain\n\turl = http://127.0.0.1:${port}/plain.git\n`,
  });
  const commit = office.git('plain', 'rev-parse', 'HEAD');
  office.git('repos/shop', 'update-index', '--add', '--cacheinfo', `160000,${commit},libs/plain`);
  office.git('repos/shop', 'commit', '-qm', 'A submodule');
  const setup = '[git submodule update --init, echo large > big.bin], key: [.gitmodules], network: [git.example.com]';
  await office.write(
    'fourline.yaml',
    `sandbox: required\nreachable: ['127.0.0.1:${port}']\nrepos: { shop: { setup: ${setup} } }\n`,
  );
  const accept = ['`cat libs/plain/a.txt big.bin | diff - src/a.txt` passes', 'b', 'c'];
  await office.write('inbox/coder/first.md', order(['src/*'], { accept }));
  await office.work();
  expect(await office.standing('first')).toMatchObject({ outcome: 'done', refused: [] });
  expect(await office.read('repos/shop/src/a.txt')).toBe('of the submodule\nlarge\n');
  expect(office.said.filter((one) => one.includes('setup: git'))).toHaveLength(1);
});
