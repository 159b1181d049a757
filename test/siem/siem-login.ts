// How a SIEM logs in to Kafka: as a principal of its own that may read the audit topic, and nothing else.
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '@sealwire/testing';
import kafkajs, { type AclEntry } from 'kafkajs';
import { fixture, fresh, withAdmin } from '../fixture.ts';

export interface SiemLogin {
  readonly brokers: readonly string[];
  readonly user: string;
  readonly password: string;
  readonly group: string;
  /** The best that the machine’s librdkafka can do here. */
  readonly mechanism: 'SCRAM-SHA-512' | 'PLAIN';
  /** Has ca.crt, siem.crt, siem.key and sasl.param. */
  readonly folder: string;
}

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** Gives the principal its rights on this topic, and a group of its own. */
export async function siemLogin(topic: string): Promise<SiemLogin> {
  const { folder: realm, kafka } = fixture();
  const folder = mkdtempSync(join(tmpdir(), 'sealwire-siem-'));
  const [user, group] = ['siem', fresh('siem')];
  copyFileSync(join(realm, 'tls/ca.crt'), join(folder, 'ca.crt'));
  for (const file of ['siem.crt', 'siem.key']) copyFileSync(join(realm, 'tls', file), join(folder, file));
  const password = readFileSync(join(realm, 'secrets/siem.password'), 'utf8').trim();
  writeFileSync(join(folder, 'sasl.param'), `sasl.password=${password}`, { mode: 0o600 });
  const entry = (
    resourceType: AclEntry['resourceType'],
    resourceName: string,
    operation: AclEntry['operation'],
  ): AclEntry => ({
    resourceType,
    resourceName,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  });
  const { TOPIC, GROUP } = AclResourceTypes;
  const acl = [entry(TOPIC, topic, AclOperationTypes.READ), entry(GROUP, group, AclOperationTypes.READ)];
  await withAdmin((admin) => admin.createAcls({ acl }));
  return { brokers: kafka, user, password, group, folder, mechanism: await mechanism() };
}

/** Before 2.6.1, librdkafka sends a nonce that Kafka 4.0 and later refuse. */
async function mechanism(): Promise<SiemLogin['mechanism']> {
  const { output } = await runCommand('dpkg-query', ['--show', '--showformat=${Version}', 'librdkafka1']);
  const [major = 0, minor = 0, patch = 0] = output.split(/[^0-9]/).map(Number);
  const isGood = major * 1e6 + minor * 1e3 + patch >= 2_006_001;
  if (!isGood) process.stderr.write(`siem: librdkafka ${output} cannot log in by SCRAM here; it is PLAIN\n`);
  return isGood ? 'SCRAM-SHA-512' : 'PLAIN';
}
