// Key pairs as objects of a token: how they are labelled, found, made and destroyed.
import { ck } from './constants.js';
import type { Attribute, Cryptoki, Handle } from './library.js';

/** Of prime256v1. */
const curve = Buffer.from('06082a8648ce3d030107', 'hex');
const pointBytes = 65;

/** Both objects of a pair have the same label and id. */
export interface PairName {
  readonly label: string;
  readonly id: Buffer;
}

export type Use = 'sign' | 'agree';

function privateTemplate({ label, id }: PairName, use: Use): Attribute[] {
  return [
    { type: ck.CKA_CLASS, value: ck.CKO_PRIVATE_KEY },
    { type: ck.CKA_KEY_TYPE, value: ck.CKK_EC },
    { type: ck.CKA_TOKEN, value: true },
    { type: ck.CKA_PRIVATE, value: true },
    { type: ck.CKA_SENSITIVE, value: true },
    { type: ck.CKA_EXTRACTABLE, value: false },
    { type: use === 'sign' ? ck.CKA_SIGN : ck.CKA_DERIVE, value: true },
    { type: ck.CKA_LABEL, value: label },
    { type: ck.CKA_ID, value: id },
  ];
}

function publicTemplate({ label, id }: PairName, use: Use): Attribute[] {
  return [
    { type: ck.CKA_CLASS, value: ck.CKO_PUBLIC_KEY },
    { type: ck.CKA_KEY_TYPE, value: ck.CKK_EC },
    { type: ck.CKA_TOKEN, value: true },
    { type: ck.CKA_PRIVATE, value: false },
    { type: ck.CKA_EC_PARAMS, value: curve },
    { type: ck.CKA_LABEL, value: label },
    { type: ck.CKA_ID, value: id },
    ...(use === 'sign' ? [{ type: ck.CKA_VERIFY, value: true }] : []),
  ];
}

/** Generates a pair inside the token. The private key never leaves it. @returns the public point */
export async function generatePair(
  cryptoki: Cryptoki,
  session: Handle,
  name: PairName,
  use: Use,
): Promise<Buffer> {
  const { publicKey } = await cryptoki.C_GenerateKeyPairAsync(
    session,
    { mechanism: ck.CKM_EC_KEY_PAIR_GEN, parameter: null },
    publicTemplate(name, use),
    privateTemplate(name, use),
  );
  return pointOf(cryptoki, session, publicKey)!;
}

/** Puts a pair that was made elsewhere into the token; from there it cannot be taken out again. */
export function importPair(
  cryptoki: Cryptoki,
  session: Handle,
  name: PairName,
  { scalar, publicKey }: { readonly scalar: Buffer; readonly publicKey: Buffer },
): void {
  const point = Buffer.concat([Buffer.of(0x04, pointBytes), publicKey]);
  cryptoki.C_CreateObject(session, [
    ...publicTemplate(name, 'agree'),
    { type: ck.CKA_EC_POINT, value: point },
  ]);
  cryptoki.C_CreateObject(session, [
    ...privateTemplate(name, 'agree'),
    { type: ck.CKA_EC_PARAMS, value: curve },
    { type: ck.CKA_VALUE, value: scalar },
  ]);
}

/** Renames both objects of a pair, the private one last: a private object of a name has its public one. */
export function renamePair(cryptoki: Cryptoki, session: Handle, from: PairName, to: PairName): void {
  for (const type of [ck.CKO_PUBLIC_KEY, ck.CKO_PRIVATE_KEY])
    for (const object of find(cryptoki, session, type, from))
      cryptoki.C_SetAttributeValue(session, object, [
        { type: ck.CKA_LABEL, value: to.label },
        { type: ck.CKA_ID, value: to.id },
      ]);
}

export function destroyPair(cryptoki: Cryptoki, session: Handle, name: PairName): void {
  for (const type of [ck.CKO_PRIVATE_KEY, ck.CKO_PUBLIC_KEY])
    for (const object of find(cryptoki, session, type, name)) cryptoki.C_DestroyObject(session, object);
}

/** The objects of a class and label, and of an id where one is given. */
export function find(
  cryptoki: Cryptoki,
  session: Handle,
  type: number,
  { label, id }: { readonly label: string; readonly id?: Buffer },
): Handle[] {
  const found: Handle[] = [];
  cryptoki.C_FindObjectsInit(session, [
    { type: ck.CKA_CLASS, value: type },
    { type: ck.CKA_LABEL, value: label },
    ...(id === undefined ? [] : [{ type: ck.CKA_ID, value: id }]),
  ]);
  try {
    for (;;) {
      const some = cryptoki.C_FindObjects(session, 64);
      if (some.length === 0) return found;
      found.push(...some);
    }
  } finally {
    cryptoki.C_FindObjectsFinal(session);
  }
}

/** Uncompressed point, 65 bytes, or `null`. Most tokens give it in a DER octet string, some bare. */
export function pointOf(cryptoki: Cryptoki, session: Handle, publicKey: Handle): Buffer | null {
  const [{ value } = { value: Buffer.alloc(0) }] = cryptoki.C_GetAttributeValue(session, publicKey, [
    { type: ck.CKA_EC_POINT },
  ]);
  const point =
    value.length === pointBytes + 2 && value[0] === 0x04 && value[1] === pointBytes
      ? value.subarray(2)
      : value;
  return point.length === pointBytes && point[0] === 0x04 ? Buffer.from(point) : null;
}

export function idOf(cryptoki: Cryptoki, session: Handle, object: Handle): Buffer {
  return Buffer.from(
    cryptoki.C_GetAttributeValue(session, object, [{ type: ck.CKA_ID }])[0]?.value ?? Buffer.alloc(0),
  );
}

/** Whether the token says that it gives this key to nobody. */
export function isSealedIn(cryptoki: Cryptoki, session: Handle, privateKey: Handle): boolean {
  const [sensitive, extractable] = cryptoki.C_GetAttributeValue(session, privateKey, [
    { type: ck.CKA_SENSITIVE },
    { type: ck.CKA_EXTRACTABLE },
  ]);
  return sensitive?.value[0] === 1 && extractable?.value[0] === 0;
}
