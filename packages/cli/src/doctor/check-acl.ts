// Whether the brokers’ own access control is what the policy asks for.
import type { KafkaDrift } from '@sealwire/policy';
import { aclDrift } from '../acl-drift.js';
import { nameOf } from './broker-place.js';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { settled } from './found.js';
import { rowsOf, type Row } from './row.js';
import { reasonOf } from './run-checks.js';

export const checkAcl: Check = {
  group: 'acl',
  name: 'drift',
  limitMs: 60_000,
  async run({ policy, agents, brokers, options }: DoctorContext) {
    const say = rowsOf('acl', 'drift');
    const why = brokers.whyNot('kafka');
    if ('error' in policy || why !== null) return [say.skipped('kafka', why ?? 'the policy does not read')];
    const admitted = await brokers.admitted('kafka');
    if (admitted.length === 0) return [say.skipped('kafka', 'the policy’s connection is refused')];
    const agent = options.admin ?? agents[0]!.agent;
    const { policy: file } = options;
    const drift = await settled(() =>
      aclDrift({ policy: file, agent, kafka: admitted.map(nameOf).join(',') }),
    );
    if ('error' in drift)
      return [
        say.unknown(
          `kafka as ${agent}`,
          reasonOf(drift.error),
          'Give --admin with a name that may list access control, and has certificate and password where the policy’s connections have them.',
        ),
      ];
    return [
      ...(drift.value.kafka === null ? [] : kafkaRows(drift.value.kafka)),
      ...drift.value.notes.map((note) =>
        rowsOf('acl', 'principals').warn('kafka', note, 'Give each agent a user of its own.'),
      ),
    ];
  },
};

export function kafkaRows({ missing, blocking, unknown, wide, inPlace }: KafkaDrift): readonly Row[] {
  const say = rowsOf('acl', 'drift');
  const look = 'See sealwire acl verify; bring it about with sealwire acl apply.';
  const rows = [
    ...(missing.length === 0
      ? []
      : [say.fail('kafka', `${missing.length} rights that the policy asks for are not there`, look)]),
    ...(blocking.length === 0
      ? []
      : [say.fail('kafka', `${blocking.length} denials keep agents from what the policy allows`, look)]),
    ...(unknown.length === 0
      ? []
      : [
          say.fail(
            'kafka',
            `${unknown.length} rights on the policy’s topics and groups are not by the policy`,
            'See sealwire acl verify; remove them with sealwire acl apply --prune.',
          ),
        ]),
    ...(wide.length === 0
      ? []
      : [
          say.warn(
            'kafka',
            `${wide.length} rights reach further than the policy’s own topics, and those too`,
            look,
          ),
        ]),
  ];
  return rows.length > 0
    ? rows
    : [say.ok('kafka', `${inPlace} rights, as the policy asks for them, and no others`)];
}
