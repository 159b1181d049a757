// pkcs11js, loaded where a token is used and nowhere else; and what is asked of it.
import { KeyError } from '@sealwire/core';
import { ck, ckr } from './constants.js';

/** Opaque: of a slot, a session or an object. */
export type Handle = Buffer;

export interface Attribute {
  readonly type: number;
  readonly value?: Buffer | boolean | number | string;
}

interface Mechanism {
  readonly mechanism: number;
  readonly parameter: object | null;
}

/** The functions of pkcs11js that are used. Its own types are not: it need not be installed. */
export interface Cryptoki {
  load(path: string): void;
  close(): void;
  C_Initialize(options: { readonly flags: number }): void;
  C_Finalize(): void;
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): { readonly label: string };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_Login(session: Handle, userType: number, pin: string): void;
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void;
  C_FindObjects(session: Handle, most: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_GetAttributeValue(
    session: Handle,
    object: Handle,
    template: readonly Attribute[],
  ): { readonly type: number; readonly value: Buffer }[];
  C_SetAttributeValue(session: Handle, object: Handle, template: readonly Attribute[]): void;
  C_CreateObject(session: Handle, template: readonly Attribute[]): Handle;
  C_DestroyObject(session: Handle, object: Handle): void;
  C_SignInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_SignAsync(session: Handle, data: Buffer, signature: Buffer): Promise<Buffer>;
  C_DeriveKeyAsync(
    session: Handle,
    mechanism: Mechanism,
    key: Handle,
    template: readonly Attribute[],
  ): Promise<Handle>;
  C_GenerateKeyPairAsync(
    session: Handle,
    mechanism: Mechanism,
    publicKey: readonly Attribute[],
    privateKey: readonly Attribute[],
  ): Promise<{ readonly publicKey: Handle; readonly privateKey: Handle }>;
}

interface Pkcs11js {
  readonly PKCS11: new () => Cryptoki;
  readonly CK_PARAMS_EC_DH: number;
}

/** A PKCS#11 module is one for the whole process: those who use it share it. */
export class Library {
  static readonly #open = new Map<string, Promise<Library>>();
  readonly #path: string;
  readonly cryptoki: Cryptoki;
  /** pkcs11js’ own number for the parameters of ECDH. */
  readonly ecdhParameters: number;
  #users = 0;
  #busy = 0;
  #isReady = false;

  private constructor(path: string, { PKCS11, CK_PARAMS_EC_DH }: Pkcs11js) {
    this.#path = path;
    this.ecdhParameters = CK_PARAMS_EC_DH;
    this.cryptoki = new PKCS11();
    this.cryptoki.load(path);
  }

  /** @throws KeyError ERR_KEY_TOKEN where pkcs11js is not installed, or the module cannot be loaded */
  static async at(path: string): Promise<Library> {
    let opening = Library.#open.get(path);
    if (opening === undefined) {
      opening = load().then((pkcs11js) => loaded(path, () => new Library(path, pkcs11js)));
      Library.#open.set(path, opening);
      opening.catch(() => Library.#open.delete(path));
    }
    const library = await opening;
    library.#users++;
    return library;
  }

  /** Initialises the module, where nobody has. Throws pkcs11js’ errors. */
  ready(): void {
    if (this.#isReady) return;
    try {
      this.cryptoki.C_Initialize({ flags: ck.CKF_OS_LOCKING_OK });
    } catch (error) {
      if (codeOf(error) !== ckr.CRYPTOKI_ALREADY_INITIALIZED) throw error;
    }
    this.#isReady = true;
  }

  /** A module that has lost its token may not see it again before it is initialised anew. Not while a call is under way. */
  reset(): void {
    if (!this.#isReady || this.#busy > 0) return;
    this.#isReady = false;
    try {
      this.cryptoki.C_Finalize();
    } catch {
      return;
    }
  }

  /** While it runs, the module is not reset. */
  async during<Result>(call: () => Promise<Result>): Promise<Result> {
    this.#busy++;
    try {
      return await call();
    } finally {
      this.#busy--;
    }
  }

  /** The last user finalises the module; not where a call never came back. */
  release(): void {
    if (--this.#users > 0 || this.#busy > 0) return;
    this.reset();
    Library.#open.delete(this.#path);
    this.cryptoki.close();
  }
}

/** PKCS#11's return value, or `null` where it is another error. */
export function codeOf(error: unknown): number | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : null;
}

async function load(): Promise<Pkcs11js> {
  // By a name that is not a literal: it is an optional peer, and need not be there when this is compiled.
  const name: string = 'pkcs11js';
  try {
    const module = (await import(name)) as { readonly default: Pkcs11js };
    return module.default;
  } catch (error) {
    throw new KeyError(
      'ERR_KEY_TOKEN',
      'keys.pkcs11 needs the package pkcs11js, which is not there or was not built; run: npm install pkcs11js',
      {},
      error,
    );
  }
}

function loaded(path: string, open: () => Library): Library {
  try {
    return open();
  } catch {
    throw new KeyError(
      'ERR_KEY_TOKEN',
      `${path} cannot be loaded as a PKCS#11 module; check keys.pkcs11.module in sealwire.yaml.`,
    );
  }
}
