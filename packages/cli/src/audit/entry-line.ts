// One event of the trail as a line for people.
import { styleText } from 'node:util';
import { visibleText } from '../visible-text.js';
import type { TrailEntry } from './trail-entry.js';

type Style = 'red' | 'yellow' | 'green' | 'dim' | 'cyan';

/** What stands in its own column, or says nothing to who watches. */
const shownElsewhere: ReadonlySet<string> = new Set([
  ...['kind', 'sender_id', 'recipient_id', 'message_type', 'channel', 'encryption_status', 'outcome', 'code'],
  ...['alert', 'unverified', 'writer', 'writer_host', 'pid', 'chain', 'sequence', 'previous', 'timestamp'],
  ...['message_hash', 'record_hash', 'checkpoint', 'cut'],
  ...['topic', 'partition', 'offset', 'queue', 'exchange', 'routing_key', 'delivery_tag'],
]);
const shownCharacters = 80;
const kindWidth = 18;

/** @param colour whether the line goes to a terminal that wants it */
export function entryLine(entry: TrailEntry, colour: boolean): string {
  const paint = (style: Style, text: string): string =>
    colour && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  const { record, code, alert, outcome, writer } = entry;
  const parts = [
    paint('dim', new Date(entry.timeMs).toISOString()),
    paint(styleOf(entry), short(entry.kind).padEnd(kindWidth)),
    ...(entry.channel === null ? [] : [paint('cyan', short(entry.channel))]),
    ...(entry.sender === null && entry.recipient === null ? [] : [whom(entry)]),
    ...(entry.type === null ? [] : [short(entry.type)]),
    ...(outcome === null ? [] : [paint(styleOf(entry), short(outcome))]),
    ...(entry.encryption === null || entry.encryption === 'sealed' ? [] : [short(entry.encryption)]),
    ...(code === null ? [] : [paint(alert === null ? 'yellow' : 'red', short(code))]),
    ...(alert === null ? [] : [paint('red', `ALERT ${short(alert)}`)]),
    ...placeOf(record),
    ...factsOf(record),
    ...(writer === null || writer === entry.sender ? [] : [paint('dim', `by ${short(writer)}`)]),
  ];
  return parts.join('  ');
}

/** A claim has a question mark: nobody has verified it. */
function whom({ sender, recipient, unverified, kind }: TrailEntry): string {
  const claim = unverified ? '?' : '';
  const from = sender === null ? (kind.startsWith('message.') ? 'somebody' : '') : `${short(sender)}${claim}`;
  return recipient === null ? from : `${from} → ${short(recipient)}${claim}`;
}

function styleOf({ kind, outcome, alert }: TrailEntry): Style {
  if (alert !== null || kind === 'audit.gap') return 'red';
  if (kind.startsWith('audit.')) return 'dim';
  if (kind === 'message.duplicate' || outcome === 'unknown' || outcome === 'failed') return 'yellow';
  return outcome === 'acknowledged' || outcome === 'delivered' ? 'green' : 'yellow';
}

function placeOf(record: TrailEntry['record']): string[] {
  const { topic, partition, offset, queue, exchange, routing_key: key } = record;
  if (typeof topic === 'string') {
    const at = offset === undefined ? '' : `@${short(offset)}`;
    return [`${short(topic)}${partition === undefined ? '' : `[${short(partition)}]`}${at}`];
  }
  if (typeof queue === 'string') return [`queue ${short(queue)}`];
  return typeof exchange === 'string' ? [`exchange ${short(exchange)}/${short(key ?? '')}`] : [];
}

const factsOf = (record: TrailEntry['record']): string[] =>
  Object.entries(record)
    .filter(([name, value]) => !shownElsewhere.has(name) && value !== null)
    .map(([name, value]) => `${short(name)}=${short(value)}`);

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const cut = text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
  return visibleText(cut);
}
