// The credentials of a connection, read from where the policy says they are.
import type { Clock, SaslSettings } from '@sealwire/core';
import { fileToken, readToken } from './file-token.js';
import { readSecret, Unusable } from './guarded-secret.js';
import type { SaslPolicy } from './policy.js';

export interface SaslPlace {
  readonly section: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Of the program; `null` where it has none. */
  readonly token: (() => Promise<string>) | null;
}

/** A password is read now, a token when it is asked for; that there is one in the file is seen now. @throws Unusable */
export function saslSettings(
  sasl: SaslPolicy | null,
  { section, env, clock, token }: SaslPlace,
): SaslSettings | null {
  if (sasl === null) return null;
  const { mechanism, username, password, tokenFile } = sasl;
  if (mechanism !== 'OAUTHBEARER')
    return { mechanism, username, password: password === null ? '' : readSecret(password, env) };
  if (tokenFile !== null && token !== null)
    throw new Unusable('its token_file and the program’s `token` are two; remove one of them.');
  if (tokenFile !== null) {
    readToken(tokenFile, clock);
    return { mechanism, token: fileToken(tokenFile, section, clock) };
  }
  if (token === null)
    throw new Unusable(
      'OAUTHBEARER needs tokens: name token_file beside it, or give `token` to openSealwire (a tool has none).',
    );
  return { mechanism, token };
}
