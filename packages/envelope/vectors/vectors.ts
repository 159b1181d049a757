// All vectors, made from fixed keys: what generate.ts writes, and what a test compares with the files.
import { compressionFaults, compressionOpens } from './cases/compression.ts';
import { orderCases } from './cases/order.ts';
import { opens } from './cases/opens.ts';
import { outerFaults } from './cases/outer.ts';
import { sessionFaults } from './cases/session.ts';
import { headerFaults } from './cases/header.ts';
import { proofFaults } from './cases/proof.ts';
import { recipientKeyFaults, recipientKeyOpens } from './cases/recipient-key.ts';
import { sealedFaults } from './cases/sealed.ts';
import { policyFaults, tombstoneFaults } from './cases/policy.ts';
import { referenceCases, sessionRecords } from './cases/reference.ts';
import { makeCase } from './make-case.ts';
import type { VectorFile } from './vector-file.ts';
import { directories, keys, policies } from './vector-world.ts';

export function makeVectors(): VectorFile {
  const cases = [
    ...opens,
    ...recipientKeyOpens,
    ...compressionOpens,
    ...outerFaults,
    ...sessionFaults,
    ...headerFaults,
    ...proofFaults,
    ...recipientKeyFaults,
    ...sealedFaults,
    ...compressionFaults,
    ...policyFaults,
    ...tombstoneFaults,
    ...referenceCases,
  ].map(makeCase);
  return {
    $schema: 'envelope.schema.json',
    comment:
      'Sealed messages of version 1, from fixed keys, with the one right answer to each. README.md beside this file says how to use it.',
    keys,
    directories,
    policies,
    sessionTopics: { sessions: sessionRecords },
    cases,
    order: orderCases.map(makeCase),
  };
}

/** One line a case, so that a change shows as what it is. */
export function textOf({ cases, order, ...rest }: VectorFile): string {
  const lines = (list: readonly object[]) => list.map((one) => `    ${JSON.stringify(one)}`).join(',\n');
  const head = JSON.stringify(rest, null, 2).slice(0, -2);
  return `${head},\n  "cases": [\n${lines(cases)}\n  ],\n  "order": [\n${lines(order)}\n  ]\n}\n`;
}
