// Why: behind a company's proxy that opens TLS, nothing works without the company's certificate. The operator's
// programs find it through NODE_EXTRA_CA_CERTS or SSL_CERT_FILE. An agent's programs each have a variable of their own,
// so they must be told as well.
// Promises: one file has the system's authorities and the company's. Its path is the same in every sandbox. The
// variables of node, curl, git, Python and others point to it.
// Never: hands out a private key: it takes only the certificates from a file.
import { readFile, writeFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { inside, type Readable } from '../sandbox/bubblewrap.ts';

/** The variables and the file by which a run's programs know certificates. */
export type Certificates = { readonly env: Readonly<Record<string, string>>; readonly readable: readonly Readable[] };

// The files in which systems keep their authorities (Debian, Fedora, openSUSE, Alpine and macOS).
const systemFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

// Variables that name a file of authorities. Only node adds the file to the authorities it knows. All other programs
// use the file instead of them, so the one file holds both. Sources: nodejs.org/api/cli.html, OpenSSL
// SSL_CTX_set_default_verify_paths(3), curl(1), git-config(1) http.sslCAInfo, requests.readthedocs.io (advanced),
// pip.pypa.io (configuration), docs.aws.amazon.com/cli (AWS_CA_BUNDLE), doc.rust-lang.org/cargo (http.cainfo),
// docs.deno.com (DENO_CERT), Codex's docs/config.
const variables = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'REQUESTS_CA_BUNDLE',
  'PIP_CERT',
  'AWS_CA_BUNDLE',
  'CARGO_HTTP_CAINFO',
  'DENO_CERT',
  'CODEX_CA_CERTIFICATE',
];

/**
 * Puts the authorities of the operator's environment beside a room. `place` holds the run's folders; `walled` says that
 * the run sees them from inside a sandbox. Returns nothing if the environment names no file, or an unreadable file;
 * node ignores such a file too.
 */
export async function bringCertificates(
  place: string,
  walled: boolean,
  operator: Readonly<Record<string, string | undefined>>,
): Promise<Certificates> {
  const named = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].flatMap((name) => operator[name] || []);
  const own = (await Promise.all(named.map(certificatesIn))).flat();
  if (own.length === 0) return { env: {}, readable: [] };
  const file = `${place}/certificates.pem`;
  await writeFile(file, `${[...new Set([...(await systemCertificates()), ...own])].join('\n')}\n`, { mode: 0o644 });
  const seen = walled ? inside.certificates : file;
  return {
    env: Object.fromEntries(variables.map((name) => [name, seen])),
    readable: walled ? [{ from: file, to: inside.certificates }] : [],
  };
}

async function systemCertificates(): Promise<readonly string[]> {
  for (const path of systemFiles) {
    const found = await certificatesIn(path);
    if (found.length > 0) return found;
  }
  return rootCertificates;
}

async function certificatesIn(path: string): Promise<string[]> {
  const text = await readFile(path, 'latin1').catch(() => '');
  return (
    text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? []
  );
}
