// Whether a message lies where it was sealed for: its partition and its clear headers (E-16, E-17).
import { timingSafeEqual } from 'node:crypto';
import type { InboundDraft } from '@sealwire/core';
import { PolicyError } from '@sealwire/core';
import { clearHeadersDigest } from './clear-headers.js';
import { boundHeaders } from './received-record.js';

/** @throws PolicyError ERR_POLICY_PARTITION, ERR_POLICY_HEADERS */
export function checkBinding(draft: InboundDraft): void {
  const { source, headers } = draft.received;
  const { partition, clearNames, clearDigest } = draft.header!;
  if (partition !== (source.transport === 'kafka' ? source.partition : -1)) {
    throw new PolicyError(
      'ERR_POLICY_PARTITION',
      'The message was sealed for another partition, or for another transport: it was copied or misrouted.',
      {
        sealedFor: partition,
      },
    );
  }
  if (clearNames === null) return;
  const bound = boundHeaders(headers, clearNames);
  if (bound.length !== clearNames.length || !timingSafeEqual(clearHeadersDigest(bound), clearDigest!)) {
    throw new PolicyError(
      'ERR_POLICY_HEADERS',
      'A header that travels in clear was changed, removed or added to on the way.',
    );
  }
}
