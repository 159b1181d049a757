// A token in a file that something else renews, such as a projected service-account token.
import { InabilityError, type Clock } from '@sealwire/core';
import { statedEndMs, tokenFault } from './bearer-token.js';
import { readOwnerOnly, Unusable } from './guarded-secret.js';

const maxFileBytes = 65 * 1024;

/**
 * Read anew for each login, so that a renewed one is used by the next.
 * @throws InabilityError ERR_UNABLE_TOKEN with file and fault: nothing but the file has to be mended
 */
export function fileToken(file: string, section: string, clock: Clock): () => Promise<string> {
  // eslint-disable-next-line @typescript-eslint/require-await -- so that a fault is a rejection
  return async () => {
    try {
      return readToken(file, clock);
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      throw new InabilityError('ERR_UNABLE_TOKEN', `${section}: ${error.message}`, { file });
    }
  };
}

/** @throws Unusable with file and fault, without the token */
export function readToken(file: string, clock: Clock): string {
  const token = readOwnerOnly(file, maxFileBytes).trim();
  const fault = tokenFault(token);
  if (fault !== null) throw new Unusable(`${file}: ${fault}; have its issuer write a token there.`);
  const endMs = statedEndMs(token);
  if (endMs !== null && endMs <= clock.nowMs())
    throw new Unusable(
      `${file}: the token was good until ${new Date(endMs).toISOString()}; have its issuer renew it, or set this clock.`,
    );
  return token;
}
