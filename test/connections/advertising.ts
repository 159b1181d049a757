// Changes where the brokers are in Kafka's answers to Metadata requests; every other byte stays. Also passes AMQP through.

export interface Advertised {
  readonly host: string;
  readonly port: number;
}

const metadataKey = 3;
/** Until then Metadata has no tagged fields, and kafkajs asks for none later. */
const lastVersion = 8;

/** Of one connection. While there is nothing to change, bytes pass as they come. */
export function advertising(now: () => Advertised | null) {
  /** Versions of the Metadata requests that wait for their answer. */
  const asked = new Map<number, number>();
  const requests = new Frames();
  const answers = new Frames();
  return {
    upstream(bytes: Buffer): Buffer {
      if (now() === null) return bytes;
      for (const frame of requests.add(bytes))
        if (frame.readInt16BE(4) === metadataKey) asked.set(frame.readInt32BE(8), frame.readInt16BE(6));
      return bytes;
    },
    downstream(bytes: Buffer): Buffer {
      const advertised = now();
      if (advertised === null) return bytes;
      return Buffer.concat(
        answers.add(bytes).map((frame) => {
          const version = asked.get(frame.readInt32BE(4));
          if (version === undefined) return frame;
          asked.delete(frame.readInt32BE(4));
          return rewritten(frame, version, advertised);
        }),
      );
    },
  };
}

/** Cuts a stream into frames, each with its length in front. */
class Frames {
  #rest: Buffer = Buffer.alloc(0);

  add(bytes: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames: Buffer[] = [];
    while (this.#rest.length >= 4 && this.#rest.length >= 4 + this.#rest.readInt32BE(0)) {
      const end = 4 + this.#rest.readInt32BE(0);
      frames.push(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

/** A Metadata response: length, correlation id, throttle time (from 3 on), brokers {id, host, port, rack (from 1 on)}, more. */
function rewritten(frame: Buffer, version: number, { host, port }: Advertised): Buffer {
  if (version > lastVersion) throw new Error(`Metadata v${version} is not known here`);
  let at = 8 + (version >= 3 ? 4 : 0);
  const count = frame.readInt32BE(at);
  at += 4;
  const brokers: Buffer[] = [frame.subarray(4, at)];
  for (let i = 0; i < count; i++) {
    const id = frame.subarray(at, at + 4);
    at += 4 + 2 + frame.readInt16BE(at + 4) + 4;
    const rackAt = at;
    if (version >= 1) at += 2 + Math.max(0, frame.readInt16BE(at));
    const name = Buffer.from(host);
    const place = Buffer.alloc(2 + name.length + 4);
    place.writeInt16BE(name.length, 0);
    name.copy(place, 2);
    place.writeInt32BE(port, 2 + name.length);
    brokers.push(id, place, frame.subarray(rackAt, at));
  }
  const content = Buffer.concat([...brokers, frame.subarray(at)]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length);
  return Buffer.concat([length, content]);
}
