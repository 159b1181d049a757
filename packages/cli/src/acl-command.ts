// `sealwire acl …`: what the brokers themselves must allow, and whether they do.
import type { Command } from 'commander';
import { applyAcl, type ApplyOptions } from './acl-apply.js';
import { aclDrift, kafkaRightsOf } from './acl-drift.js';
import { driftLines, kafkaRightLines } from './acl-lines.js';
import { rabbitmqRightLines } from './acl-rabbitmq-lines.js';
import { rabbitmqRightsOf } from './acl-rabbitmq.js';
import { aclSubject, withAcl, type AclOptions } from './acl-options.js';
import { examples } from './operator.js';
import { printResult, type Outcome } from './outcome.js';
import { print, type Streams } from './output.js';

export function addAcl(program: Command, streams: Streams, outcome: Outcome): void {
  const acl = program
    .command('acl')
    .summary('rights on the brokers themselves, derived from the policy')
    .description(
      'Derives from the policy’s routes the least that the brokers must allow each agent, so that they refuse what the policy denies to clients without Sealwire too.',
    );
  withAcl(
    acl
      .command('plan')
      .summary('what is to be allowed')
      .description(
        'Shows what "apply" would change on the brokers, and what it would leave. Without brokers: everything that each agent needs, and what for.',
      ),
  )
    .addHelpText(
      'after',
      examples(
        'sealwire acl plan',
        'sealwire acl plan --kafka localhost:9093 --management https://localhost:15671 --agent admin',
      ),
    )
    .action(async (options: AclOptions) => {
      if (options.kafka === undefined && options.management === undefined) {
        const subject = aclSubject(options);
        const [kafka, rabbitmq] = [kafkaRightsOf(subject), rabbitmqRightsOf(subject)];
        print(streams, options, { kafka, rabbitmq }, [
          ...kafkaRightLines(kafka),
          ...rabbitmqRightLines(rabbitmq),
        ]);
        return;
      }
      const { ok: inOrder, ...drift } = await aclDrift(options);
      print(streams, options, { inOrder, ...drift }, driftLines({ ok: inOrder, ...drift }));
    });
  withAcl(
    acl
      .command('apply')
      .summary('allow what is missing')
      .description(
        'Allows what is missing. With --prune it also removes what is allowed on the policy’s own topics, groups and transactional ids, and to the agents’ users of RabbitMQ, without being in the policy. What reaches beyond them, and denials, are told and left. Applied again, it changes nothing.',
      ),
  )
    .option('--prune', 'also remove what the policy does not ask for')
    .option('--dry-run', 'only show what would be done')
    .option('--yes', 'do it; without it the plan is shown and nothing is done')
    .addHelpText(
      'after',
      `\nExamples:\n  sealwire acl apply --kafka localhost:9093 --agent admin\n  sealwire acl apply --kafka localhost:9093 --agent admin --prune --yes\n\nExit codes: 0 everything is as the policy asks (or --dry-run), 1 something is left, 2 wrong command line.`,
    )
    .action((options: ApplyOptions) => applyAcl(options, streams, outcome));
  withAcl(
    acl
      .command('verify')
      .summary('tell where the brokers differ')
      .description(
        'Compares what the brokers allow with what the policy asks for: what is missing, what is allowed without being in the policy, what is too wide, and denials that are in the way.',
      ),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  sealwire acl verify --kafka localhost:9093 --agent admin --json\n\nExit codes: 0 no drift, 1 drift, 2 wrong command line.',
    )
    .action(async (options: AclOptions) => {
      const { ok, ...drift } = await aclDrift(options);
      printResult(streams, options, outcome, ok, drift, driftLines({ ok, ...drift }));
    });
}
