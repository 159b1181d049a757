// The formats that strings can have: those of ajv-formats that mean something between machines.
import { fullFormats } from 'ajv-formats/dist/formats.js';

/** Their expressions do go back, so that what they look at is short: nothing longer is one. */
const maxLengths = {
  date: 32,
  time: 64,
  'date-time': 64,
  duration: 64,
  email: 320,
  hostname: 255,
  ipv4: 15,
  ipv6: 45,
  uuid: 45,
  uri: 2048,
  'uri-reference': 2048,
  'uri-template': 2048,
  'json-pointer': 2048,
  'relative-json-pointer': 2048,
} as const;

export const formats: ReadonlyMap<string, (text: string) => boolean> = new Map(
  Object.entries(maxLengths).map(([name, maxLength]) => {
    const test = testOf(fullFormats[name as keyof typeof maxLengths]);
    return [name, (text: string) => text.length <= maxLength && test(text)];
  }),
);

function testOf(format: unknown): (text: string) => boolean {
  if (format instanceof RegExp) return (text) => format.test(text);
  const validate =
    typeof format === 'function' ? format : (format as { readonly validate: unknown }).validate;
  if (typeof validate !== 'function') throw new Error('ajv-formats has another form of formats now.');
  return (text) => (validate as (text: string) => unknown)(text) === true;
}
