// What was published in a turn goes out before any other request of the channel.

/** amqplib sends every request of a channel but `publish` by this one method: messages of the turn go before it. */
export function flushFirst(inner: object, flush: () => void): void {
  const channel = inner as { sendImmediately?: (...args: unknown[]) => unknown };
  const send = channel.sendImmediately;
  if (send === undefined) return;
  channel.sendImmediately = (...args) => {
    flush();
    return send.apply(channel, args);
  };
}
