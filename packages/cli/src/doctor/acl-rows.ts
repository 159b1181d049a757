// What the drift of access control comes to for a doctor.
import type { Transport } from '@sealwire/core';
import type { AclDrift } from '../acl-drift.js';
import { rowsOf, type Row } from './row.js';

const look = 'See sealwire acl verify; bring it about with sealwire acl apply.';
const unblock =
  'See sealwire acl verify; remove the denials by hand (kafka-acls.sh --remove --deny-principal …).';
const narrow = 'See sealwire acl verify; narrow them by hand: what they reach besides is somebody else’s.';
const prune = 'See sealwire acl verify; remove them with sealwire acl apply --prune.';

export function driftRows(transport: Transport, drift: AclDrift): readonly Row[] {
  const found = transport === 'kafka' ? drift.kafka : drift.rabbitmq;
  const principals = rowsOf('acl', 'principals');
  return [
    ...(found === null ? [] : rightsRows(transport, found)),
    ...drift.notes.map((note) =>
      principals.warn(
        transport,
        note,
        transport === 'kafka'
          ? 'Give each agent a principal of its own (acl.kafka.principal).'
          : 'Give each agent a user of its own, and publish and quarantine by exchanges with names.',
      ),
    ),
  ];
}

interface Drift {
  readonly missing: readonly unknown[];
  readonly unknown: readonly unknown[];
  readonly wide: readonly unknown[];
  /** Kafka’s */
  readonly blocking?: readonly unknown[];
  /** RabbitMQ’s */
  readonly absentUsers?: readonly string[];
  readonly inPlace: number;
}

function rightsRows(
  subject: Transport,
  { missing, unknown, wide, blocking = [], absentUsers = [], inPlace }: Drift,
): readonly Row[] {
  const say = rowsOf('acl', 'drift');
  const count = (what: readonly unknown[], row: (text: string) => Row, text: string): readonly Row[] =>
    what.length === 0 ? [] : [row(`${what.length} ${text}`)];
  const failing = (fix: string) => (text: string) => say.fail(subject, text, fix);
  const rows = [
    ...count(missing, failing(look), 'rights that the policy asks for are not there'),
    ...count(blocking, failing(unblock), 'denials keep agents from what the policy allows'),
    ...count(absentUsers, failing('Make them on the broker first.'), 'users of agents do not exist'),
    ...count(unknown, failing(prune), 'rights on the policy’s own resources are not by the policy'),
    ...count(
      wide,
      (text) => say.warn(subject, text, narrow),
      'rights reach further than the policy’s own resources, and those too',
    ),
  ];
  return rows.length > 0
    ? rows
    : [say.ok(subject, `${inPlace} rights, as the policy asks for them, and no others`)];
}
