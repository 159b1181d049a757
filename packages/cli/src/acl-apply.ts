// `sealwire acl apply`: brings the brokers to what the policy asks for, as far as it may.
import type { KafkaAcl } from '@sealwire/core';
import type { KafkaDrift } from '@sealwire/policy';
import { aclDrift, type AclDrift } from './acl-drift.js';
import { driftLines } from './acl-lines.js';
import type { AclOptions } from './acl-options.js';
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
}

/** Shows the plan first; afterwards looks again, and says what is left. */
export async function applyAcl(options: ApplyOptions, streams: Streams, outcome: Outcome): Promise<void> {
  const { json = false, prune = false, dryRun = false, yes = false } = options;
  const before = await aclDrift(options);
  const plan = before.kafka === null ? nothing : changesOf(before.kafka, prune);
  const count = plan.created.length + plan.removed.length;
  const lines = driftLines(before);
  if (dryRun || !yes || count === 0) {
    const hint =
      count === 0
        ? ['Nothing to change.']
        : [`${changesText(plan)} to do${dryRun ? '.' : '; nothing was done: give --yes.'}`];
    const ok = dryRun || before.ok;
    printResult(streams, options, outcome, ok, { applied: null, plan, ...factsOf(before) }, [
      ...lines,
      ...hint,
    ]);
    return;
  }
  if (!json) streams.out(`${lines.join('\n')}\n`);
  await changeKafka(options, plan);
  const after = await aclDrift(options);
  printResult(streams, options, outcome, after.ok, { applied: plan, ...factsOf(after) }, [
    `Done: ${changesText(plan)}.`,
    ...(after.ok ? [] : ['Left:', ...driftLines(after)]),
  ]);
}

const nothing: Changes = { created: [], removed: [] };

const changesOf = ({ missing, unknown }: KafkaDrift, prune: boolean): Changes => ({
  created: missing.map(({ acl }) => acl),
  removed: prune ? unknown : [],
});

const changesText = ({ created, removed }: Changes): string =>
  `${created.length} to allow, ${removed.length} to remove`;

const factsOf = ({ kafka, notes }: AclDrift): object => ({ kafka, notes });

/** First what agents lack, so that nobody is cut off in between. */
async function changeKafka(options: AclOptions, { created, removed }: Changes): Promise<void> {
  if (options.kafka === undefined) return;
  const { withAclTool } = await import('@sealwire/kafka');
  await withAclTool(guardOf(options, 'kafka'), options.kafka.split(','), async (tool) => {
    if (created.length > 0) await tool.create(created);
    if (removed.length > 0) await tool.remove(removed);
  });
}
