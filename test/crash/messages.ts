// What the processes of the crash harness are told, and what they write down.
import type { Mutation } from './mutations.ts';

export type Role =
  | 'kafka-producer'
  | 'kafka-consumer'
  /** Opens a Sealwire, until its spool is empty. */
  | 'kafka-drainer'
  | 'rabbitmq-publisher'
  | 'rabbitmq-consumer'
  | 'rabbitmq-drainer';

/** The one argument of a worker. */
export interface Start {
  readonly role: Role;
  /** Of this life of it: no other process ever had it. */
  readonly name: string;
  readonly agent: string;
  readonly policy: string;
  /** The proxy's. */
  readonly kafka: string;
  readonly rabbitmq: string;
  readonly journal: string;
  /** Messages a second. */
  readonly rate: number;
  readonly keyed: boolean;
  /** Consumers: the handler gets whole batches. */
  readonly batches: boolean;
  readonly queues: readonly string[];
  /** A wrong part in place of a real one. */
  readonly mutation: Mutation | null;
}

export type ToWorker = { readonly stop: true } | { readonly crashAt: string };
export type FromWorker = { readonly ready: true };

/** One line of a journal, written before anything else happens. */
export type Line = { readonly at: number } & (
  | { readonly t: 'born'; readonly pid: number }
  | { readonly t: 'attempt'; readonly ids: readonly string[] }
  | { readonly t: 'acknowledged'; readonly ids: readonly string[] }
  | { readonly t: 'failed'; readonly ids: readonly string[]; readonly why: string }
  /** The client is about to be given them: id and message hash. */
  | { readonly t: 'handed'; readonly messages: readonly (readonly [string, string])[] }
  | { readonly t: 'session'; readonly session: string }
  | { readonly t: 'ended'; readonly session: string; readonly why: string }
  | {
      readonly t: 'handle';
      readonly session: string;
      readonly id: string;
      readonly place: string;
      readonly copy?: string;
      readonly hash?: string;
    }
  | { readonly t: 'done'; readonly session: string; readonly id: string; readonly place: string }
  | {
      readonly t: 'commit';
      readonly session: string;
      readonly offsets: readonly (readonly [string, number, number])[];
    }
  /** About to be acknowledged: delivery tag, message hash and record hash. */
  | { readonly t: 'taken'; readonly deliveries: readonly (readonly [number, string, string])[] }
  | { readonly t: 'crash'; readonly point: string }
  | { readonly t: 'note'; readonly what: string }
);

/** `at` is filled in by the journal. */
export type Entry = Line extends infer One ? (One extends Line ? Omit<One, 'at'> : never) : never;
