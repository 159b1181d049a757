// Runs one command line to its exit code.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { SealwireError } from '@sealwire/core';
import { addAcl } from './acl-command.js';
import { addAudit } from './audit/audit-command.js';
import { addCompletion } from './completion-command.js';
import { addDirectory } from './directory-command.js';
import { addDoctor } from './doctor-command.js';
import { addExport } from './export-command.js';
import { addInit } from './init-command.js';
import { addInspect } from './inspect-command.js';
import { addKeys } from './keys-command.js';
import type { Outcome } from './outcome.js';
import type { Streams } from './output.js';
import { addPolicy } from './policy-command.js';
import { addQuarantine } from './quarantine-command.js';
import { addReplay } from './replay-command.js';
import { addSchema } from './schema-command.js';
import { addVerify } from './verify-command.js';

/** Done, not done, and not understood (of commands that judge: could not be judged). */
export type ExitCode = 0 | 1 | 2;

/**
 * Runs a command. With `--json` exactly one JSON object goes to `out`, also when it fails: `{ ok: false, code, message }`.
 * What works on streams writes one a line, and that one last.
 * @param words the command line behind the program's name
 */
export async function run(words: readonly string[], streams: Streams): Promise<ExitCode> {
  const json = words.includes('--json');
  const outcome: Outcome = { ok: true };
  try {
    await program(streams, json, outcome).parseAsync([...words], { from: 'user' });
    return outcome.ok ? 0 : 1;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      const message =
        error.code === 'commander.help'
          ? 'a command is missing; see --help'
          : error.message.replace(/^error: /, '');
      if (json) printFailure(streams, 'ERR_USAGE_ARGUMENT', message);
      return 2;
    }
    const [code, message] =
      error instanceof SealwireError
        ? [error.code, error.message]
        : [
            'ERR_UNEXPECTED',
            `This is a fault of sealwire; please report it.\n${String((error as Error).stack ?? error)}`,
          ];
    if (json) printFailure(streams, code, message, outcome.lines);
    else streams.err(`${code}: ${message}\n`);
    return code === 'ERR_USAGE_ARGUMENT' || outcome.judges === true ? 2 : 1;
  }
}

function program(streams: Streams, json: boolean, outcome: Outcome): Command {
  const root = new Command('sealwire')
    .description('Seals, signs and audits messages between agents: keys, directory and policy.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.out(text),
      writeErr: (text) => {
        if (!json) streams.err(text);
      },
    })
    .showHelpAfterError('Try --help.')
    .addHelpText(
      'after',
      `
Start with:
  sealwire init ./pipeline --agents orchestrator,researcher

Exit codes: 0 done, 1 not done, 2 wrong command line.`,
    );
  // Subcommands inherit exit and output only when they are made after both are set.
  addInit(root, streams);
  addPolicy(root, streams, outcome);
  addSchema(root, streams, outcome);
  addDirectory(root, streams, outcome);
  addKeys(root, streams);
  addInspect(root, streams, outcome);
  addExport(root, streams, outcome);
  addVerify(root, streams, outcome);
  addAudit(root, streams, outcome);
  addQuarantine(root, streams, outcome);
  addDoctor(root, streams, outcome);
  addReplay(root, streams);
  addAcl(root, streams, outcome);
  addCompletion(root, streams);
  return root;
}

/** A package always holds its package.json. */
function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

function printFailure(streams: Streams, code: string, message: string, asLine = false): void {
  streams.out(`${JSON.stringify({ ok: false, code, message }, null, asLine ? 0 : 2)}\n`);
}
