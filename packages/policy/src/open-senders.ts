// Who a list of senders means: agents by name, the members of groups, and agents by pattern.
import type { Directory } from '@sealwire/core';
import { agentPattern, isPattern } from './agent-pattern.js';

/** Answers that are kept, over all lists; beyond it all are forgotten. */
const maxKept = 100_000;

/** Whether an agent is one of those whom a list means. The list is known by its identity. */
export type MeansSender = (senders: readonly string[], agent: string) => boolean;

interface Means {
  readonly names: readonly string[];
  readonly patterns: readonly ((name: string) => boolean)[];
  readonly kept: Map<string, boolean>;
  /** Of which directory, and of which round of keeping, the answers are. */
  version: number;
  round: number;
}

/**
 * Makes the check. Answers are kept until the directory changes, so that its cost does not go with the length of a list.
 * That an agent exists and has a good key is not asked here.
 */
export function openSenders(directory: Pick<Directory, 'isMember' | 'version'>): MeansSender {
  const lists = new WeakMap<readonly string[], Means>();
  let kept = 0;
  let round = 0;
  return (senders, agent) => {
    let means = lists.get(senders);
    if (means === undefined) lists.set(senders, (means = meansOf(senders)));
    const { version } = directory;
    if (means.version !== version || means.round !== round) {
      means.kept.clear();
      means.version = version;
      means.round = round;
    }
    const known = means.kept.get(agent);
    if (known !== undefined) return known;
    const found = isMeant(means, agent, directory);
    if (++kept > maxKept) {
      kept = 0;
      round++;
    } else means.kept.set(agent, found);
    return found;
  };
}

function meansOf(senders: readonly string[]): Means {
  const [patterns, names] = [senders.filter(isPattern), senders.filter((one) => !isPattern(one))];
  return {
    names,
    patterns: patterns.map(agentPattern),
    kept: new Map(),
    version: NaN,
    round: 0,
  };
}

function isMeant({ names, patterns }: Means, agent: string, directory: Pick<Directory, 'isMember'>): boolean {
  for (const name of names) if (name === agent) return true;
  for (const name of names) if (directory.isMember(agent, name)) return true;
  for (const matches of patterns) if (matches(agent)) return true;
  return false;
}
