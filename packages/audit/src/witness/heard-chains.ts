// The newest checkpoints of others that were heard of, and which of them are named next.
import type { SeenChain } from '../chain/checkpoint-text.js';
import { isOfNow } from './notice-trust.js';
import type { Notice } from './notice.js';

/** What is remembered of a notice that was believed. */
export type HeardNotice = Pick<Notice, 'chain' | 'sequence' | 'leafHash' | 'timeMs'> & {
  /** Who signed it. Two agents that speak of one chain are not told apart otherwise: each has its own place here. */
  readonly agent: string;
};

interface Heard extends HeardNotice {
  /** When it was named last, and whether that was this checkpoint or one before it. */
  namedAt: number;
  isNamed: boolean;
  /** When it changed last. */
  readonly changedAt: number;
}

export const maxHeardChains = 1_024;

export class HeardChains {
  /** By agent, then by chain. */
  readonly #agents = new Map<string, Map<string, Heard>>();
  /** When an agent was named last. As many as the directory has agents. */
  readonly #named = new Map<string, number>();
  readonly #max: number;
  #size = 0;
  /** Counts what happens: an order, not a time. */
  #ticks = 0;

  constructor(max = maxHeardChains) {
    this.#max = max;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether it says more than is known. Of two of one sequence the first counts. */
  isNews({ agent, chain, sequence, timeMs }: HeardNotice, nowMs: number): boolean {
    const known = this.#agents.get(agent)?.get(chain);
    return isOfNow(timeMs, nowMs) && (known === undefined || sequence > known.sequence);
  }

  /** @param heard was believed */
  add(heard: HeardNotice, nowMs: number): void {
    if (!this.isNews(heard, nowMs)) return;
    const { agent, chain, sequence, leafHash, timeMs } = heard;
    const known = this.#agents.get(agent)?.get(chain);
    if (known === undefined && this.#size >= this.#max) this.#makeRoom(nowMs);
    let chains = this.#agents.get(agent);
    if (chains === undefined) this.#agents.set(agent, (chains = new Map<string, Heard>()));
    // What changed last stands last.
    if (!chains.delete(chain)) this.#size++;
    const changedAt = ++this.#ticks;
    const namedAt = known?.namedAt ?? 0;
    chains.set(chain, { agent, chain, sequence, leafHash, timeMs, namedAt, isNamed: false, changedAt });
  }

  /**
   * The next that are to be named: from then on they count as named.
   * @param except chains that are not
   */
  choose(max: number, except: ReadonlySet<string>, nowMs: number): SeenChain[] {
    const taken = new Set(except);
    /** Of each agent the next one last. */
    const queues = [...this.#agents.values()].map((chains) =>
      [...chains.values()].filter(({ timeMs }) => isOfNow(timeMs, nowMs)).sort((a, b) => before(b, a)),
    );
    const chosen: SeenChain[] = [];
    while (chosen.length < max) {
      // One round: of each agent its next.
      const round = queues.flatMap((queue) => {
        while (taken.has(queue.at(-1)?.chain ?? '')) queue.pop();
        return queue.at(-1) ?? [];
      });
      if (round.length === 0) break;
      const turn = ({ agent }: Heard): number => this.#named.get(agent) ?? 0;
      round.sort((a, b) => Number(a.isNamed) - Number(b.isNamed) || turn(a) - turn(b) || before(a, b));
      for (const heard of round.slice(0, max - chosen.length)) {
        const { chain, sequence, leafHash, agent } = heard;
        if (taken.has(chain)) continue;
        taken.add(chain);
        chosen.push({ chain, sequence, leafHash });
        heard.isNamed = true;
        heard.namedAt = ++this.#ticks;
        this.#named.set(agent, heard.namedAt);
      }
    }
    return chosen;
  }

  /** What is too old to be named; otherwise what has not changed for longest, of the agent that has the most. */
  #makeRoom(nowMs: number): void {
    for (const [agent, chains] of this.#agents)
      for (const { chain, timeMs } of chains.values())
        if (!isOfNow(timeMs, nowMs)) this.#forget(agent, chains, chain);
    if (this.#size < this.#max) return;
    const [agent, chains] = [...this.#agents].reduce((a, b) => (b[1].size > a[1].size ? b : a));
    const [oldest] = chains.keys();
    this.#forget(agent, chains, oldest!);
  }

  #forget(agent: string, chains: Map<string, Heard>, chain: string): void {
    chains.delete(chain);
    this.#size--;
    if (chains.size === 0) this.#agents.delete(agent);
  }
}

/** Of what one agent has: what was not named since it changed, then what was named longest ago, then what changed last. */
const before = (a: Heard, b: Heard): number =>
  Number(a.isNamed) - Number(b.isNamed) || a.namedAt - b.namedAt || b.changedAt - a.changedAt;
