// `sealwire audit check-proof`: what a proof of one message shows, by the directory alone.
import { existsSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { decodeProof, proofLimits, type AuditProof } from '@sealwire/audit';
import { FormatError } from '@sealwire/core';
import { readNamedFile } from '../named-file.js';
import { printResult, type Outcome } from '../outcome.js';
import type { OutputOptions, Streams } from '../output.js';
import { skewMsOf } from '../verify-options.js';
import { openTrust, type TrustOptions } from './audit-trust.js';
import { judgeProof } from './judge-proof.js';
import { proofLines, proofReport } from './proof-report.js';

interface Options extends OutputOptions, TrustOptions {
  readonly skew?: string;
}

export function addCheckProof(audit: Command, streams: Streams, outcome: Outcome): void {
  audit
    .command('check-proof')
    .summary('check a proof of one message, with the directory alone')
    .description(
      'Checks a proof that "sealwire audit prove" made: who sent the message, when, where, and that the audit trail has it. Needs the directory and its root key, and neither broker nor private key. It does not show what the message says.',
    )
    .argument('<file>', 'the proof')
    .requiredOption('--directory <file>', 'the directory, usually directory.jsonl')
    .option('--root-key <key>', 'a root key that is trusted, 65 bytes in base64url; again for more', collect)
    .option('--threshold <number>', 'how many of them must have signed (default: 1)')
    .option(
      '--policy <file>',
      'the policy that pins the root keys (default: sealwire.yaml beside the directory)',
    )
    .option('--skew <seconds>', 'how far clocks may differ (default: 30)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  sealwire audit check-proof proof.json --directory directory.jsonl
  sealwire audit check-proof proof.json --directory directory.jsonl --root-key BAIX… --json

Exit codes: 0 proven, 1 not proven, 2 could not be checked, or wrong command line.`,
    )
    .action((file: string, options: Options) => {
      outcome.judges = true;
      const terms = { directory: openTrust(options), skewMs: skewMsOf(options) };
      const proof = readProof(file);
      if (proof instanceof FormatError) {
        const refused = { proven: false, code: proof.code, reason: proof.message };
        printResult(streams, options, outcome, false, refused, [
          `NOT PROVEN, ${proof.code}: ${proof.message}`,
        ]);
        return;
      }
      const report = proofReport(proof, judgeProof(proof, terms));
      printResult(streams, options, outcome, report.proven, report, proofLines(report));
    });
}

const collect = (word: string, words: readonly string[] = []): string[] => [...words, word];

/** A file that is no proof proves nothing: that is an answer. */
function readProof(file: string): AuditProof | FormatError {
  const isTooLarge = existsSync(file) && statSync(file).size > proofLimits.fileBytes;
  const bytes = isTooLarge ? Buffer.alloc(0) : readNamedFile(file, 'name a proof');
  try {
    return decodeProof(bytes);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}
