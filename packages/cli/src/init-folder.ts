// Makes everything that a set of agents needs to talk: identities, directory, certificates, passwords, policy.
import { resolve } from 'node:path';
import { writeIdentities } from './init-identities.js';
import { planInit, type InitOptions } from './init-options.js';
import { policyText } from './init-policy.js';
import { nextSteps } from './init-steps.js';
import { writePasswords, writeTls, type TlsFiles } from './init-tls.js';
import { InitWriter } from './init-writer.js';

/** What was made. Paths are absolute but in `files`; holds no secret. */
export interface InitReport {
  readonly folder: string;
  readonly policyFile: string;
  readonly directoryFile: string;
  /** `{ admin: { name, password }, users: [{ name, password }] }`: what the brokers are to know. */
  readonly brokersFile: string;
  readonly tls: TlsFiles;
  /** 32 hex digits. */
  readonly realm: string;
  /** base64url; policies pin it. */
  readonly rootPublicKey: string;
  readonly agents: readonly string[];
  readonly groups: readonly { readonly name: string; readonly members: readonly string[] }[];
  /** Relative to the folder. */
  readonly files: readonly string[];
  readonly nextSteps: readonly string[];
}

/**
 * Fills a new or empty folder. Secret files get mode 600, folders 700; either all of it is there, or none.
 * Not done: taking root and authority offline, and giving each agent its own part only; `nextSteps` says how.
 * @throws UsageError ERR_USAGE_ARGUMENT, ERR_USAGE_FILE where the folder is not empty; KeyError ERR_KEY_FILE where a file cannot be written
 */
export async function initFolder(options: InitOptions): Promise<InitReport> {
  const plan = planInit({ ...options, folder: resolve(options.folder) });
  const writer = new InitWriter(plan.folder);
  try {
    const identities = await writeIdentities(plan, writer);
    const tls = await writeTls(plan, writer, identities.rootPassphrase);
    const brokersFile = writePasswords(plan, writer);
    const policyFile = writer.path('sealwire.yaml');
    writer.public(policyFile, policyText(plan, identities));
    return {
      folder: plan.folder,
      policyFile,
      directoryFile: identities.directoryFile,
      brokersFile,
      tls,
      realm: identities.realm.toString('hex'),
      rootPublicKey: identities.rootPublicKey.toString('base64url'),
      agents: plan.agents,
      groups: plan.groups,
      files: [...writer.files].sort(),
      nextSteps: nextSteps(plan),
    };
  } catch (error) {
    writer.undo();
    throw error;
  }
}
