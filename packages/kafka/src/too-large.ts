// What unpacking tells of bytes that would be more than they may.

/** As zlib names it, so that all codecs have one name for it. */
const code = 'ERR_BUFFER_TOO_LARGE';

export class TooLarge extends Error {
  readonly code = code;

  constructor() {
    super('It unpacks to more bytes than it may.');
  }

  /** Of any codec, zlib’s too. */
  static is(error: unknown): boolean {
    return (error as { code?: unknown } | null)?.code === code;
  }
}
