// What a misspelt word was meant to be.
import { expect, test } from '@jest/globals';
import { nearestWord } from '../src/nearest-word.js';

const words = ['topics', 'queues', 'publish', 'to', 'from', 'type', 'max_age'];

test.each([
  ['topcis', 'topics'],
  ['topic', 'topics'],
  ['Topics', 'topics'],
  ['que_ues', 'queues'],
  ['form', 'from'],
  ['tpye', 'type'],
  ['maxage', 'max_age'],
  ['max-age', 'max_age'],
  ['publsh', 'publish'],
])('%s means %s', (text, word) => {
  expect(nearestWord(text, words)).toBe(word);
});

test.each(['password', 'x', '', 'wxyz', 'a'.repeat(10_000)])('%.20s means nothing that is known', (text) => {
  expect(nearestWord(text, words)).toBeNull();
});
