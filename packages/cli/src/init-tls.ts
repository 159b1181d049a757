// Makes the certificates of brokers and agents, and the passwords that the brokers are to know.
import { createPrivateKey } from 'node:crypto';
import { folderName } from '@sealwire/identity';
import { createAuthority, type IssuedCertificate } from './certificate-authority.js';
import { newSecret } from './init-identities.js';
import type { InitPlan } from './init-options.js';
import type { InitWriter } from './init-writer.js';

/** Files for whoever sets up the brokers. */
export interface TlsFiles {
  readonly caFile: string;
  readonly brokerCertFile: string;
  readonly brokerKeyFile: string;
  readonly adminCertFile: string;
  readonly adminKeyFile: string;
}

/** @param rootPassphrase also encrypts the authority’s key: both go offline together */
export async function writeTls(
  plan: InitPlan,
  writer: InitWriter,
  rootPassphrase: string,
): Promise<TlsFiles> {
  const authority = await createAuthority('Sealwire TLS authority', plan.nowMs);
  const file = (name: string): string => writer.path('tls', name);
  const save = (name: string, { certificate, privateKey }: IssuedCertificate): void => {
    writer.public(file(`${name}.crt`), certificate);
    writer.secret(file(`${name}.key`), privateKey);
  };
  writer.public(file('ca.crt'), authority.certificate);
  const encrypted = createPrivateKey(authority.privateKey).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: rootPassphrase,
  });
  writer.secret(file('ca.key'), encrypted.toString());
  save('broker', await authority.issueServer(commonNameOf(plan.hosts), plan.hosts));
  save('admin', await authority.issueClient('admin'));
  for (const agent of plan.agents) save(folderName(agent), await authority.issueClient(agent));
  return {
    caFile: file('ca.crt'),
    brokerCertFile: file('broker.crt'),
    brokerKeyFile: file('broker.key'),
    adminCertFile: file('admin.crt'),
    adminKeyFile: file('admin.key'),
  };
}

/** One password for each agent and the administrator, in its own file and in the list for the brokers. @returns the list's file */
export function writePasswords(plan: InitPlan, writer: InitWriter): string {
  const users = plan.agents.map((name) => ({ name, password: newSecret() }));
  const admin = { name: 'admin', password: newSecret() };
  for (const { name, password } of [admin, ...users])
    writer.secret(writer.path('secrets', `${folderName(name)}.password`), `${password}\n`);
  const brokersFile = writer.path('brokers.json');
  writer.secret(brokersFile, `${JSON.stringify({ admin, users }, null, 2)}\n`);
  return brokersFile;
}

function commonNameOf(hosts: readonly string[]): string {
  return hosts.find((host) => host.length <= 64) ?? 'broker';
}
