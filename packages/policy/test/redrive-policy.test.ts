// Who may re-drive what (sealwire/SPEC.md).
import { describe, expect, test } from '@jest/globals';
import { checkAgainstDirectory, loadPolicy, openRoutes, readPolicy } from '../src/index.js';
import { directory, head, policyFile, problems } from './made.js';

const text = (quarantine: string): string => `${head}channels:
  news:
    kafka: { topics: [news] }
    messages:
      - { type: item, from: [alice], to: [team, bob], content_type: application/json }
      - { type: note, from: [team], to: [team], content_type: text/plain }
    clear_headers: [content-type]
    max_age: 1m
${quarantine}`;
const names = directory(['alice', 'bob', 'olga'], { team: ['alice', 'bob'], operators: ['olga'] });
const routes = (quarantine: string) =>
  openRoutes(loadPolicy(policyFile(text(quarantine)), { agent: 'bob' }), names, 'bob');

describe('a carrier’s route', () => {
  const { redrive, senderAllowed } = routes('quarantine: { redrive_by: [operators] }\n');

  test('is there for each audience of the channel, and for the agents that the policy names alone', () => {
    const carrier = redrive!('news', ['bob', 'team'])!;
    expect(carrier).toMatchObject({
      channel: 'news',
      type: 'sealwire.redrive',
      audience: ['bob', 'team'],
      contentType: 'application/vnd.sealwire.redrive',
      maxAgeMs: 60_000,
    });
    expect([carrier.schema.length, carrier.clearHeaders.size]).toEqual([0, 0]);
    expect(redrive!('news', ['bob', 'team'])).toBe(carrier);
    expect(redrive!('news', ['team'])).not.toBe(carrier);
    expect(senderAllowed(carrier, 'olga')).toBe(true);
    expect(senderAllowed(carrier, 'alice')).toBe(false);
  });

  test('is not there for another audience or channel, nor where the policy names nobody', () => {
    expect(redrive!('news', ['bob'])).toBeNull();
    expect(redrive!('elsewhere', ['team'])).toBeNull();
    expect(routes('').redrive!('news', ['team'])).toBeNull();
  });
});

test('[Q-3] no application’s message may have a type that begins with “sealwire.”', () => {
  const reserved = text('').replace('type: note', 'type: sealwire.note');
  expect(problems((file) => readPolicy(file), reserved)).toEqual([
    expect.stringContaining('does not begin with "sealwire."'),
  ]);
});

test('what is re-driven may be 30 days old, or as old as the policy says', () => {
  const maxAge = (quarantine: string) => readPolicy(policyFile(text(quarantine))).redrive.maxAgeMs;
  expect(maxAge('')).toBe(30 * 86_400_000);
  expect(maxAge('quarantine: { redrive_max_age: 2h }\n')).toBe(7_200_000);
});

test('operators that the directory does not have are told with their place', () => {
  const misspelt = text('quarantine: { redrive_by: [olag] }\n');
  expect(problems((file) => checkAgainstDirectory(readPolicy(file), names), misspelt)).toContainEqual(
    expect.stringMatching(/quarantine\.redrive_by names "olag"/),
  );
});
