// The worked example: every value on the way to one message, from fixed keys.
import { build, publicPoint, scalars } from '../test/reference.ts';

const hex = (bytes: Buffer) => bytes.toString('hex');

/** The worked example of SPEC.md §12. */
export function makeExample() {
  const made = build();
  return {
    comment:
      'One message of agent alice for the audience team on the channel tasks, made from fixed keys. SPEC.md §12 shows it.',
    keys: {
      'private signing key of alice': hex(scalars.alice),
      'public signing key of alice': hex(publicPoint(scalars.alice)),
      'private sealing key of team': hex(scalars.team),
      'public sealing key of team': hex(publicPoint(scalars.team)),
      'private ephemeral key of the wrap': hex(scalars.ephemeral),
      'data key': hex(made.dataKey),
    },
    input: {
      payload: '{"do":"it"}',
      recordKey: 'key',
      topicPartition: 3,
      now: new Date(Date.UTC(2026, 0, 15, 12)).toISOString(),
    },
    steps: {
      'key id of alice': hex(made.terms.senderKey),
      'key id of team': hex(made.wrap.key),
      info: hex(made.info),
      session: hex(made.session),
      S: hex(made.S),
      header: hex(made.header),
      'encryption key': hex(made.batch.subarray(0, 32)),
      'mac key': hex(made.batch.subarray(32)),
      plaintext: hex(made.plaintext),
      body: hex(made.body),
      'content hash': hex(made.contentHash),
      mac: hex(made.mac),
      'message hash (leaf and root)': hex(made.messageHash),
      'signed bytes': hex(made.rootMessage),
      proof: hex(made.proof),
      record: hex(made.record),
    },
  };
}
