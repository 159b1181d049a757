// `sealwire replay accept-loss`: what an operator says when the memory of handled messages is gone.
import { acceptReplayLoss } from 'sealwire';
import type { Command } from 'commander';
import { print, type OutputOptions, type Streams } from './output.js';

interface AcceptLossOptions extends OutputOptions {
  readonly agent?: string;
}

export function addReplayAcceptLoss(replay: Command, streams: Streams): void {
  replay
    .command('accept-loss')
    .summary('consume from RabbitMQ again although the replay store has lost its memory')
    .description(
      'Lets an agent go on with a replay store that is empty or another than before. Until then, or until everything in the queues is too old, it accepts nothing. Messages that it handled before can be accepted once more. A running agent goes on within half a minute; it audits that it does (replay.allowed).',
    )
    .argument('<file>', 'the policy, usually sealwire.yaml')
    .option('--agent <name>', 'the agent (default: SEALWIRE_AGENT, or agent: in the file)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Example:
  sealwire replay accept-loss sealwire.yaml --agent researcher

It writes into the agent's state folder: run it on each host that the agent consumes on.

Exit codes: 0 accepted, 1 not accepted, 2 wrong command line.`,
    )
    .action((file: string, options: AcceptLossOptions) => {
      const { agent, noticed } = acceptReplayLoss(file, options.agent);
      print(streams, options, { agent, noticed }, [
        noticed
          ? `${agent} goes on with the replay store that there is now. What it handled before can be accepted once more.`
          : `${agent} has noticed no loss yet. If the replay store is another at its next start, that one is used.`,
      ]);
    });
}
