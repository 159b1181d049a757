// Signatures of P-256 between r‖s, which Sealwire writes, and DER, which OpenSSL does: where Node converts, a call costs 28 µs more.

const scalarBytes = 32;
const signatureBytes = 2 * scalarBytes;
const sequence = 0x30;
const integer = 0x02;

/** @param signature r‖s, 64 bytes of any value @returns the one DER form of the two numbers: OpenSSL judges their range. */
export function derOf(signature: Buffer): Buffer {
  const r = firstByte(signature, 0);
  const s = firstByte(signature, scalarBytes);
  // SEQUENCE and two INTEGERs of at most 33 bytes: every length fits into one byte.
  const der = Buffer.allocUnsafe(
    6 + integerBytes(signature, r, scalarBytes) + integerBytes(signature, s, signatureBytes),
  );
  der[0] = sequence;
  der[1] = der.length - 2;
  writeInteger(der, writeInteger(der, 2, signature, r, scalarBytes), signature, s, signatureBytes);
  return der;
}

/** Where the number that ends with this half begins: without leading zeros, and zero itself is one byte. */
function firstByte(signature: Buffer, start: number): number {
  let at = start;
  while (at < start + scalarBytes - 1 && signature[at] === 0) at++;
  return at;
}

/** DER numbers have a sign: a first byte from 0x80 up needs a zero before it. */
function integerBytes(signature: Buffer, start: number, end: number): number {
  return end - start + (signature[start]! >>> 7);
}

function writeInteger(der: Buffer, at: number, signature: Buffer, start: number, end: number): number {
  const bytes = integerBytes(signature, start, end);
  der[at] = integer;
  der[at + 1] = bytes;
  der[at + 2] = 0;
  der.set(signature.subarray(start, end), at + 2 + bytes - (end - start));
  return at + 2 + bytes;
}

/** @param der a signature as OpenSSL made it @returns r‖s, 64 bytes @throws Error where it is no such thing */
export function fromDer(der: Buffer): Buffer {
  if (der[0] !== sequence || der[1] !== der.length - 2) throw malformed();
  const signature = Buffer.alloc(signatureBytes);
  const end = readInteger(der, readInteger(der, 2, signature, scalarBytes), signature, signatureBytes);
  if (end !== der.length) throw malformed();
  return signature;
}

/** Puts a number before `end`. @returns the position behind it in the DER form. */
function readInteger(der: Buffer, at: number, signature: Buffer, end: number): number {
  const after = at + 2 + der[at + 1]!;
  if (der[at] !== integer || !(after > at + 2 && after <= der.length)) throw malformed();
  const first = der[at + 2] === 0 ? at + 3 : at + 2;
  if (after - first > scalarBytes) throw malformed();
  signature.set(der.subarray(first, after), end - (after - first));
  return after;
}

function malformed(): Error {
  return new Error('the engine made a signature that is not one of P-256');
}
