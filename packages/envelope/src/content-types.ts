// The enumeration of content types in a session (SPEC.md §5). Append-only.

const names = [
  '',
  'application/octet-stream',
  'application/json',
  'avro/binary',
  'text/plain',
  'application/cloudevents+json',
  'application/x-protobuf',
] as const;

/** The number of a content type; 0 where it travels by its name. */
export function contentTypeNumber(name: string): number {
  return Math.max(0, (names as readonly string[]).indexOf(name));
}

export const largestContentType = names.length - 1;

/** The name of a content type other than 0. */
export function contentTypeName(number: number): string {
  return names[number]!;
}
