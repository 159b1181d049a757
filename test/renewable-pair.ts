// A client certificate on disk that a test renews, breaks and mends while a policy names it.
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { initFolder } from '@sealwire/cli';
import { fixture } from './fixture.ts';

export interface RenewablePair {
  /** The policy with this pair in place of the agent’s own. */
  readonly policy: string;
  /** Lays the files of another agent there: `both`, or the certificate alone, as in the middle of a renewal. */
  renew(agent: string, what?: 'both' | 'certificate'): void;
  /** Lays a pair there that the brokers do not know. */
  renewWithForeign(): Promise<void>;
}

export function renewablePair(policy: string): RenewablePair {
  const folder = mkdtempSync(join(tmpdir(), 'sealwire-pair-'));
  const [cert, key] = [join(folder, 'client.crt'), join(folder, 'client.key')];
  const lay = (from: string, agent: string, what: 'both' | 'certificate'): void => {
    copyFileSync(join(from, `${agent}.crt`), cert);
    if (what === 'both') copyFileSync(join(from, `${agent}.key`), key);
  };
  const own = join(fixture().folder, 'tls');
  lay(own, 'orchestrator', 'both');
  const file = join(folder, 'sealwire.yaml');
  const text = readFileSync(policy, 'utf8');
  writeFileSync(
    file,
    text.replaceAll(/cert_file: '[^']*', key_file: '[^']*'/g, `cert_file: '${cert}', key_file: '${key}'`),
  );
  return {
    policy: file,
    renew: (agent, what = 'both') => lay(own, agent, what),
    async renewWithForeign() {
      const other = await initFolder({ folder: join(folder, `foreign-${Date.now()}`), agents: ['stranger'] });
      lay(dirname(other.tls.caFile), 'stranger', 'both');
    },
  };
}
