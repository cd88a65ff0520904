import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate authority, and what it has signed: files for the server, PEM texts for a client. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly files: { readonly authority: string; readonly server: string };
}

/** Makes a certificate authority, a server certificate for 127.0.0.1 and localhost, and a client certificate. */
export async function createCertificates(folder: string): Promise<Certificates> {
  const file = (name: string) => join(folder, name);
  const read = (name: string) => readFile(file(name), 'utf8');
  await openssl(folder, `req -x509 -subj /CN=authority ${newKey('ca')} -out ca.pem -days 2`);
  await writeFile(file('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  await sign(folder, 'server', '-extfile names');
  await sign(folder, 'client', '');
  await writeFile(file('server.all.pem'), (await read('server.key')) + (await read('server.pem')));
  return {
    ca: await read('ca.pem'),
    cert: await read('client.pem'),
    key: await read('client.key'),
    files: { authority: file('ca.pem'), server: file('server.all.pem') },
  };
}

/** Certificates of an authority that no server here trusts. */
export async function strangersCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'stranger-'));
  return createCertificates(folder).finally(() => rm(folder, { recursive: true, force: true }));
}

async function sign(folder: string, name: string, extension: string): Promise<void> {
  await openssl(folder, `req -subj /CN=${name} ${newKey(name)} -out ${name}.csr`);
  const authority = '-CA ca.pem -CAkey ca.key -CAcreateserial -days 2';
  await openssl(folder, `x509 -req -in ${name}.csr ${authority} ${extension} -out ${name}.pem`);
}

function newKey(name: string): string {
  return `-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ${name}.key`;
}

function openssl(folder: string, words: string): Promise<unknown> {
  return run('openssl', words.split(' ').filter(Boolean), { cwd: folder });
}
