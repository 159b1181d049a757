// Writes the files of this folder again, byte for byte the same unless the format changed: node vectors/generate.ts
import { writeFileSync } from 'node:fs';
import {
  headerSchema,
  plaintextSchema,
  proofSchema,
  sealedMessageSchema,
  sessionRecordSchema,
  sessionSchema,
} from '@sealwire/envelope';
import { makeExample } from './example.ts';
import { makeVectors, textOf } from './vectors.ts';

const write = (file: string, text: string) => writeFileSync(new URL(file, import.meta.url), text);
const pretty = (value: object) => `${JSON.stringify(value, null, 2)}\n`;

write('envelope.json', textOf(makeVectors()));
write('example.json', pretty(makeExample()));
write(
  'schemas.json',
  pretty({
    SealedMessage: sealedMessageSchema,
    Session: sessionSchema,
    Header: headerSchema,
    Plaintext: plaintextSchema,
    Proof: proofSchema,
    SessionRecord: sessionRecordSchema,
  }),
);
