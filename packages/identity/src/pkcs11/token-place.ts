// The keys of one agent in a token.
import { KeyError, UsageError, type SealwireError } from '@sealwire/core';
import { keyId, type Primitives } from '@sealwire/crypto';
import { notForThis, type HeldPurpose } from '../held-key.js';
import type { KeyPlace, PlaceContent, PlacedKey } from '../key-place.js';
import type { NewGroupKey, NewKey } from '../managed-key-store.js';
import { newKeyInMemory, privateKeyOfScalar } from '../new-key.js';
import type { PrivateKey } from '../private-key-info.js';
import { ck } from './constants.js';
import type { Cryptoki, Handle } from './library.js';
import { tokenKey } from './token-key.js';
import type { TokenLink } from './token-link.js';
import * as objects from './token-objects.js';

const purposes: readonly HeldPurpose[] = ['message-signing', 'sealing'];
/** What a pair is called from its generation until it is stored. */
const unfinished = 'sealwire/unfinished';

/** Labels are `sealwire/<purpose>/<agent>`, ids are key ids: agents can share a token. */
export class TokenPlace implements KeyPlace {
  readonly synchronous = false;
  readonly errorCode = 'ERR_KEY_TOKEN';
  readonly #agent: string;
  readonly #link: TokenLink;
  readonly #primitives: Primitives;

  constructor(agent: string, link: TokenLink, primitives: Primitives) {
    this.#agent = agent;
    this.#link = link;
    this.#primitives = primitives;
  }

  read(known: ReadonlySet<string>): Promise<PlaceContent> {
    return this.#link.run((cryptoki, session) => {
      const names = new Set<string>();
      const opened: PlacedKey[] = [];
      const problems: SealwireError[] = [];
      for (const purpose of purposes) {
        const label = this.#label(purpose);
        for (const handle of objects.find(cryptoki, session, ck.CKO_PRIVATE_KEY, { label })) {
          const id = objects.idOf(cryptoki, session, handle);
          const name = this.#name(purpose, id);
          names.add(name);
          if (known.has(name)) continue;
          const found = this.#pair(cryptoki, session, purpose, id, handle);
          if (typeof found === 'string') problems.push(new KeyError('ERR_KEY_TOKEN', `${name} ${found}`));
          else opened.push(this.#placed(purpose, found));
        }
      }
      return Promise.resolve({ names, opened, problems });
    });
  }

  async generate(purpose: HeldPurpose, placed: (key: PlacedKey) => void): Promise<NewKey> {
    const use = purpose === 'sealing' ? 'agree' : 'sign';
    const temporary = { label: unfinished, id: this.#primitives.randomBytes(16) };
    const publicKey = await this.#link.run((cryptoki, session) =>
      objects.generatePair(cryptoki, session, temporary, use),
    );
    const id = keyId(purpose, 1, publicKey);
    const pair = { label: this.#label(purpose), id };
    let state: 'new' | 'stored' | 'discarded' = 'new';
    const sign = (message: Buffer): Promise<Buffer> | Buffer => {
      const inToken = state === 'stored' ? pair : temporary;
      if (purpose === 'sealing') return notForThis();
      return tokenKey({ purpose, keyId: id, publicKey, pair: inToken }, this.#link, this.#primitives).sign(
        message,
      );
    };
    return {
      keyId: id,
      publicKey,
      purpose,
      sign,
      store: async () => {
        if (state === 'stored') return;
        if (state === 'discarded')
          throw new UsageError('ERR_USAGE_ARGUMENT', 'This key was discarded: make another one.');
        await this.#link.run(async (cryptoki, session) => {
          objects.renamePair(cryptoki, session, temporary, pair);
          return Promise.resolve();
        });
        state = 'stored';
        placed(this.#placed(purpose, publicKey));
      },
      discard: async () => {
        if (state !== 'new') return;
        state = 'discarded';
        await this.#destroy(temporary);
      },
    };
  }

  /** Made here, because its members need the scalar; then sealed into the token. */
  generateForGroup(_group: string, placed: (key: PlacedKey) => void): Promise<NewGroupKey> {
    const put = async (key: PrivateKey): Promise<void> => {
      placed(await this.#import(key));
    };
    return Promise.resolve(newKeyInMemory('sealing', this.#primitives, put));
  }

  async add(_group: string, scalar: Buffer): Promise<PlacedKey> {
    const key = privateKeyOfScalar(scalar, this.#primitives);
    scalar.fill(0);
    try {
      return await this.#import(key);
    } finally {
      key.scalar.fill(0);
    }
  }

  async destroy(name: string): Promise<void> {
    const [purpose, hex] = name.split(' ').slice(-2) as [HeldPurpose, string];
    await this.#destroy({ label: this.#label(purpose), id: Buffer.from(hex, 'hex') });
  }

  /** A token keeps nothing beside its keys: a key that the directory forgot is destroyed by hand. */
  rememberedTimes(): ReadonlyMap<string, number> {
    return new Map();
  }

  remember(): void {
    return;
  }

  close(): Promise<void> {
    this.#link.close();
    return Promise.resolve();
  }

  #label(purpose: HeldPurpose): string {
    return `sealwire/${purpose}/${this.#agent}`;
  }

  #name(purpose: HeldPurpose, id: Buffer): string {
    return `${this.#link.name}, ${purpose} ${id.toString('hex')}`;
  }

  #placed(purpose: HeldPurpose, publicKey: Buffer): PlacedKey {
    const id = keyId(purpose, 1, publicKey);
    const facts = { purpose, keyId: id, publicKey, pair: { label: this.#label(purpose), id } };
    return { name: this.#name(purpose, id), key: tokenKey(facts, this.#link, this.#primitives) };
  }

  /** @returns the public key, or what is wrong with the pair */
  #pair(
    cryptoki: Cryptoki,
    session: Handle,
    purpose: HeldPurpose,
    id: Buffer,
    handle: Handle,
  ): Buffer | string {
    const label = this.#label(purpose);
    const [publicObject] = objects.find(cryptoki, session, ck.CKO_PUBLIC_KEY, { label, id });
    const point = publicObject === undefined ? null : objects.pointOf(cryptoki, session, publicObject);
    if (point === null || !keyId(purpose, 1, point).equals(id))
      return 'has no public key of its own id beside it; make keys with Sealwire, and remove this one.';
    if (!objects.isSealedIn(cryptoki, session, handle))
      return 'can be taken out of the token; make a new key that cannot, and remove this one.';
    return point;
  }

  async #import(key: PrivateKey): Promise<PlacedKey> {
    const { publicKey } = key;
    const pair = { label: this.#label('sealing'), id: keyId('sealing', 1, publicKey) };
    await this.#link.run(async (cryptoki, session) => {
      if (objects.find(cryptoki, session, ck.CKO_PRIVATE_KEY, pair).length === 0) {
        objects.destroyPair(cryptoki, session, pair);
        objects.importPair(cryptoki, session, pair, key);
      }
      return Promise.resolve();
    });
    return this.#placed('sealing', publicKey);
  }

  async #destroy(pair: objects.PairName): Promise<void> {
    await this.#link.run(async (cryptoki, session) => {
      objects.destroyPair(cryptoki, session, pair);
      return Promise.resolve();
    });
  }
}
