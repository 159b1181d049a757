// The bounded scanner: walks Avro bytes along their schema before a decoder sees them.
import { readAvroSchema } from './read-avro-schema.js';
import { ScanCursor } from './scan-cursor.js';
import { scanFailure } from './scan-failure.js';
import type { ScanLimits } from './scan-limits.js';
import { scanLimits } from './scan-limits.js';
import { StepCompiler } from './step-compiler.js';

/**
 * Compiles a schema, as parsed from JSON, to a check of the bytes of one datum. The check makes nothing of them and
 * keeps no state. What it passes is one whole value of the schema, within the limits, with no number padded or out of
 * range, no text that is not UTF-8, no map key twice or reaching a prototype, and nothing behind it; unless `wideLongs`
 * is set, avsc decodes it. It takes time in proportion to the bytes, and beside them at most the bytes of map keys and
 * 70 bytes for each. Says nothing about what values mean: that takes constraints.
 * @returns a check that throws ValidationError ERR_VALIDATION_PAYLOAD; its facts are `kind` (ScanKind), `place` in the
 * schema, `at` (offset in the bytes) and `limit`; nothing of the payload
 * @throws UsageError ERR_USAGE_ARGUMENT where the schema is no Avro schema or a limit is not one
 */
export function scanner(schema: unknown, limits: Partial<ScanLimits> = {}): (bytes: Uint8Array) => void {
  const bounds = scanLimits(limits);
  const step = new StepCompiler(bounds).compile(readAvroSchema(schema));
  return (bytes) => {
    if (bytes.length > bounds.bytes) throw scanFailure('limit', '', 0, 'bytes');
    const cursor = new ScanCursor(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), bounds);
    step(cursor);
    if (cursor.at !== cursor.end) cursor.fail('trailing', '');
  };
}
