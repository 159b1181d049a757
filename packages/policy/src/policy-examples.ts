// The user's own examples of what a policy must allow and deny, and whether it does.
import { codes, type Code } from '@sealwire/core';
import type { z } from 'zod';
import {
  explainRoute,
  type AskedDirectory,
  type RouteExplanation,
  type RouteQuestion,
} from './explain-route.js';
import * as field from './fields.js';
import { list, map, value } from './fields.js';
import type { PolicyTemplate } from './policy.js';
import { parseSource } from './policy-source.js';
import { problemsOf, readOrThrow } from './read-policy.js';
import { throwProblems } from './problems.js';
import { together } from './together.js';

/** One example of a file. */
export interface PolicyExample {
  readonly expected: 'allow' | 'deny';
  readonly question: RouteQuestion;
  /** With which code it must be denied; `null`: with any. */
  readonly code: Code | null;
  /** What the file says about it, for people. */
  readonly why: string | null;
  /** `file:line:column` */
  readonly place: string;
}

export interface ExampleResult extends PolicyExample {
  readonly passed: boolean;
  readonly explanation: RouteExplanation;
}

const name = value('an agent’s name', (text) => (/^[\x21-\x7e]{1,255}$/.test(text) ? text : null));
const question = map({
  sender: name,
  type: field.messageType,
  channel: value('a channel’s name', (text) => (field.channelName.test(text) ? text : null)).optional(),
  recipient: name.optional(),
  topic: field.topic.optional(),
  queue: field.queue.optional(),
  exchange: field.exchange.optional(),
  routing_key: field.routingKey.optional(),
}).refine(
  ...together((given) =>
    ['channel', 'topic', 'queue', 'exchange'].every((key) => given[key] === undefined)
      ? 'lacks channel, or a topic, queue or exchange that means one.'
      : null,
  ),
);
const example = map({
  allow: question.optional(),
  deny: question.optional(),
  code: value('a code such as ERR_POLICY_SENDER', (text) =>
    Object.hasOwn(codes, text) ? (text as Code) : null,
  ).optional(),
  why: value('a sentence', (text) => text).optional(),
}).refine(
  ...together((given) => {
    if ((given['allow'] === undefined) === (given['deny'] === undefined))
      return 'must have either allow or deny.';
    return given['code'] !== undefined && given['allow'] !== undefined
      ? 'has a code with allow; what is allowed has none.'
      : null;
  }),
);
const examplesSchema = map({
  version: value('1, the version of this format', (text) => (text === '1' ? 1 : null)),
  examples: list(example, 'examples {allow} or {deny}', 10_000),
});

/** @throws UsageError ERR_USAGE_FILE, ERR_USAGE_POLICY with all problems, one per line */
export function readExamples(file: string): readonly PolicyExample[] {
  const source = parseSource(file, readOrThrow(file, 'name a file with examples'));
  const parsed = examplesSchema.safeParse(source.value);
  throwProblems(file, parsed.success ? [] : problemsOf(parsed.error), source.positionOf);
  return parsed.data!.examples.map(({ allow, deny, code, why }, i) => {
    const { line, column } = source.positionOf(['examples', i]);
    return {
      expected: allow === undefined ? 'deny' : 'allow',
      question: questionOf((allow ?? deny)!),
      code: code ?? null,
      why: why ?? null,
      place: `${file}:${line}:${column}`,
    };
  });
}

function questionOf({ routing_key: routingKey, ...rest }: z.output<typeof question>): RouteQuestion {
  const given = { ...rest, routingKey };
  return Object.fromEntries(
    Object.entries(given).filter(([, one]) => one !== undefined),
  ) as unknown as RouteQuestion;
}

/** Asks a policy about every example. */
export function tryExamples(
  policy: PolicyTemplate,
  directory: AskedDirectory,
  examples: readonly PolicyExample[],
  nowMs: number,
): readonly ExampleResult[] {
  return examples.map((one) => {
    const explanation = explainRoute(policy, directory, one.question, nowMs);
    const passed =
      explanation.allowed === (one.expected === 'allow') &&
      (one.code === null || one.code === explanation.code);
    return { ...one, passed, explanation };
  });
}
