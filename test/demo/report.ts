// What the demo found out, in the form that --json prints.
import type { Code } from '@sealwire/core';
import type { AttackResult } from '../attack/run-attack.ts';
import type { Transport } from '../attack/wire-record.ts';
import type { Delivery } from './check-delivery.ts';
import type { AuditVerdict } from './verify-audit.ts';

export interface Carried extends Delivery {
  readonly sent: number;
  /** Messages of which any text was found in the broker’s files. */
  readonly plaintextHits: number;
}

export interface AuditCounts {
  readonly sent: number;
  readonly received: number;
  readonly rejected: number;
}

export interface Report extends Readonly<Record<Transport, Carried>> {
  readonly attacks: readonly {
    readonly transport: Transport;
    readonly name: string;
    readonly refused: boolean;
    readonly code: Code | null;
    readonly note?: string;
  }[];
  readonly audit: AuditCounts & AuditVerdict;
  readonly seconds: number;
  /** Peak resident memory of this process, without the brokers. */
  readonly maxRssMB: number;
}

/** What a report is held against. */
export interface Expectations {
  readonly messages: number;
  readonly attacks: readonly AttackResult[];
  readonly audit: AuditCounts;
  readonly maxRssMB: number;
}

/** @returns a sentence for each thing that is not as it should be */
export function faultsOf(report: Report, expected: Expectations): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  for (const transport of ['kafka', 'rabbitmq'] as const) {
    const { sent, delivered, inOrder, identical, plaintextHits } = report[transport];
    must(sent === expected.messages, `${transport}: ${sent} of ${expected.messages} messages were sent.`);
    must(delivered === sent, `${transport}: ${delivered} of ${sent} messages were delivered.`);
    must(inOrder, `${transport}: a conversation was delivered out of order.`);
    must(identical, `${transport}: what was delivered is not what was sent.`);
    must(plaintextHits === 0, `${transport}: texts of ${plaintextHits} messages lie in the broker’s files.`);
  }
  for (const { transport, name, refused, code, expected: asExpected } of expected.attacks) {
    must(refused, `${transport}: the attack ${name} was not refused.`);
    must(
      asExpected,
      `${transport}: the attack ${name} met ${code ?? 'several verdicts'}, not the right one.`,
    );
  }
  for (const kind of ['sent', 'received', 'rejected'] as const) {
    const [found, wanted] = [report.audit[kind], expected.audit[kind]];
    must(found === wanted, `audit: ${found} events of messages ${kind}, not ${wanted}.`);
  }
  const { maxRssMB } = report;
  must(report.audit.verified, 'audit: audit verify found something in the trail.');
  must(report.audit.removalNamed, 'audit: audit verify did not name the event that was removed.');
  must(maxRssMB < expected.maxRssMB, `The process took ${maxRssMB} MB, not less than ${expected.maxRssMB}.`);
  return faults;
}
