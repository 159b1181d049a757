// Every error code, once, with its meaning; the README tables are checked against this list.

/** What a caller can do about each code. A test fails on a code that no document explains. */
export const codes = {
  // Fix code or configuration.
  ERR_USAGE_POLICY:
    'sealwire.yaml (or a file it names) is not valid; every problem is listed with its place.',
  ERR_USAGE_RELOAD:
    'The policy changed in a part that a running process cannot take over; start it anew, or take the change back.',
  ERR_USAGE_REVISION: 'The revision of the policy goes back, or is given twice; give it a higher one.',
  ERR_USAGE_SIGNATURE: 'The policy is not the one that is pinned, or is not signed by those who must have.',
  ERR_USAGE_SCHEMA: 'A payload schema is not valid; every problem is listed with its place.',
  ERR_USAGE_FILE: 'A file that the policy names cannot be used.',
  ERR_USAGE_ARGUMENT: 'An argument is not of the documented form.',
  ERR_USAGE_AGENT: 'The agent to run as is missing or not in the directory.',
  ERR_USAGE_CHANNEL: 'No channel of the policy maps this topic, exchange or queue.',
  ERR_USAGE_DESCRIBE: 'The policy allows several message types here; give `describe` to choose one.',
  ERR_USAGE_MESSAGE: 'The message cannot be carried: a value, key or header is not bytes, a string or null.',
  ERR_USAGE_HEADER: 'A header cannot be carried or bound.',
  ERR_USAGE_SIZE: 'The message is larger than the policy’s limit.',
  ERR_USAGE_TOMBSTONE: 'This transport has no tombstones.',
  ERR_USAGE_CONNECTION: 'A connection option would weaken what the policy asks for.',
  ERR_USAGE_NETWORK: 'A broker’s address lies outside the networks that the policy allows.',
  ERR_USAGE_PIN: 'The broker’s key is not one that the policy pins.',
  ERR_USAGE_REVOKED: 'The broker’s certificate was revoked.',
  ERR_USAGE_TLS:
    'TLS cannot be set up as the policy asks: a certificate, key or CA is missing or does not fit.',
  ERR_USAGE_TLS_EXPIRED: 'The broker’s certificate, or one of its issuers’, is over.',
  ERR_USAGE_TLS_NOT_YET_VALID: 'The broker’s certificate is not valid yet.',
  ERR_USAGE_TLS_NAME: 'The broker’s certificate is for other names or addresses.',
  ERR_USAGE_TLS_SELF_SIGNED: 'The broker’s certificate has signed itself.',
  ERR_USAGE_TLS_ISSUER:
    'The broker’s certificate comes from an unknown CA, or its intermediates are missing.',
  ERR_USAGE_TLS_PURPOSE: 'The broker’s certificate is not for servers, or its issuer is no CA.',
  ERR_USAGE_TLS_CONSTRAINT: 'The broker’s CA may not certify the broker’s name.',
  ERR_USAGE_TLS_WEAK:
    'A key or signature in the broker’s certificates is weak: RSA below 2048 bits, or SHA-1.',
  ERR_USAGE_TLS_CRL: 'Whether the broker’s certificate was revoked is not known.',
  ERR_USAGE_TLS_VERSION: 'The broker does not speak the TLS version that the policy asks for.',
  ERR_USAGE_TLS_PLAINTEXT: 'What answers at the broker’s address does not speak TLS.',
  ERR_USAGE_TLS_CLIENT: 'The broker refuses our client certificate.',
  ERR_USAGE_TLS_MUTUAL: 'The broker does not ask for the client certificate that the policy has for it.',
  ERR_USAGE_RUNTIME: 'A setting of the process weakens TLS behind every connection’s back.',
  ERR_USAGE_SASL: 'SASL cannot be set up as the policy asks.',
  ERR_USAGE_KEY_STORE:
    'This needs a key store that signs at once (files); a token or a service serves Kafka only.',
  ERR_USAGE_TOPIC: 'A topic is not set up as it must be: the message says which setting, and what to type.',
  ERR_USAGE_QUEUE: 'A queue is not set up as it must be: the message says which argument, and what to write.',
  ERR_USAGE_RECORD: 'There is no record at the place that was asked for.',
  ERR_USAGE_REPLAY:
    'Replays cannot be told from redeliveries in this set-up; the message says what to change.',
  ERR_USAGE_ACL:
    'The brokers’ access control cannot be read or changed as asked: the message says what they lack.',
  ERR_USAGE_QUARANTINE: 'A quarantined record cannot be shown, re-driven or purged as asked.',
  ERR_USAGE_CLOSED: 'This object is closed.',
  // Reject: not our bytes, or a version that is refused.
  ERR_FORMAT_SIZE: 'The record is larger than the limit.',
  ERR_FORMAT_NOT_SEALED: 'The record is not a sealed message.',
  ERR_FORMAT_VERSION: 'The record is a sealed message of an unknown version.',
  ERR_FORMAT_ENVELOPE: 'The envelope is malformed.',
  ERR_FORMAT_SESSION: 'The session record is malformed.',
  ERR_FORMAT_SESSION_REFERENCE: 'A session reference stands where sessions must be self-contained.',
  ERR_FORMAT_SESSION_UNKNOWN: 'The message refers to a session that the session topic does not have.',
  ERR_FORMAT_HEADER: 'The header record is malformed.',
  ERR_FORMAT_PROOF: 'The proof is malformed.',
  ERR_FORMAT_BODY: 'The opened body is malformed.',
  ERR_FORMAT_SUITE: 'The suite is unknown or not allowed here.',
  ERR_FORMAT_TOMBSTONE: 'Empty value, tombstone flag and mac do not fit together.',
  ERR_FORMAT_UNEXPECTED: 'The record could not be processed for a reason that no other code names.',
  // Unknown or disabled key.
  ERR_KEY_UNKNOWN: 'The signing key is not in the directory.',
  ERR_KEY_STATUS: 'The key is revoked, expired or not yet valid.',
  ERR_KEY_OWNER: 'The signing key belongs to another agent than the session names.',
  ERR_KEY_NOT_FOR_ME: 'No data key is wrapped for a key of this agent.',
  ERR_KEY_WRAP: 'The wrapped data key does not open.',
  ERR_KEY_MISSING: 'A key that is needed to send is missing; nothing was sent.',
  ERR_KEY_FILE: 'A private key file cannot be used: passphrase, permissions or content.',
  ERR_KEY_TOKEN: 'The token (PKCS#11) cannot be used: module, label, PIN or a key in it.',
  ERR_KEY_DIRECTORY: 'The directory is malformed, wrongly signed, expired or rolled back.',
  // Reject: it was changed, or it was never ours.
  ERR_INTEGRITY_SIGNATURE: 'The signature does not verify.',
  ERR_INTEGRITY_MAC: 'The mac does not verify.',
  ERR_INTEGRITY_SEAL: 'The sealed body does not open.',
  ERR_INTEGRITY_AUDIT: 'The audit trail does not vouch for what a proof says.',
  // Authentic but not permitted.
  ERR_POLICY_REALM: 'The message is of another realm.',
  ERR_POLICY_CHANNEL: 'The message was sealed for another channel.',
  ERR_POLICY_PARTITION: 'The message was sealed for another partition.',
  ERR_POLICY_HEADERS: 'The bound clear headers were changed.',
  ERR_POLICY_SENDER: 'The policy does not allow this sender to send this here.',
  ERR_POLICY_AUDIENCE: 'The message is for another audience than the policy names.',
  ERR_POLICY_TYPE: 'The policy does not allow this message type or content type here.',
  ERR_POLICY_COMPRESSION: 'The payload is compressed, and the policy does not have that here.',
  ERR_POLICY_PLAINTEXT:
    'The message is plaintext, and the policy admits none of this sender on this channel.',
  ERR_POLICY_DOWNGRADE:
    'Plaintext was handed over whose sender has sealed here before: somebody may be posing as it.',
  ERR_POLICY_EPOCH: 'The issue time lies outside the session’s epoch.',
  ERR_POLICY_AGE: 'The message is too old.',
  ERR_POLICY_FUTURE: 'The message was issued in the future.',
  ERR_POLICY_DUPLICATE:
    'The message was accepted at another place already; a retry of its sender explains the copy. It is skipped.',
  ERR_POLICY_REPLAY: 'The message was accepted at another place already, and no retry explains the copy.',
  ERR_POLICY_REPLAY_LIMIT: 'The sender has more instances or gaps than a receiver keeps.',
  ERR_POLICY_REDRIVE: 'The message was re-driven by somebody who may not, or not as re-driving goes.',
  // Payload breaks its schema.
  ERR_VALIDATION_PAYLOAD: 'The payload does not fit its declared form.',
  // Not a verdict: try again when it is cured.
  ERR_UNABLE_POLICY: 'The policy in force no longer maps what is being read; it waits until the policy does.',
  ERR_UNABLE_AUDIT: 'The audit trail cannot be written; nothing is committed until it can.',
  ERR_UNABLE_QUARANTINE: 'The quarantine cannot be written; nothing is committed until it can.',
  ERR_UNABLE_DIRECTORY: 'The directory cannot be relied on.',
  ERR_UNABLE_KEY_STORE: 'The key store does not answer.',
  ERR_UNABLE_SESSIONS: 'The session topic cannot be read or written; nothing is judged or sent until it can.',
  ERR_UNABLE_REPLAY: 'What was accepted before is not known now: the replay store or the log cannot be read.',
  ERR_UNABLE_CLOCK: 'The clocks of broker and receiver differ too much to judge age.',
  ERR_UNABLE_HANDSHAKE:
    'The broker hung up before TLS was established: it is not well, or its listener is plaintext.',
  ERR_UNABLE_TOKEN: 'There is no token to log in with now.',
  ERR_UNABLE_CONNECTION: 'The broker cannot be reached, or refuses us.',
} as const;

/** A stable error code. */
export type Code = keyof typeof codes;
