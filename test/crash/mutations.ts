// Wrong replay guards and a wrong audit, to see that the harness finds each: never in a package, only in workers that were told so.
import type { Sealwire, Trails } from 'sealwire';

/**
 * `off`: everything is accepted. `forgetful`: Kafka's memory is not committed beside the offset, so it ends with its process.
 * `hasty`: RabbitMQ's claim is done before the handler has seen the message, so what was in flight at a crash is refused.
 * `deaf`: of a hundred messages one leaves no event at one end, because its entry never comes to the spool.
 */
export const mutations = ['off', 'forgetful', 'hasty', 'deaf'] as const;
export type Mutation = (typeof mutations)[number];

type Rules = Sealwire['replay'];
type Guard = NonNullable<ReturnType<Sealwire['claims']>>;

/** A Sealwire with another guard; all else is the given one's. */
export function mutate(sealwire: Sealwire, mutation: Exclude<Mutation, 'deaf'>): Sealwire {
  const guard = sealwire.claims('rabbitmq');
  const changed: Partial<Sealwire> =
    mutation === 'hasty'
      ? { claims: () => guard && hasty(guard) }
      : mutation === 'forgetful'
        ? { replay: forgetful(sealwire.replay) }
        : { claims: () => guard && trusting(guard), replay: blind(sealwire.replay) };
  return new Proxy(sealwire, {
    get(target, name) {
      if (Object.hasOwn(changed, name)) return changed[name as keyof Sealwire];
      const value: unknown = target[name as keyof Sealwire];
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** How often nothing is heard. */
const deafness = 0.01;

/** Trails that do not hear of some messages, neither at first nor when they are told again. */
export function deafTo(trails: Trails): Trails {
  const unheard = new WeakMap<object, boolean>();
  const isHeard = (thing: object): boolean => {
    if (!unheard.has(thing)) unheard.set(thing, Math.random() < deafness);
    return unheard.get(thing) === false;
  };
  return {
    of(transport, sink) {
      const trail = trails.of(transport, sink);
      return {
        assertRoom: (events) => trail.assertRoom(events),
        seal: (batch) => trail.seal(batch.filter(isHeard)),
        conclude: (batch, outcome, facts) => trail.conclude(batch.filter(isHeard), outcome, facts),
        record: (events) => trail.record(events.filter(isHeard)),
        report: (events) => trail.report(events),
      };
    },
    states: () => trails.states(),
    close: () => trails.close(),
  };
}

const trusting = (guard: Guard): Guard => ({
  ready: () => guard.ready(),
  claim: (asked) => Promise.resolve(asked.map(() => ({ state: 'granted', held: { claims: null } }))),
  done: (held) => Promise.resolve(held.map(() => true)),
  release: () => Promise.resolve(),
});

const hasty = (guard: Guard): Guard => ({
  ready: () => guard.ready(),
  async claim(asked) {
    const answers = await guard.claim(asked);
    await guard.done(answers.flatMap((answer) => (answer.state === 'granted' ? [answer.held] : [])));
    return answers;
  },
  done: (held) => Promise.resolve(held.map(() => true)),
  release: (held) => guard.release(held),
});

function withLedger(rules: Rules, change: (ledger: ReturnType<Rules['ledger']>) => void): Rules {
  return {
    onUnverifiable: rules.onUnverifiable,
    shortestMaxAgeMs: rules.shortestMaxAgeMs,
    window: (topic) => rules.window(topic),
    allowance: (...given) => rules.allowance(...given),
    ledger: (place) => {
      const ledger = rules.ledger(place);
      change(ledger);
      return ledger;
    },
  };
}

const blind = (rules: Rules): Rules =>
  withLedger(rules, (ledger) => {
    ledger.admit = () => false;
  });

const forgetful = (rules: Rules): Rules =>
  withLedger(rules, (ledger) => {
    ledger.load = (offset) => {
      ledger.startAt(offset);
      return 'state';
    };
  });
