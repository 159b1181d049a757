// An audience of several groups: every member of each opens, and nobody in it can re-address, or forge for the others.
import { describe, expect, it, test } from '@jest/globals';
import { KeyError, type KeyStore, type PublicKey, type Received } from '@sealwire/core';
import { keyId, nodePrimitives } from '@sealwire/crypto';
import { recordVerifier } from '../src/index.js';
import { record as fields, type Change } from '../vectors/byte-changes.js';
import { build, prefix, publicPoint, types, type Parts } from './reference.js';
import { nowMs, opener, outgoing, receivedFrom, route, sealer, world } from './world.js';

const scalars = { team: 0x22, auditors: 0x24, strangers: 0x25, bob: 0x12 };
type Name = keyof typeof scalars;
const scalarOf = (name: Name) => Buffer.alloc(32, scalars[name]);
const recipient = (name: Name) => ({
  scalar: scalarOf(name),
  ephemeral: Buffer.alloc(32, 0xa0 ^ scalars[name]),
});

const publicKeyOf = (
  owner: string,
  byte: number,
  purpose: 'sealing' | 'message-signing' = 'sealing',
): PublicKey => {
  const point = publicPoint(Buffer.alloc(32, byte));
  return {
    keyId: keyId(purpose, 1, point),
    publicKey: point,
    owner,
    notBeforeMs: 0,
    notAfterMs: Number.MAX_SAFE_INTEGER,
    distrustFromMs: null,
  };
};

const plainWorld = world();
const bobKey = publicKeyOf('bob', scalars.bob, 'message-signing');
/** Bob, a member of the auditors, is an agent of the directory, too. */
const w = {
  ...plainWorld,
  directory: {
    ...plainWorld.directory,
    signingKey: (id: string) =>
      id === bobKey.keyId.toString('latin1') ? bobKey : plainWorld.directory.signingKey(id),
    sealingKey: (name: string) =>
      name === 'team' || name === 'auditors' ? publicKeyOf(name, scalars[name]) : null,
    sealingKeyById: (id: string) =>
      (['team', 'auditors'] as const)
        .map((name) => publicKeyOf(name, scalars[name]))
        .find(({ keyId }) => keyId.toString('latin1') === id) ?? null,
  },
};

/** Wraps as a session has them. */
const withoutInfo = (wraps: ReturnType<typeof build>['wraps']) =>
  wraps.map(({ key, encapsulated, wrapped }) => ({ key, encapsulated, wrapped }));

/** The key store of any member of a group: they share its key. */
function memberOf(name: Name): KeyStore {
  const id = publicKeyOf(name, scalars[name]).keyId.toString('latin1');
  const key = nodePrimitives.sealingKey(scalarOf(name));
  return {
    ...w.team,
    holds: (asked) => asked === id,
    unwrap(_id, encapsulated, wrapped, info) {
      const dataKey = key.unwrap(encapsulated, wrapped, info);
      if (dataKey === null) throw new KeyError('ERR_KEY_WRAP', 'It does not open.');
      return dataKey;
    },
  };
}

const both = {
  session: { audience: ['auditors', 'team'] },
  recipients: [recipient('team'), recipient('auditors')],
};
const shared = { ...route, audience: ['auditors', 'team'] };

function received(value: Buffer, key: Buffer | null = Buffer.from('key')): Received {
  return {
    source: { transport: 'kafka', topic: 'tasks', partition: 3, offset: '0' },
    value,
    key,
    headers: [],
    appendedAtMs: null,
    receivedAtMs: nowMs,
  };
}

async function verdict(value: Buffer, store: KeyStore): Promise<string> {
  const [outcome] = await opener(w, store)([received(value)]);
  return outcome!.verified ? outcome!.payload!.toString() : outcome!.code;
}

/** What alice sent to both groups, and what any member of either knows of it: the data key, and every byte. */
const honest = build({ ...both });
const outer = types.message.fromBuffer(honest.record.subarray(10)) as Record<
  'session' | 'header' | 'body' | 'mac' | 'proof',
  Buffer
>;
const withSession = (session: Buffer) =>
  Buffer.concat([prefix, fields(session, outer.header, outer.body, outer.mac, outer.proof)]);

describe('a message to two groups', () => {
  it('has one wrap for each, and every member of each opens it', async () => {
    const sealed = sealer(w, { route: shared })([outgoing(), outgoing({ payload: Buffer.from('{"n":2}') })]);
    for (const name of ['team', 'auditors'] as const) {
      for (const member of [memberOf(name), memberOf(name)]) {
        const outcomes = await opener(w, member)(sealed.map((one) => receivedFrom(one)));
        expect(outcomes).toMatchObject([
          { verified: true, payload: Buffer.from('{"do":"it"}'), facts: { recipients: shared.audience } },
          { verified: true, payload: Buffer.from('{"n":2}') },
        ]);
      }
    }
    const [stranger] = await opener(w, memberOf('strangers'))([receivedFrom(sealed[0]!)]);
    expect(stranger).toMatchObject({ code: 'ERR_KEY_NOT_FOR_ME' });
  });

  it('is told apart by its wraps only for who holds which key: facts and payload are the same', async () => {
    expect(await verdict(honest.record, memberOf('team'))).toBe('{"do":"it"}');
    expect(await verdict(honest.record, memberOf('auditors'))).toBe('{"do":"it"}');
  });
});

describe('a member of both groups', () => {
  /** Holds what `held` names at the time. */
  function memberOfBoth(held: Set<Name>): KeyStore {
    const each = new Map((['team', 'auditors'] as const).map((name) => [name, memberOf(name)]));
    const holder = (id: string) =>
      [...each].find(([name, store]) => held.has(name) && store.holds(id))?.[1] ?? null;
    return {
      ...w.team,
      holds: (id) => holder(id) !== null,
      unwrap: (id, ...wrap) => holder(id)!.unwrap(id, ...wrap),
    };
  }
  // The wraps stand in the order of key ids; the first that is held is used, by a receiver that kept the session too.
  const mixed = (right: Name) => {
    const wrapsOf = (byte: number) => build({ ...both, seal: { dataKey: Buffer.alloc(32, byte) } }).wraps;
    const idOf = (name: Name) => publicKeyOf(name, scalars[name]).keyId;
    const wraps = (['team', 'auditors'] as const)
      .map((name) => wrapsOf(name === right ? 0x45 : 0x46).find(({ key }) => key.equals(idOf(name)))!)
      .sort((a, b) => a.key.compare(b.key));
    return build({
      ...both,
      session: { ...both.session, wraps: withoutInfo(wraps) },
      seal: { dataKey: Buffer.alloc(32, 0x45) },
    }).record;
  };

  it.each(['team', 'auditors'] as const)(
    '[E-40] judges as one who never saw the session before when keys come and go (the right key is for %s)',
    async (right) => {
      const value = mixed(right);
      const held = new Set<Name>();
      const open = opener(w, memberOfBoth(held));
      const now = async () => {
        const [outcome] = await open([received(value)]);
        return outcome!.verified ? 'opened' : outcome!.code;
      };
      for (const holding of [
        ['team'],
        ['team', 'auditors'],
        ['auditors'],
        [],
        ['auditors', 'team'],
        ['team'],
      ]) {
        held.clear();
        for (const name of holding) held.add(name as Name);
        const fresh = await verdict(value, memberOfBoth(new Set(held)));
        expect(await now()).toBe(fresh.startsWith('ERR_') ? fresh : 'opened');
      }
    },
  );
});

describe('a member of one group, who knows the data key,', () => {
  const session = types.session.fromBuffer(outer.session) as Record<string, unknown> & {
    wraps: { key: Buffer }[];
  };
  const again = (change: Record<string, unknown>) => types.session.toBuffer({ ...session, ...change });
  const toStranger = build({ ...both, recipients: [recipient('strangers'), recipient('auditors')] }).wraps;

  test.each([
    ['cannot take the other group out of the audience', again({ audience: ['auditors'] })],
    ['cannot add a name to the audience', again({ audience: ['auditors', 'strangers', 'team'] })],
    ['cannot leave the other group’s wrap out', again({ wraps: session.wraps.slice(0, 1) })],
    ['cannot wrap the data key for a stranger', again({ wraps: withoutInfo(toStranger) })],
  ])('%s', async (_, changed) => {
    for (const name of ['team', 'auditors', 'strangers'] as const)
      expect(await verdict(withSession(changed), memberOf(name))).toBe('ERR_INTEGRITY_SIGNATURE');
  });

  const forged = (parts: Partial<Parts>) => build({ ...both, ...parts }).record;
  /** Everything right under the data key, but alice’s signature is over another message. */
  const keptSignature: Change = () => honest.signature;

  it('cannot put another payload under alice’s signature', async () => {
    const value = forged({
      plaintext: { payload: Buffer.from('{"do":"evil"}') },
      change: { signature: keptSignature },
    });
    expect(await verdict(value, memberOf('team'))).toBe('ERR_INTEGRITY_SIGNATURE');
  });

  it('cannot send in alice’s name with a key of its own', async () => {
    const value = forged({ plaintext: { payload: Buffer.from('{"do":"evil"}') }, signer: scalarOf('bob') });
    // The opener of these tests leaves the owner to the facade; a verifier looks.
    const verify = recordVerifier({ primitives: nodePrimitives, directory: w.directory, skewMs: 0 });
    expect(verify({ value, key: Buffer.from('key'), headers: [] }, nowMs)).toMatchObject({
      code: 'ERR_KEY_OWNER',
    });
    const underHerKeyId = forged({
      session: { ...both.session, senderKey: honest.terms.senderKey },
      signer: scalarOf('bob'),
    });
    expect(await verdict(underHerKeyId, memberOf('team'))).toBe('ERR_INTEGRITY_SIGNATURE');
  });

  it('cannot use alice’s wraps in a session of its own: they are bound to hers', async () => {
    const value = forged({
      session: { ...both.session, sender: 'bob', wraps: session.wraps },
      signer: scalarOf('bob'),
    });
    expect(await verdict(value, memberOf('team'))).toBe('ERR_KEY_WRAP');
  });
});

describe('a sender', () => {
  it('cannot show two groups two messages under one signature', async () => {
    // Each group is given a data key of its own; body and mac are of one of them.
    const own = build({ ...both, recipients: [recipient('team')] });
    const other = build({ ...both, seal: { dataKey: Buffer.alloc(32, 0x45) } });
    const value = build({
      ...both,
      session: { ...both.session, wraps: withoutInfo(other.wraps) },
      seal: { dataKey: Buffer.alloc(32, 0x45) },
    }).record;
    expect(own.wraps).toHaveLength(1);
    for (const name of ['team', 'auditors'] as const)
      expect(await verdict(value, memberOf(name))).toBe('ERR_INTEGRITY_MAC');
  });

  it('is refused an audience of none, of more than 32, or of two names with one key', () => {
    const many = Array.from({ length: 33 }, (_, i) => `group-${String(i).padStart(2, '0')}`);
    const keys = new Map(many.map((name, i) => [name, publicKeyOf(name, 0x40 + i)]));
    const crowd = { ...w, directory: { ...w.directory, sealingKey: (name: string) => keys.get(name)! } };
    const to = (audience: string[]) => () => sealer(crowd, { route: { ...route, audience } })([outgoing()]);
    expect(to([])).toThrow(expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' }));
    expect(to(many)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' }));
    expect(to(many.slice(1))).not.toThrow();
    const oneKey = {
      ...w,
      directory: { ...w.directory, sealingKey: () => publicKeyOf('team', scalars.team) },
    };
    expect(() => sealer(oneKey, { route: shared })([outgoing()])).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' }),
    );
  });

  it('may address 32 groups, and the last of them opens it', async () => {
    const audience = Array.from({ length: 32 }, (_, i) => `group-${String(i).padStart(2, '0')}`);
    const keys = new Map(audience.map((name, i) => [name, publicKeyOf(name, 0x40 + i)]));
    const sealingKeyById = (id: string) =>
      [...keys.values()].find(({ keyId }) => keyId.toString('latin1') === id) ?? null;
    const directory = { ...w.directory, sealingKey: (name: string) => keys.get(name)!, sealingKeyById };
    const crowd = { ...w, directory };
    const [sealed] = sealer(crowd, { route: { ...route, audience } })([outgoing()]);
    const key = nodePrimitives.sealingKey(Buffer.alloc(32, 0x40 + 31));
    const last: KeyStore = {
      ...w.team,
      holds: (id) => id === keys.get('group-31')!.keyId.toString('latin1'),
      unwrap: (_id, encapsulated, wrapped, info) => key.unwrap(encapsulated, wrapped, info)!,
    };
    const [outcome] = await opener(crowd, last)([receivedFrom(sealed!)]);
    expect(outcome).toMatchObject({ verified: true, facts: { recipients: audience } });
  });
});
