// SPEC.md: every numbered MUST of re-driving has a test under its number.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

it('SPEC.md has a test for every numbered MUST, and no test for one that it does not have', () => {
  const cwd = fileURLToPath(new URL('../../../', import.meta.url));
  const files = globSync('{packages/{sealwire,policy,amqp,kafka}/test,test/{kafka,rabbitmq}}/*.test.ts', {
    cwd,
  });
  const titles = files.map((file) => readFileSync(`${cwd}${file}`, 'utf8')).join('\n');
  const spec = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8');
  const numbers = (text: string, pattern: RegExp): number[] =>
    [...new Set([...text.matchAll(pattern)].map(([, number]) => Number(number)))].sort((a, b) => a - b);
  const inSpec = numbers(spec, /\*\*Q-(\d+)\*\*/g);
  expect(inSpec).toEqual(Array.from({ length: 13 }, (_, i) => i + 1));
  expect(numbers(titles, /\[Q-(\d+)\]/g)).toEqual(inSpec);
});
