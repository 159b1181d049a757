// Every order of events, within bounds, for one message of which copies exist: with the rule that runs in production, and
// with rules that look right and are not.
import { expect, test } from '@jest/globals';
import { ClaimTable } from '../src/claim-table.js';
import { keptClaim } from '../src/kept-claim.js';
import { claim, startMs } from './claims.ts';

/** Where a copy is, and how far its delivery has come. The first one is the original. */
interface Copy {
  readonly at: 'unpublished' | 'queue' | 'one' | 'two' | 'gone';
  readonly stage: 'received' | 'waiting' | 'handling' | 'handled' | 'marked' | null;
  readonly redelivered: boolean;
  readonly deliveries: number;
}

interface State {
  readonly copies: readonly Copy[];
  readonly done: boolean;
  readonly lease: { readonly owner: string; readonly ended: boolean } | null;
  readonly crashes: number;
  readonly stalls: number;
  readonly nacks: number;
  /** Handlers that came to their end, and deliveries that were marked as done. */
  readonly completed: number;
  readonly marked: number;
}

type Answer = 'granted' | 'held' | 'done';

/** How a consumer decides. Each answers and gives the state of the store afterwards. */
interface Rule {
  ask(state: State, owner: string, redelivered: boolean): readonly [Answer, Partial<State>];
  /** False: another has it. */
  finish(state: State, owner: string): readonly [boolean, Partial<State>];
  giveUp(state: State, owner: string): Partial<State>;
  readonly leasesEnd: boolean;
}

/** The table of production, put into the state of the model, and asked. */
function table(state: State): ClaimTable {
  let nowMs = 0;
  let done = state.done;
  const made = new ClaimTable(
    {
      ask: (claims) => claims.map(() => (done ? 'done' : 'open')),
      add: () => (done = true),
    },
    () => nowMs,
  );
  if (state.lease !== null) {
    const known = done;
    done = false;
    made.claim([one(state.lease.owner)], 100, startMs);
    done = known;
    if (state.lease.ended) nowMs = 200;
  }
  return made;
}

const one = (owner: string) => keptClaim(claim(1, { owner }));

const production: Rule = {
  leasesEnd: true,
  ask(state, owner) {
    const [answer] = table(state).claim([one(owner)], 100, startMs);
    return [answer!.state as Answer, answer!.state === 'granted' ? { lease: { owner, ended: false } } : {}];
  },
  finish(state, owner) {
    const [done] = table(state).done([one(owner)], startMs);
    return [done!, done! ? { done: true, lease: null } : {}];
  },
  giveUp(state, owner) {
    const asked = table(state);
    asked.release([one(owner)]);
    const [free] = asked.claim([one('probe')], 100, startMs);
    return free!.state === 'granted' ? { lease: null } : {};
  },
};

const rememberedBefore: Rule = {
  leasesEnd: false,
  ask: (state) => (state.done ? ['done', {}] : ['granted', { done: true }]),
  finish: () => [true, {}],
  giveUp: () => ({ done: false }),
};

const flagBelieved: Rule = {
  ...production,
  ask: (state, owner, redelivered) => (redelivered ? ['granted', {}] : production.ask(state, owner, false)),
};

const nothingClaimed: Rule = {
  leasesEnd: false,
  ask: (state) => (state.done ? ['done', {}] : ['granted', {}]),
  finish: () => [true, { done: true }],
  giveUp: () => ({}),
};

const claimedForEver: Rule = { ...production, leasesEnd: false };

const start: State = {
  copies: [0, 1, 2].map((i) => ({
    at: i === 0 ? 'queue' : 'unpublished',
    stage: null,
    redelivered: false,
    deliveries: 0,
  })),
  done: false,
  lease: null,
  crashes: 2,
  stalls: 1,
  nacks: 1,
  completed: 0,
  marked: 0,
};

const ownerOf = (index: number, { deliveries }: Copy): string => `${index}.${deliveries}`;

interface Found {
  readonly states: number;
  readonly violations: ReadonlySet<string>;
}

/** Visits every state that can be reached. */
function explore(rule: Rule): Found {
  const seen = new Set<string>();
  const violations = new Set<string>();
  const open: State[] = [start];
  while (open.length > 0) {
    const state = open.pop()!;
    const key = JSON.stringify(state);
    if (seen.has(key)) continue;
    seen.add(key);
    const following = next(rule, state, violations);
    open.push(...following);
    judgeEnd(state, following.length, violations);
  }
  return { states: seen.size, violations };
}

/** Nothing can happen any more but what an attacker or a fault does. */
function judgeEnd(state: State, following: number, violations: Set<string>): void {
  const published = state.copies.filter(({ at }) => at !== 'unpublished');
  if (published.every(({ at }) => at === 'gone')) {
    if (state.completed === 0) violations.add('lost');
  } else if (following === 0) violations.add('stuck');
}

function next(rule: Rule, state: State, violations: Set<string>): State[] {
  const following: State[] = [];
  const put = (index: number, copy: Partial<Copy>, more: Partial<State> = {}): void => {
    const copies = state.copies.map((old, i) => (i === index ? { ...old, ...copy } : old));
    following.push({ ...state, ...more, copies });
  };
  const busy = new Set(state.copies.map(({ at }) => at));
  state.copies.forEach((copy, index) => {
    const owner = ownerOf(index, copy);
    if (copy.at === 'unpublished') put(index, { at: 'queue' });
    if (copy.at === 'queue')
      for (const at of ['one', 'two'] as const)
        // Two unacknowledged at a time would be more of the same.
        if (!busy.has(at)) put(index, { at, stage: 'received', deliveries: copy.deliveries + 1 });
    if (copy.stage === 'received' || copy.stage === 'waiting') {
      const [answer, more] = rule.ask(state, owner, copy.redelivered);
      if (answer === 'done') put(index, { at: 'gone', stage: null }, more);
      else if (answer === 'granted') {
        judgeHandling(state, index, violations);
        put(index, { stage: 'handling' }, more);
      } else if (copy.stage === 'received') put(index, { stage: 'waiting' }, more);
    }
    if (copy.stage === 'handling') {
      put(index, { stage: 'handled' }, { completed: Math.min(2, state.completed + 1) });
      if (state.nacks > 0)
        put(
          index,
          { at: 'queue', stage: null, redelivered: true },
          { ...rule.giveUp(state, owner), nacks: state.nacks - 1 },
        );
    }
    if (copy.stage === 'handled') {
      const [may, more] = rule.finish(state, owner);
      if (may) put(index, { stage: 'marked' }, { ...more, marked: Math.min(2, state.marked + 1) });
    }
    if (copy.stage === 'marked') put(index, { at: 'gone', stage: null });
  });
  for (const at of ['one', 'two'] as const)
    if (state.crashes > 0 && busy.has(at)) {
      const copies = state.copies.map((copy) =>
        copy.at === at ? { ...copy, at: 'queue' as const, stage: null, redelivered: true } : copy,
      );
      following.push({ ...state, copies, crashes: state.crashes - 1 });
    }
  endLease(rule, state, following);
  return following;
}

/** Of an owner that is gone; or, once, of one that stood still and did not renew it. */
function endLease(rule: Rule, state: State, following: State[]): void {
  const { lease } = state;
  if (!rule.leasesEnd || lease === null || lease.ended) return;
  const ended = { ...lease, ended: true };
  const alive = state.copies.some(
    (copy, i) => ownerOf(i, copy) === lease.owner && (copy.at === 'one' || copy.at === 'two'),
  );
  if (!alive) following.push({ ...state, lease: ended });
  else if (state.stalls > 0) following.push({ ...state, lease: ended, stalls: state.stalls - 1 });
}

function judgeHandling(state: State, index: number, violations: Set<string>): void {
  if (state.marked > 0) violations.add('handled after it was done');
  const others = state.copies.some(
    ({ stage }, i) => i !== index && (stage === 'handling' || stage === 'handled'),
  );
  if (others && state.stalls === start.stalls) violations.add('handled twice at once');
}

test('claims with leases, as in production: nothing is handled after it was done, nothing twice at once, nothing lost', () => {
  const { states, violations } = explore(production);
  expect(violations).toEqual(new Set());
  // As many as the bounds give: a model that stops early finds nothing.
  expect(states).toBeGreaterThan(5_000);
});

test('remembering before the handler loses what a crash interrupts', () => {
  expect(explore(rememberedBefore).violations).toContain('lost');
});

test('believing the flag of a redelivery lets a copy in', () => {
  const { violations } = explore(flagBelieved);
  expect(violations).toContain('handled after it was done');
});

test('without claims a copy is handled beside its original', () => {
  expect(explore(nothingClaimed).violations).toContain('handled twice at once');
});

test('claims without an end keep a message for ever from whoever could handle it', () => {
  expect(explore(claimedForEver).violations).toContain('stuck');
});
