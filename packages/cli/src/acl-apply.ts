// `sealwire acl apply`: brings the brokers to what the policy asks for, as far as it may.
import type { KafkaAcl } from '@sealwire/core';
import { rabbitmqChanges, type KafkaDrift, type RabbitmqChanges } from '@sealwire/policy';
import { aclState, type AclDrift } from './acl-drift.js';
import { driftLines } from './acl-lines.js';
import type { AclOptions } from './acl-options.js';
import { changeRabbitmq } from './acl-rabbitmq.js';
import { guardOf } from './broker-record.js';
import { printResult, type Outcome } from './outcome.js';
import type { Streams } from './output.js';

export interface ApplyOptions extends AclOptions {
  readonly prune?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

interface Changes {
  readonly created: readonly KafkaAcl[];
  readonly removed: readonly KafkaAcl[];
  readonly rabbitmq: RabbitmqChanges | null;
}

/** Shows the plan first; afterwards looks again, and says what is left. */
export async function applyAcl(options: ApplyOptions, streams: Streams, outcome: Outcome): Promise<void> {
  const { json = false, prune = false, dryRun = false, yes = false } = options;
  const { drift: before, rabbitmq } = await aclState(options);
  const plan: Changes = {
    ...changesOf(before.kafka, prune),
    rabbitmq: rabbitmq && rabbitmqChanges(rabbitmq.drift, rabbitmq.rights, rabbitmq.state, prune),
  };
  const lines = [...driftLines(before), ...entryLines(plan.rabbitmq)];
  const count = countOf(plan);
  if (dryRun || !yes || count === 0) {
    const hint =
      count === 0
        ? 'Nothing to change.'
        : `${changesText(plan)} to do${dryRun ? '.' : '; nothing was done: give --yes.'}`;
    const ok = dryRun || before.ok;
    printResult(streams, options, outcome, ok, { applied: null, plan, ...factsOf(before) }, [...lines, hint]);
    return;
  }
  if (!json) streams.out(`${lines.join('\n')}\n`);
  await changeKafka(options, plan);
  if (rabbitmq !== null && plan.rabbitmq !== null)
    await changeRabbitmq(options, rabbitmq.drift.vhost, plan.rabbitmq);
  const { drift: after } = await aclState(options);
  printResult(streams, options, outcome, after.ok, { applied: plan, ...factsOf(after) }, [
    `Done: ${changesText(plan)}.`,
    ...(after.ok ? [] : ['Left:', ...driftLines(after)]),
  ]);
}

const changesOf = (drift: KafkaDrift | null, prune: boolean): Pick<Changes, 'created' | 'removed'> => ({
  created: (drift?.missing ?? []).map(({ acl }) => acl),
  removed: prune ? (drift?.unknown ?? []) : [],
});

const entriesOf = (changes: RabbitmqChanges | null): number =>
  changes === null
    ? 0
    : changes.permissions.length + changes.topicPermissions.length + changes.removed.length;

const countOf = ({ created, removed, rabbitmq }: Changes): number =>
  created.length + removed.length + entriesOf(rabbitmq);

const changesText = ({ created, removed, rabbitmq }: Changes): string =>
  `${created.length} Kafka entries to allow, ${removed.length} to remove, ${entriesOf(rabbitmq)} RabbitMQ entries to set`;

/** RabbitMQ keeps one entry for a user, which is set as a whole. */
function entryLines(changes: RabbitmqChanges | null): string[] {
  if (changes === null) return [];
  return [
    ...changes.permissions.map(
      ({ user, configure, write, read }) =>
        `  = ${user}: configure ${configure}, write ${write}, read ${read}`,
    ),
    ...changes.topicPermissions.map(
      ({ user, exchange, write }) => `  = ${user}, keys with ${exchange}: ${write}`,
    ),
    ...changes.removed.map((user) => `  = ${user}: nothing any more`),
  ];
}

const factsOf = ({ kafka, rabbitmq, notes }: AclDrift): object => ({ kafka, rabbitmq, notes });

/** First what agents lack, so that nobody is cut off in between. */
async function changeKafka(options: AclOptions, { created, removed }: Changes): Promise<void> {
  if (options.kafka === undefined) return;
  const { withAclTool } = await import('@sealwire/kafka');
  await withAclTool(guardOf(options, 'kafka'), options.kafka.split(','), async (tool) => {
    if (created.length > 0) await tool.create(created);
    if (removed.length > 0) await tool.remove(removed);
  });
}
