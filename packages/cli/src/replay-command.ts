// `sealwire replay …`.
import type { Command } from 'commander';
import type { Streams } from './output.js';
import { addReplayAcceptLoss } from './replay-accept-loss.js';
import { addReplayAllow } from './replay-allow.js';

export function addReplay(program: Command, streams: Streams): void {
  const replay = program
    .command('replay')
    .summary('what receivers remember of messages that they accepted')
    .description('What a receiver has accepted it does not accept again, unless that is meant.');
  addReplayAcceptLoss(replay, streams);
  addReplayAllow(replay, streams);
}
