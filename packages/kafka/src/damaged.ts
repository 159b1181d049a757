// What unpacking tells of bytes that are none of its format.

export class Damaged extends Error {
  /** @param format as Kafka names it */
  constructor(format: string) {
    super(`A record batch is packed by ${format}, and damaged.`);
  }
}
