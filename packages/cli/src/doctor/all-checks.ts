// Every check there is.
import type { Check } from './check.js';
import { checkBrokerCertificates, checkClientCertificates } from './check-certificates.js';
import { checkDirectory } from './check-directory.js';
import { checkFiles } from './check-files.js';
import { checkKeys } from './check-keys.js';
import { checkControls, checkPolicyFile } from './check-policy.js';
import { checkListeners } from './check-listeners.js';
import { checkProcess } from './check-process.js';
import { checkReplay } from './check-replay.js';
import { checkSasl } from './check-sasl.js';
import { checkTlsVersions } from './check-tls-versions.js';

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
];
