// Where a broker comes from, for each state of machine and environment.
import { describe, expect, test } from '@jest/globals';
import { chooseWay, type WayFacts } from '../src/choose-way.js';

const bare: WayFacts = {
  forced: undefined,
  variable: 'SEALWIRE_KAFKA_BROKERS',
  addressGiven: false,
  dockerProblem: 'no daemon',
  missing: ['maven'],
  canInstall: false,
};

describe('the way to a broker', () => {
  test.each<[string, Partial<WayFacts>, string]>([
    [
      'an address in the environment comes before all else',
      { addressGiven: true, dockerProblem: null, missing: [] },
      'environment',
    ],
    ['Docker comes before a native broker', { dockerProblem: null, missing: [] }, 'docker'],
    ['without Docker the broker is native', { missing: [] }, 'native'],
    ['what is missing is installed where that is possible', { canInstall: true }, 'install'],
    ['without any way there is none', {}, 'none'],
    [
      'docker can be forced over an address',
      { forced: 'docker', addressGiven: true, dockerProblem: null },
      'docker',
    ],
    ['native can be forced over Docker', { forced: 'native', dockerProblem: null, missing: [] }, 'native'],
    [
      'a forced native broker is installed too',
      { forced: 'native', dockerProblem: null, canInstall: true },
      'install',
    ],
    [
      'forced Docker without a daemon is not replaced by another way',
      { forced: 'docker', missing: [] },
      'none',
    ],
    ['an unknown forced way is refused', { forced: 'podman', dockerProblem: null, missing: [] }, 'none'],
  ])('%s', (_, facts, way) => {
    expect(chooseWay({ ...bare, ...facts }).way).toBe(way);
  });

  test('where there is none, the reason has the commands to type and what Docker said', () => {
    const { why } = chooseWay(bare);
    expect(why).toContain('apt-get install --no-install-recommends maven');
    expect(why).toContain('no daemon');
    expect(why).toContain('SEALWIRE_KAFKA_BROKERS');
  });
});
