// What the processes of the rotation test tell each other.

export interface Start {
  readonly role: 'producer' | 'consumer' | 'thief';
  readonly agent: string;
  readonly policy: string;
  /** Messages a second, on each of the two brokers. */
  readonly rate: number;
  readonly kafkaGroup: string;
  readonly queue: string;
}

export type ToWorker = { readonly start: Start } | { readonly stop: true };

export interface Delivered {
  readonly id: string;
  readonly atMs: number;
  /** How long after it was made. */
  readonly ageMs: number;
  readonly keyRevoked: boolean;
}

export type FromWorker =
  | { readonly ready: true }
  /** Acknowledged by the broker. */
  | { readonly sent: readonly { readonly id: string; readonly atMs: number }[] }
  | { readonly delivered: readonly Delivered[] }
  /** A send that failed and is tried again, and why. */
  | { readonly failed: string }
  | { readonly stopped: true };
