// Puts a session that lies beside a kept record into it, so that nothing need be looked up (envelope/SPEC.md E-38).
import type { Received } from '@sealwire/core';
import { selfContained, tombstoneHeader } from '@sealwire/envelope';

type Bytes = Pick<Received, 'value' | 'headers'>;

/** @throws FormatError where the record is no envelope, or refers to another session */
export function withSession({ value, headers }: Bytes, session: Buffer | null): Bytes {
  if (session === null) return { value, headers };
  if (value !== null) return { value: selfContained(value, session), headers };
  return {
    value,
    headers: headers.map((header) =>
      header.name === tombstoneHeader && header.values.length === 1
        ? { ...header, values: [selfContained(header.values[0]!, session)] }
        : header,
    ),
  };
}
