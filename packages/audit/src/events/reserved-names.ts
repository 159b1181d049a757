// Fields of `unmapped` that every event has or may have: a fact must not stand in for one of them.

export const reservedNames: ReadonlySet<string> = new Set([
  'kind',
  'timestamp',
  'sender_id',
  'recipient_id',
  'message_type',
  'message_hash',
  'channel',
  'encryption_status',
  'outcome',
  'writer',
  'writer_host',
  'pid',
  'code',
  'alert',
  'record_hash',
  'unverified',
  'cut',
  'chain',
  'sequence',
  'previous',
]);
