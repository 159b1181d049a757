// What to redact where an application logs objects of kafkajs, amqplib and Sealwire itself.

const payload = ['value', 'key', 'content', 'payload', 'body'];
const headers = ['headers', 'properties.headers'];
const secrets = [
  'password',
  'passphrase',
  'pin',
  'token',
  'secret',
  'privateKey',
  'accessKeyId',
  'secretAccessKey',
];
const connection = ['sasl', 'ssl', 'authorization', 'credentials'];
const here = [...payload, ...headers, ...secrets, ...connection];

/**
 * For pino’s `redact`: payloads, keys, headers and credentials of records, deliveries, batches, client configurations and
 * policies, at the top and one and two levels below. It cannot find them in the text of a message or of an error.
 */
export const redactPaths: readonly string[] = Object.freeze([
  ...here,
  ...here.map((path) => `*.${path}`),
  ...here.map((path) => `*.*.${path}`),
  ...[...payload, ...headers].flatMap((path) => [`messages[*].${path}`, `*.messages[*].${path}`]),
]);
