// Why: the one door to ssh-keygen, which makes the keys of roles, signs with them and checks signatures, all as git
// itself does.
// Promises: a private key is readable by its owner alone and never leaves its folder. ssh-keygen asks nothing of a
// terminal or an agent. Signatures are in git's namespace.
// Never: replaces a key; decides whose key counts (roles/allowed_signers does).
import { chmod, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, readPlain, writeDurable } from '../files/files.ts';
import { ownPath } from '../process/host.ts';
import { type Finished, runProcess } from '../process/process.ts';
import { makeTemporary } from '../process/remains.ts';
import { Fault } from '../text/fault.ts';

async function runKeygen(args: readonly string[], input?: string | Uint8Array): Promise<Finished> {
  const env = { PATH: ownPath(), LC_ALL: 'C', HOME: '/nonexistent' };
  const finished = await runProcess(['ssh-keygen', ...args], { env, ...(input === undefined ? {} : { input }) });
  if (finished.missing)
    throw new Fault('ssh-missing', 'ssh-keygen is not installed or not on PATH', {
      hint: 'install the OpenSSH client (Debian: apt-get install openssh-client); signatures are made and checked with it',
    });
  return finished;
}

async function askKeygen(args: readonly string[], input?: string | Uint8Array): Promise<string> {
  const finished = await runKeygen(args, input);
  if (finished.status === 0) return finished.stdout.toString();
  throw new Fault(
    'ssh-failed',
    `ssh-keygen ended with status ${finished.status}: ${finished.stderr.trim().slice(0, 300)}`,
  );
}

/**
 * Makes a key at `path` where there is none, in a folder of its owner alone; true when it was made. Throws Fault
 * `ssh-missing`, `ssh-failed`.
 */
export async function makeKey(path: string, comment: string): Promise<boolean> {
  await makeFolder(dirname(path));
  await chmod(dirname(path), 0o700);
  const there = (await stat(path).catch(() => null)) !== null;
  if (!there) await askKeygen(['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path]);
  // Repairs a key pair that a crash left with its private file alone.
  else if ((await readPublicKey(path)) === null)
    await writeDurable(`${path}.pub`, await askKeygen(['-y', '-f', path]), { mode: 0o600 });
  await chmod(path, 0o600);
  return !there;
}

/** The public half of the key at `path`, as `<type> <base64>`; null when either half is not there. */
export async function readPublicKey(path: string): Promise<string | null> {
  if ((await stat(path).catch(() => null)) === null) return null;
  const file = await readPlain(`${path}.pub`);
  const match = file.kind === 'text' ? /^(\S+ \S+)/.exec(file.text) : null;
  return match?.[1] ?? null;
}

/** Signs bytes for git; the armoured signature. Throws Fault `ssh-missing`, `ssh-failed`. */
export async function signBytes(key: string, bytes: Uint8Array): Promise<string> {
  return askKeygen(['-Y', 'sign', '-n', 'git', '-f', key], bytes);
}

/** The result of a signature check: the principal made it; somebody else made a good one (`by`); or it is bad. */
export type SignatureCheck =
  | { readonly kind: 'good' }
  | { readonly kind: 'other'; readonly by: string }
  | { readonly kind: 'bad'; readonly reason: string };

/** Checks signatures against one allowed_signers file. */
export type SignatureChecker = {
  readonly check: (principal: string, signature: string, bytes: Uint8Array) => Promise<SignatureCheck>;
  readonly close: () => Promise<void>;
};

/** Opens a checker; `signers` is the allowed_signers file. Its `check` throws Fault `ssh-missing`. */
export async function openChecker(signers: string): Promise<SignatureChecker> {
  const folder = await makeTemporary('signatures');
  let count = 0;
  const verify = async (principal: string, file: string, bytes: Uint8Array): Promise<Finished> =>
    runKeygen(['-Y', 'verify', '-n', 'git', '-f', signers, '-I', principal, '-s', file], bytes);
  return {
    check: async (principal, signature, bytes) => {
      count += 1;
      const file = `${folder}/${count}.sig`;
      await writeFile(file, signature);
      try {
        const finished = await verify(principal, file, bytes);
        if (finished.status === 0) return { kind: 'good' };
        const found = await runKeygen(['-Y', 'find-principals', '-f', signers, '-s', file]);
        for (const by of found.status === 0 ? found.stdout.toString().split('\n').filter(Boolean) : [])
          if (by !== principal && (await verify(by, file, bytes)).status === 0) return { kind: 'other', by };
        const said = `${finished.stderr}\n${finished.stdout.toString()}`.split('\n').find((line) => line.trim() !== '');
        return { kind: 'bad', reason: found.status === 0 ? (said ?? '') : 'its key is in no line of allowed_signers' };
      } finally {
        await rm(file, { force: true });
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
