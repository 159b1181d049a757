// Verifies the audit trail with the command line, and shows that it names an event that is taken out.
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { auditEvent } from '../audit-event.ts';
import { command, jsonLines } from '../command.ts';
import { say } from './progress.ts';

export interface AuditVerdict {
  /** `sealwire audit verify` found nothing, and everything is covered by a signed checkpoint or an end. */
  readonly verified: boolean;
  /** With one event less it named that one. */
  readonly removalNamed: boolean;
}

interface Line {
  readonly finding?: string;
  readonly chain?: string;
  readonly first?: number;
  readonly last?: number;
}

/** Events as they were read, in a file: there are more than a small process would hold. */
export class AuditFile {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sealwire-audit-'));
  readonly #path = join(this.#folder, 'audit.jsonl');
  readonly #out = createWriteStream(this.#path);
  #events = 0;

  add(line: Buffer): void {
    this.#out.write(line);
    this.#out.write('\n');
    this.#events++;
  }

  /** @param policy whose directory vouches for the writers’ keys */
  async verify(policy: string): Promise<AuditVerdict> {
    this.#out.end();
    await once(this.#out, 'close');
    const whole = await verified(this.#path, policy);
    for (const { finding, chain, first, last } of whole.findings)
      say(`  found: ${finding} ${chain} ${first}–${last}`);
    const removed = await this.#without(Math.floor(this.#events / 2));
    const { exitCode, findings } = await verified(removed.path, policy);
    const removalNamed =
      exitCode === 1 &&
      findings.length === 1 &&
      findings.every(
        ({ finding, chain, first, last }) =>
          finding === 'missing' &&
          chain === removed.chain &&
          first === removed.sequence &&
          last === removed.sequence,
      );
    rmSync(this.#folder, { recursive: true });
    return { verified: whole.exitCode === 0, removalNamed };
  }

  /** Takes out the first event of a message from there on. */
  async #without(from: number): Promise<{ path: string; chain: string; sequence: number }> {
    const path = join(this.#folder, 'without.jsonl');
    const out = createWriteStream(path);
    let at = 0;
    let removed: { chain: string; sequence: number } | null = null;
    for await (const line of createInterface({ input: createReadStream(this.#path) })) {
      const event = auditEvent<{ kind: string; chain: string; sequence: number }>(line);
      if (removed === null && at++ >= from && event.kind.startsWith('message.')) removed = event;
      else out.write(`${line}\n`);
    }
    out.end();
    await once(out, 'close');
    return { path, chain: removed!.chain, sequence: removed!.sequence };
  }
}

async function verified(path: string, policy: string): Promise<{ exitCode: number; findings: Line[] }> {
  const { exitCode, out } = await command('audit', 'verify', path, '--policy', policy, '--json');
  return { exitCode, findings: jsonLines<Line>(out).filter(({ finding }) => finding !== undefined) };
}
