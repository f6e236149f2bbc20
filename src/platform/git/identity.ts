// Why: who a commit is by. One rule for code commits, the ledger and decoys, so that `git log --author='^coder <'`
// finds all of a role's work.
// Promises: a role's name is its author name; fourline is always the committer.
// Never: takes a name from a file an agent wrote.

/** An author or committer. */
export type Identity = { readonly name: string; readonly email: string };

/**
 * The option by which `git log` shows one role's commits, as a shell takes it: the bare name would also find `coder2`
 * and a domain that holds it.
 */
export function authorOption(role: string): string {
  return `--author='^${role} <'`;
}

/** The author for a role (or the operator). `domain` comes from fourline.yaml. */
export function identityOf(role: string, domain: string): Identity {
  return { name: role, email: `${role}@${domain}` };
}

/** The committer of everything fourline writes. */
export function committerOf(domain: string): Identity {
  return { name: 'fourline', email: `fourline@${domain}` };
}

/** A name and an address as commits have them, without the characters that would end them. */
export function personOf(identity: Identity): string {
  return `${identity.name.replace(/[<>\n\0]/g, '')} <${identity.email.replace(/[<>\n\0]/g, '')}>`;
}
