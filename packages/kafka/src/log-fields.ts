// What of a kafkajs log entry may be logged: never what an application’s own errors say, nor what travels.
import type { LogEntry } from 'kafkajs';

/** A log entry without payload, keys and credentials. */
export interface SafeEntry {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Fields whose values are names, numbers and places. Left out on purpose: `data` and `payload`, which are decoded responses
 * (records, committed metadata) and raw ones; `error`, `stack` and `cause`, which are treated on their own.
 */
const named: ReadonlySet<string> = new Set([
  ...['assignment', 'assignedFetcher', 'assignedPartitions', 'broker', 'clientId', 'clientSideThrottleTime'],
  ...['code', 'concurrency', 'correlationId', 'currentInflightRequests', 'currentPendingQueueSize'],
  ...['eventName', 'expectResponse', 'fetcher', 'generationId', 'group', 'groupId', 'groupProtocol'],
  ...['helpUrl', 'knownPartitions', 'leader', 'matchedTopics', 'memberAssignment', 'memberId', 'nodeId'],
  ...['nodeIds', 'offset', 'outcome', 'partition', 'partitionId', 'pendingDuration'],
  ...['preferredReadReplica', 'producerEpoch', 'producerId', 'reason', 'retryCount', 'retryTime', 'sasl'],
  ...['sequence', 'size', 'ssl', 'state', 'supportAuthenticationProtocol', 'targetTopics', 'topic'],
  ...['topicPartitions', 'topicRegExp', 'topics', 'transactionalId', 'unknownPartitions'],
]);

/**
 * Where what a handler, a listener or a callback of the application throws is logged. Such a text may quote the payload:
 * `JSON.parse` does.
 */
const ofApplications = /^(?:Consumer|Runner)$/;
const quoting = /^(Failed to execute listener|Caught error when [^:]*|Crash: [^:]*): [^]*$/;
/** Of a stack only its places. */
const place = /^ {4}at \S.*$/;

export function safeEntry({ namespace, log }: LogEntry): SafeEntry {
  const { message, logger, ...extra } = log;
  // kafkajs logs some errors in the place of a message.
  const text = messageOf(message);
  const quoted = ofApplications.test(namespace) || quoting.test(text);
  const fields: Record<string, unknown> = { logger, namespace };
  for (const [name, value] of Object.entries(extra)) if (named.has(name)) fields[name] = safeValue(value);
  const { error, stack } = extra as { error?: unknown; stack?: unknown };
  if (error !== undefined) Object.assign(fields, errorFields(error, quoted));
  if (typeof stack === 'string') fields['stack'] = placesOf(stack, error, text);
  return { message: text.replace(quoting, '$1'), fields };
}

function messageOf(message: unknown): string {
  if (typeof message === 'string') return message;
  return message instanceof Error ? message.message : 'kafkajs logged no text';
}

/** An error’s text only where it is kafkajs’ own. */
function errorFields(error: unknown, quoted: boolean): Record<string, unknown> {
  if (typeof error === 'string') return quoted ? {} : { error };
  if (typeof error !== 'object' || error === null) return {};
  const { name, code, message } = error as { name?: unknown; code?: unknown; message?: unknown };
  return {
    ...(typeof name === 'string' ? { error_name: name } : {}),
    ...(typeof code === 'string' ? { error_code: code } : {}),
    ...(quoted || typeof message !== 'string' ? {} : { error: message }),
  };
}

/** A stack repeats the error’s text before its places, and that text may look like a place. */
function placesOf(stack: string, error: unknown, text: string): string {
  const said = [(error as { message?: unknown } | undefined)?.message, quotedIn(text)].filter(
    (each): each is string => typeof each === 'string' && each !== '',
  );
  const end = Math.max(0, ...said.map((each) => stack.lastIndexOf(each) + each.length));
  return stack
    .slice(end)
    .split('\n')
    .filter((line) => place.test(line))
    .join('\n');
}

const quotedIn = (text: string): string => {
  const match = quoting.exec(text);
  return match === null ? '' : text.slice(match[1]!.length + 2);
};

/** Names and numbers, and objects of them; no bytes. */
function safeValue(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return undefined;
  if (Array.isArray(value)) return value.map(safeValue);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => name !== 'metadata');
  return Object.fromEntries(kept.map(([name, each]) => [name, safeValue(each)]));
}
