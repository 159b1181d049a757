// Every check there is.
import type { Check } from './check.js';
import { checkBrokerCertificates, checkClientCertificates } from './check-certificates.js';
import { checkAcl } from './check-acl.js';
import { checkBrokerData } from './check-broker-data.js';
import { checkClocks } from './check-clocks.js';
import { checkDirectory } from './check-directory.js';
import { checkFiles } from './check-files.js';
import { checkKeys } from './check-keys.js';
import { checkControls, checkPolicyFile } from './check-policy.js';
import { checkListeners } from './check-listeners.js';
import { checkAudit, checkQuarantine } from './check-outlets.js';
import { checkNotices } from './check-notices.js';
import { checkProcess } from './check-process.js';
import { checkQueues } from './check-queues.js';
import { checkReplay } from './check-replay.js';
import { checkSasl } from './check-sasl.js';
import { checkSealed } from './check-sealed.js';
import { checkTlsVersions } from './check-tls-versions.js';
import { checkTopics } from './check-topics.js';

export const allChecks: readonly Check[] = [
  checkProcess,
  checkPolicyFile,
  checkControls,
  checkFiles,
  checkDirectory,
  checkKeys,
  checkReplay,
  checkClientCertificates,
  checkBrokerCertificates,
  checkListeners,
  checkTlsVersions,
  checkSasl,
  checkClocks,
  checkTopics,
  checkQueues,
  checkQuarantine,
  checkAudit,
  checkNotices,
  checkAcl,
  checkSealed,
  checkBrokerData,
];
