import { describe, expect, it } from '@jest/globals';
import type { InPlace } from '@sealwire/core';
import { checkFreshness } from '../src/index.js';

const check = checkFreshness({ skewMs: 30, clock: { nowMs: () => 9_000_000 } });

function message(times: { issued: number; appended?: number; received?: number; maxAge?: number }): InPlace {
  return {
    header: { issuedAtMs: times.issued },
    session: { epochStartMs: 1_000, epochEndMs: 10_000 },
    route: { maxAgeMs: times.maxAge ?? 500 },
    memory: null,
    received: {
      source: { transport: 'kafka', topic: 't', partition: 0, offset: '1' },
      appendedAtMs: times.appended ?? null,
      receivedAtMs: times.received ?? times.issued,
    },
  } as unknown as InPlace;
}

const code = (times: Parameters<typeof message>[0]): string => {
  try {
    check(message(times));
    return 'fresh';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('freshness', () => {
  it('[E-28] takes a message of its epoch that is neither old nor from the future', () => {
    expect(code({ issued: 5_000, received: 5_400 })).toBe('fresh');
  });

  it('[E-28] refuses an issue time outside the epoch, give or take the skew', () => {
    expect(code({ issued: 970 })).toBe('fresh');
    expect(code({ issued: 969 })).toBe('ERR_POLICY_EPOCH');
    expect(code({ issued: 10_029 })).toBe('fresh');
    expect(code({ issued: 10_030 })).toBe('ERR_POLICY_EPOCH');
  });

  it('[E-28] refuses what was issued in the future beyond the skew', () => {
    expect(code({ issued: 5_030, received: 5_000 })).toBe('fresh');
    expect(code({ issued: 5_031, received: 5_000 })).toBe('ERR_POLICY_FUTURE');
  });

  it('[E-28] refuses what is older than the route allows', () => {
    expect(code({ issued: 5_000, received: 5_500 })).toBe('fresh');
    expect(code({ issued: 5_000, received: 5_501 })).toBe('ERR_POLICY_AGE');
  });

  it('[E-28] judges by the broker’s append time where there is one, so that a late consumer refuses nothing honest', () => {
    expect(code({ issued: 5_000, appended: 5_100, received: 9_000_000 })).toBe('fresh');
    expect(code({ issued: 5_000, appended: 5_501, received: 5_001 })).toBe('ERR_POLICY_AGE');
  });
});
