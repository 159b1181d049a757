// The options of clients that the policy decides, under the clients' own names, with what to write in their place.
import type { Transport } from '@sealwire/core';

type Advice = (section: string) => string;

const tls: Advice = (section) => `remove it; ${section}.tls of sealwire.yaml decides TLS`;
const always: Advice = () => 'remove it; TLS 1.3 with verified certificates is always on';
const ca: Advice = (section) => `remove it; name the CA in ${section}.tls.ca_file`;
const certificate: Advice = (section) =>
  `remove it; name certificate and key in ${section}.tls.cert_file and key_file`;
const name: Advice = (section) =>
  `remove it; the host's own name is checked, or ${section}.tls.server_name where that is set`;
const sasl: Advice = (section) => `remove it; write ${section}.sasl: { mechanism, username, password_file }`;
const socket: Advice = () => 'remove it; Sealwire opens the connection, because it vouches for it';
const place: Advice = () => 'remove it; the broker address itself says where to connect';

/** Options of `tls.connect` that decide trust, identity or strength, and those that would lead elsewhere. */
const ofTls: Readonly<Record<string, Advice>> = {
  ca,
  cert: certificate,
  key: certificate,
  pfx: certificate,
  passphrase: certificate,
  clientCertEngine: certificate,
  privateKeyEngine: certificate,
  privateKeyIdentifier: certificate,
  certificateCompression: tls,
  rejectUnauthorized: always,
  requestCert: tls,
  checkServerIdentity: always,
  allowPartialTrustChain: always,
  minVersion: always,
  maxVersion: always,
  secureProtocol: always,
  secureOptions: always,
  secureContext: tls,
  ciphers: always,
  honorCipherOrder: always,
  ecdhCurve: always,
  dhparam: always,
  minDHSize: always,
  sigalgs: always,
  crl: tls,
  session: always,
  sessionIdContext: always,
  ticketKeys: always,
  pskCallback: always,
  enableTrace: always,
  ALPNProtocols: tls,
  ALPNCallback: tls,
  SNICallback: tls,
  servername: name,
  lookup: place,
  host: place,
  path: place,
  socket,
};

const ofKafka: Readonly<Record<string, Advice>> = {
  ssl: tls,
  tls,
  sasl,
  authenticationProvider: sasl,
  socketFactory: socket,
};

const ofRabbitmq: Readonly<Record<string, Advice>> = {
  username: sasl,
  password: sasl,
  credentials: sasl,
  mechanism: sasl,
  auth: sasl,
  sasl,
  ssl: tls,
  tls,
  verifyPeer: always,
};

/** Name by name: what to do in place of an option. */
export const weakerOptions: Readonly<Record<Transport, Readonly<Record<string, Advice>>>> = {
  kafka: { ...ofTls, ...ofKafka },
  rabbitmq: { ...ofTls, ...ofRabbitmq },
};
