// A policy of ten thousand routes between a thousand agents: names, groups and patterns, topics and routing keys.

export const channels = 2_000;
export const typesOfChannel = 5;
export const agents = 1_000;
export const groups = 50;

export const topicOf = (channel: number): string => `topic-${channel}`;
export const typeOf = (type: number): string => `type-${type}`;

export interface PolicyText {
  readonly realm: Buffer;
  readonly rootKey: Buffer;
  readonly directoryFile: string;
  /** Changes some routes, so that there is something to take over. */
  readonly edition: number;
}

/** agent-0 may send all of them, by a pattern. */
export function manyRoutes({ realm, rootKey, directoryFile, edition }: PolicyText): string {
  const lines = [
    'version: 1',
    `realm: '${realm.toString('hex')}'`,
    `directory: { file: ${directoryFile}, root_key: ${rootKey.toString('base64url')}, max_lag: 0s }`,
    'keys: { folder: keys, passphrase_file: passphrase }',
    'channels:',
  ];
  for (let c = 0; c < channels; c++) {
    lines.push(
      `  channel-${c}:`,
      `    kafka: { topics: [${topicOf(c)}] }`,
      `    rabbitmq: { publish: [{ exchange: events, routing_key: 'c${c}.#' }], queues: [queue-${c}] }`,
      '    messages:',
    );
    for (let t = 0; t < typesOfChannel; t++) {
      const one = (c * typesOfChannel + t * 7) % agents;
      // A hundred routes differ from one edition to the next.
      const extra = c % 100 === 0 ? `, agent-${(one + 1 + edition) % agents}` : '';
      lines.push(
        `      - { type: ${typeOf(t)}, from: [agent-${one}${extra}, group-${c % groups}, 'agent-${t}*'${t === 0 ? '' : ", 'agent-0'"}], to: [group-${(c + t) % groups}], content_type: application/json }`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}
