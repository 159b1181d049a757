// Searches files for what agents said to each other, in one pass over each file.
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { payloadOf, type AgentMessage } from './agent-messages.ts';
import { stride, WindowIndex, windowBytes } from './window-index.ts';

/** Texts below this length are looked for only as part of their message. */
const minText = 24;
const chunkBytes = 1024 * 1024;

/**
 * Finds any run of at least 31 bytes of a message’s payload, as JSON with its escapes and as the bare text of each of its
 * strings. Messages that are shorter are found by the last 32 bytes of their line. Not found: text that was compressed or encoded; give such bytes to `look` in decoded form.
 */
export class PlaintextSearch {
  readonly #index: WindowIndex;
  readonly #found: Uint8Array;

  constructor(messages: readonly AgentMessage[]) {
    const texts = messages.map(textsOf);
    this.#index = new WindowIndex(texts.flat().reduce((sum, text) => sum + text.length, 0));
    this.#found = new Uint8Array(messages.length);
    texts.forEach((ofMessage, message) => {
      for (const text of ofMessage) this.#index.add(text, message);
    });
  }

  /** Starts anew, with the same texts. */
  forget(): void {
    this.#found.fill(0);
  }

  /** How many of the messages from `start` to `end` were found by now. */
  found(start: number, end: number): number {
    return this.#found.subarray(start, end).reduce((sum, one) => sum + one, 0);
  }

  /** Searches bytes in memory. @returns where to go on when more bytes follow */
  look(bytes: Buffer): number {
    return this.#index.scan(bytes, (message) => {
      this.#found[message] = 1;
    });
  }

  /** Searches every file below a folder. @returns how many files and bytes that were @throws where one cannot be read */
  async lookInFolder(folder: string): Promise<{ files: number; bytes: number }> {
    const total = { files: 0, bytes: 0 };
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      total.bytes += await this.#lookInFile(join(entry.parentPath, entry.name));
      total.files++;
    }
    return total;
  }

  async #lookInFile(file: string): Promise<number> {
    let bytes = 0;
    let rest = Buffer.alloc(0);
    for await (const chunk of createReadStream(file, {
      highWaterMark: chunkBytes,
    }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      const joined = Buffer.concat([rest, chunk]);
      rest = joined.subarray(this.look(joined));
    }
    return bytes;
  }
}

function textsOf(message: AgentMessage): Buffer[] {
  const payload = payloadOf(message);
  const json = Buffer.from(JSON.stringify(payload));
  const whole = json.length >= windowBytes + stride ? json : Buffer.from(message.line).subarray(-32);
  return [whole, ...stringsOf(payload).flatMap((text) => (text.length < minText ? [] : [Buffer.from(text)]))];
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}
