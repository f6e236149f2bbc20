// Why: the product's story in a few seconds, offline: three roles, a real repository, a stray edit caught, the good
// work landed.
// Promises: what is shown happened; when the story does not come true it says what was missing and ends with 1.
// Never: leaves anything behind, unless asked to keep it.
import { copyFile, mkdir } from 'node:fs/promises';
import { delimiter, dirname } from 'node:path';
import { makeRepository, makeScratch, type Scratch } from '../../api/scratch.ts';
import { type OrderDetails, openFourline } from '../../api.ts';
import { askGit, resolveRef } from '../../platform/git/git.ts';
import { authorOption } from '../../platform/git/identity.ts';
import { hostOf } from '../../platform/process/host.ts';
import { exitCodes, type Invocation, openInvocation } from '../invocation.ts';
import { runAudit } from './audit.ts';
import { cards, personsOrder, shopFiles } from './demo-story.ts';
import { runWhy } from './why.ts';

/** Plays the demo. */
export async function runDemo(invocation: Invocation, options: { keep: boolean }): Promise<number> {
  // The repository's own tests run with the Node that runs this.
  process.env['PATH'] = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
  const scratch = await makeScratch('demo', hostOf(invocation.env), true);
  try {
    return await play({ ...invocation, env: scratch.host.env }, scratch, options.keep);
  } finally {
    if (!options.keep) await scratch.remove();
  }
}

async function play(invocation: Invocation, { root, put }: Scratch, keep: boolean): Promise<number> {
  const shown = openInvocation({ ...invocation, directory: root, json: false });
  const print = (text: string): void => void (invocation.json ? undefined : process.stdout.write(`${text}\n`));
  const shop = `${root}/repos/shop`;
  for (const [name, card] of Object.entries(cards)) {
    await put(`roles/${name}.md`, card);
    await mkdir(`${root}/inbox/${name}`, { recursive: true });
  }
  const fourline = await openFourline(root, invocation);
  const { warnings } = await fourline.sandbox();
  for (const line of warnings) print(invocation.paint(line, 'bad'));
  await makeRepository(shop, shopFiles, 'dana');
  await put('fix-cart.md', personsOrder);
  print(invocation.paint('A scratch workspace: three roles (their agents are rehearsals), one repository.', 'dim'));
  print(
    invocation.paint(
      'The total in src/cart.ts is wrong. src/receipt.ts does not load, because of vendor/money.ts, which the coder may not touch.',
      'dim',
    ),
  );
  print('\n$ cp fix-cart.md inbox/coordinator/');
  await copyFile(`${root}/fix-cart.md`, `${root}/inbox/coordinator/fix-cart.md`);
  print('$ fourline start --once');
  await fourline.work({
    once: true,
    on: (event) => {
      if (!warnings.includes(event.detail)) invocation.tell(event);
    },
  });
  const rows = (await fourline.look()).orders;
  const orders = await Promise.all(rows.map(({ id }) => fourline.order(id)));
  const coders = orders.find((one) => one.role === 'coder');
  if (!invocation.json) {
    print(`\n$ fourline why ${coders?.id.slice(0, 4) ?? ''}`);
    await runWhy(shown, coders?.id ?? '', undefined);
    print('\n$ fourline audit');
    await runAudit(shown, undefined);
    for (const role of ['coder', 'auditor'])
      print(`\n$ git -C repos/shop log ${authorOption(role)}\n${await storyOf(`${shop}/.git`, role)}`);
    print(
      `\n$ git -C state/ledger.git log ${authorOption('coordinator')}\n${await storyOf(`${root}/state/ledger.git`, 'coordinator')}`,
    );
  }
  const missing = await whatIsMissing(orders, shop, root);
  invocation.answer({ ok: missing.length === 0, missing, workspace: keep ? root : null }, [
    '',
    ...(missing.length === 0
      ? ['The in-scope fix landed, the stray edit did not, and every step is a commit by its role.']
      : ['The story did not come true:', ...missing.map((one) => `  ${one}`)]),
    keep ? `The workspace is kept: cd ${root}` : 'Look around in it: npm run demo -- --keep. Your own: fourline init',
  ]);
  return missing.length === 0 ? exitCodes.ok : exitCodes.no;
}

async function storyOf(gitDir: string, author: string): Promise<string> {
  const lines: string[] = [];
  for (const id of (await askGit(gitDir, 'rev-list', [`--author=^${author} <`, 'refs/heads/main']))
    .split('\n')
    .filter(Boolean)) {
    const text = await askGit(gitDir, 'cat-file', ['commit', id]);
    lines.push(`${id.slice(0, 7)}  ${text.slice(text.indexOf('\n\n') + 2).split('\n')[0] ?? ''}`);
  }
  return lines.join('\n');
}

async function whatIsMissing(orders: readonly OrderDetails[], shop: string, root: string): Promise<string[]> {
  const missing: string[] = [];
  const want = (holds: boolean, sentence: string): void => void (holds ? undefined : missing.push(sentence));
  want(
    orders.length === 3 && orders.every((one) => one.outcome === 'done'),
    `three orders are done (${orders.map((one) => `${one.id}: ${one.outcome ?? one.position} ${one.note}`).join('; ')})`,
  );
  const file = async (path: string): Promise<string> =>
    askGit(`${shop}/.git`, 'cat-file', ['blob', `refs/heads/main:${path}`], { answers: [128] });
  want((await file('src/cart.ts')).includes('line.cents * line.count'), 'the fix in src/cart.ts is on main');
  want((await file('vendor/money.ts')).includes('formatMoney'), 'the stray edit of vendor/money.ts is not on main');
  want((await file('docs/audits/cart.md')) !== '', 'the audit is on main');
  const refused = orders.find((one) => one.role === 'coder')?.refused.map((one) => one.path) ?? [];
  want(
    refused.length === 1 && refused[0] === 'repos/shop/vendor/money.ts',
    `exactly the stray edit was refused (${refused.join(', ')})`,
  );
  want((await resolveRef(`${root}/state/ledger.git`, 'refs/heads/main')) !== null, 'the ledger has commits');
  return missing;
}
