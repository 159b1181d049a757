// What an event on the audit topic says of itself, without the form that SIEMs read.

/** @returns its flat record: kind, outcome, the seven fields, coordinates and the rest, under their names */
export function auditEvent<Event = Record<string, unknown>>(text: Buffer | string): Event {
  return (JSON.parse(text.toString()) as { unmapped: Event }).unmapped;
}
