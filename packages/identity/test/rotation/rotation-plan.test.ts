// What is due, for any policy and any course of time.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { listedKey, type DirectoryEntry, type ListedKey } from '../../src/directory/directory-entry.js';
import { isLive } from '../../src/rotation/due-key.js';
import { revocation } from '../../src/rotation/revoke.js';
import { rotationPlan, type RotationPlan } from '../../src/rotation/rotation-plan.js';
import { defaultRotation, periodOf, type RotationSettings } from '../../src/rotation/rotation-settings.js';

const start = Date.parse('2026-06-01T12:00:00.000Z');
const point = (): Buffer => Buffer.concat([Buffer.of(4), randomBytes(64)]);

/** A world in which what is due is done at once. */
class Course {
  nowMs = start;
  entries: DirectoryEntry[] = [
    { name: 'alice', members: null, keys: [] },
    { name: 'team', members: ['alice', 'bob'], keys: [] },
  ];
  bob: DirectoryEntry = { name: 'bob', members: null, keys: [] };
  readonly settings: RotationSettings;
  document: { issuedAtMs: number; expiresAtMs: number } | null = null;

  constructor(settings: RotationSettings) {
    this.settings = settings;
  }

  plan(agent: string, force: ReadonlySet<string> = new Set()): RotationPlan {
    const own = agent === 'alice' ? this.entries : [this.bob];
    return rotationPlan({
      agent,
      entries: own,
      groups: this.entries.slice(1),
      sealingKeysOf: (name) =>
        (name === 'bob' ? this.bob : this.entries[0]!).keys.filter(({ purpose }) => purpose === 'sealing'),
      document: this.document,
      settings: this.settings,
      nowMs: this.nowMs,
      force,
    });
  }

  /** @returns what was made */
  act(): ListedKey[] {
    const all: ListedKey[] = [];
    for (let round = 0; round < 3; round++)
      for (const agent of ['bob', 'alice']) {
        const plan = this.plan(agent);
        if (plan.reissue || this.document === null)
          this.document = {
            issuedAtMs: this.nowMs,
            expiresAtMs: this.nowMs + this.settings.documentValidityMs,
          };
        const made = plan.keys.map((due) =>
          listedKey(due.name, {
            ...due,
            publicKey: point(),
            shares: (due.shares ?? []).map(({ member, memberKey }) => ({
              member,
              memberKeyId: memberKey.keyId,
              encapsulated: point(),
              wrapped: randomBytes(48),
            })),
          }),
        );
        all.push(...made);
        const update = (entry: DirectoryEntry): DirectoryEntry => ({
          ...entry,
          keys: [
            ...entry.keys
              .filter((key) => !plan.dropped.includes(key))
              .map((key) => {
                const extra = plan.shares.find((one) => one.key === key)?.to ?? [];
                return listedKey(entry.name, {
                  ...key,
                  distrustFromMs: plan.revoked.some((one) => one.key === key)
                    ? this.nowMs
                    : key.distrustFromMs,
                  shares: [
                    ...key.shares,
                    ...extra.map(({ member, memberKey }) => ({
                      member,
                      memberKeyId: memberKey.keyId,
                      encapsulated: point(),
                      wrapped: randomBytes(48),
                    })),
                  ],
                });
              }),
            ...made.filter(({ owner }) => owner === entry.name),
          ],
        });
        if (agent === 'bob') this.bob = update(this.bob);
        else this.entries = this.entries.map(update);
      }
    return all;
  }

  newest(name: string): ListedKey | null {
    const entry = [...this.entries, this.bob].find((one) => one.name === name)!;
    return (
      entry.keys
        .filter(
          (key) => key.purpose === 'sealing' && isLive(key, this.nowMs) && key.notBeforeMs <= this.nowMs,
        )
        .sort((a, b) => b.notBeforeMs - a.notBeforeMs)[0] ?? null
    );
  }
}

const policies = fc
  .record({
    intervalMs: fc.integer({ min: 1_000, max: 172_800_000 }),
    intervalsKept: fc.integer({ min: 0, max: 40 }),
    signingIntervals: fc.integer({ min: 2, max: 60 }),
    documentIntervals: fc.integer({ min: 2, max: 20 }),
  })
  .map(({ intervalMs, intervalsKept, signingIntervals, documentIntervals }): RotationSettings => ({
    ...defaultRotation,
    intervalMs,
    destroyAfterMs: intervalMs * intervalsKept,
    signingValidityMs: intervalMs * signingIntervals,
    documentValidityMs: intervalMs * documentIntervals,
  }));

/** Steps of up to an eighth of an interval: what a timer with jitter does. */
const steps = fc.array(fc.integer({ min: 1, max: 125 }), { minLength: 20, maxLength: 120 });

describe('what is due', () => {
  it('always leaves a key to seal to, made known ahead, and a document that has not expired', () => {
    fc.assert(
      fc.property(policies, steps, (settings, course) => {
        const world = new Course(settings);
        world.act();
        const { leadMs } = periodOf('sealing', settings);
        for (const step of course) {
          world.nowMs += Math.floor((settings.intervalMs * step) / 1000);
          const before = [world.newest('alice'), world.newest('team')];
          expect(before).not.toContain(null);
          for (const key of world.act()) {
            if (key.purpose !== 'sealing') continue;
            expect(key.notBeforeMs - world.nowMs).toBeGreaterThanOrEqual(
              Math.min(leadMs, settings.intervalMs / 8) - 1,
            );
            expect(key.notAfterMs - key.notBeforeMs).toBe(2 * settings.intervalMs);
          }
          expect(world.document!.expiresAtMs).toBeGreaterThan(world.nowMs);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives every member each group key, by a key that is destroyed no later, and lists a bounded number of keys', () => {
    fc.assert(
      fc.property(policies, steps, (settings, course) => {
        const world = new Course(settings);
        world.act();
        for (const step of course) {
          world.nowMs += Math.floor((settings.intervalMs * step) / 1000);
          world.act();
          const team = world.entries[1]!;
          for (const key of team.keys.filter((one) => isLive(one, world.nowMs)))
            expect(key.shares.map(({ member }) => member).sort()).toEqual(['alice', 'bob']);
          for (const entry of [...world.entries, world.bob])
            expect(entry.keys.filter(({ purpose }) => purpose === 'sealing').length).toBeLessThanOrEqual(
              settings.destroyAfterMs / settings.intervalMs + 5,
            );
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is the same for every process that knows the same, and nothing twice', () => {
    fc.assert(
      fc.property(policies, steps, (settings, course) => {
        const world = new Course(settings);
        for (const step of course) {
          world.nowMs += Math.floor((settings.intervalMs * step) / 1000);
          expect(world.plan('alice')).toEqual(world.plan('alice'));
          world.act();
          const { keys, shares, revoked, dropped, reissue } = world.plan('alice');
          expect([keys, shares, revoked, dropped, reissue]).toEqual([[], [], [], [], false]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('never drops a key before its destroy time, nor keeps it long after', () => {
    fc.assert(
      fc.property(policies, steps, (settings, course) => {
        const world = new Course(settings);
        world.act();
        for (const step of course) {
          world.nowMs += Math.floor((settings.intervalMs * step) / 1000);
          for (const key of world.plan('alice').dropped)
            if (key.purpose === 'sealing') expect(key.destroyAtMs!).toBeLessThanOrEqual(world.nowMs);
          world.act();
          for (const { keys } of world.entries)
            for (const { destroyAtMs } of keys) expect(destroyAtMs ?? Infinity).toBeGreaterThan(world.nowMs);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('lets nobody in again whose keys were all revoked, however much later', () => {
    fc.assert(
      fc.property(policies, steps, fc.integer({ min: -5, max: 1 }), (settings, course, early) => {
        const world = new Course(settings);
        world.act();
        const half = Math.floor(course.length / 2);
        const step = (part: number): void => {
          world.nowMs += Math.floor((settings.intervalMs * part) / 1000);
          world.act();
        };
        course.slice(0, half).forEach(step);
        const distrustFromMs = world.nowMs + early * settings.intervalMs;
        for (const { entry } of revocation(world.entries, { which: 'alice', distrustFromMs, reason: null })
          .changes as { entry: DirectoryEntry }[])
          world.entries = world.entries.map((one) => (one.name === entry.name ? entry : one));
        for (let i = 0; i < 4; i++) course.slice(half).forEach(step);
        world.nowMs += 100 * settings.intervalMs + settings.signingValidityMs;
        step(1);
        const live = world.entries[0]!.keys.filter((key) => isLive(key, world.nowMs));
        // A revocation that begins later than the keys end has revoked nothing that is in use.
        if (early <= 0) expect(live).toEqual([]);
        const forced = world.plan('alice', new Set(['alice']));
        expect(forced.keys.map(({ name }) => name)).toContain('alice');
      }),
      { numRuns: 60 },
    );
  });
});
