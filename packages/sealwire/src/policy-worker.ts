// Program of the thread that reads a policy anew: parses, checks and compares it, and hands it over in pieces.
import { parentPort, workerData } from 'node:worker_threads';
import { SealwireError } from '@sealwire/core';
import {
  changeText,
  checkAgainstDirectory,
  comparablePolicy,
  comparePolicies,
  payloadsOf,
  policyFor,
  type ChannelPolicy,
  type Policy,
  type PolicyChange,
} from '@sealwire/policy';
import { compileSchema, openPayloads } from '@sealwire/schema';
import type { Difference, PolicyAnswer, PolicyAsk, PolicyHead } from './policy-ask.js';
import { readPolicyFiles } from './policy-files.js';

const port = parentPort!;
/** Message types of one answer. */
const typesAtOnce = 200;
/** An event’s field holds a little more. */
const maxTextCharacters = 900;
const maxFixed = 20;

function* answers(): Generator<PolicyAnswer, undefined, undefined> {
  const { file, agent, realm, names, digest: inForce, bytes, demands } = workerData as PolicyAsk;
  const { template, files, digest, signedBy } = readPolicyFiles(file, demands);
  if (digest.equals(inForce)) {
    yield { kind: 'unchanged' };
    return undefined;
  }
  const policy = policyFor(template, agent);
  const known = new Set(names);
  checkAgainstDirectory(policy, { realm: Buffer.from(realm), has: (name) => known.has(name) });
  openPayloads(payloadsOf(policy), (path) => compileSchema(path, files.get(path)!));
  const changes = comparePolicies(comparablePolicy(file, Buffer.from(bytes)), policy);
  yield { kind: 'policy', head: headOf(policy), digest, signedBy, difference: differenceOf(changes) };
  for (const channels of slices(policy.channels)) yield { kind: 'channels', channels };
  for (const [path, content] of files) yield { kind: 'file', path, bytes: content };
  yield { kind: 'end' };
  return undefined;
}

/** Functions do not survive the way, and channels go in slices. */
function headOf(policy: Policy): PolicyHead {
  const data = Object.entries(policy).filter(
    ([key, part]) => key !== 'channels' && typeof part !== 'function',
  );
  return Object.fromEntries(data) as unknown as PolicyHead;
}

function* slices(channels: readonly ChannelPolicy[]): Generator<ChannelPolicy[]> {
  let slice: ChannelPolicy[] = [];
  let types = 0;
  for (const channel of channels) {
    slice.push(channel);
    types += channel.messages.length;
    if (types < typesAtOnce) continue;
    yield slice;
    slice = [];
    types = 0;
  }
  if (slice.length > 0) yield slice;
}

function differenceOf(changes: readonly PolicyChange[]): Difference {
  const of = (wanted: PolicyChange['effect']): PolicyChange[] =>
    changes.filter(({ effect }) => effect === wanted);
  const [weaker, stronger, other] = [of('weaker'), of('stronger'), of('other')];
  const told = [...weaker, ...stronger, ...other].map((change) => `${change.effect}: ${changeText(change)}`);
  const text = told.join('; ');
  return {
    weaker: weaker.length,
    stronger: stronger.length,
    other: other.length,
    text: text.length > maxTextCharacters ? `${text.slice(0, maxTextCharacters)}…` : text,
    fixed: changes
      .filter(({ live }) => !live)
      .slice(0, maxFixed)
      .map((change) => `${change.place}: ${changeText(change)}`),
  };
}

const given = answers();

function next(): void {
  let answer: PolicyAnswer;
  try {
    const step = given.next();
    answer = step.done === true ? { kind: 'end' } : step.value;
  } catch (error) {
    answer =
      error instanceof SealwireError
        ? { kind: 'error', code: error.code, message: error.message, facts: error.facts }
        : { kind: 'error', code: null, message: String((error as Error).stack ?? error), facts: {} };
  }
  port.postMessage(answer);
}

port.on('message', next);
