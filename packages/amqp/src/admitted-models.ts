// The models of a connection that recovers: each is judged, audited and wrapped before anyone gets it.
import type { EventEmitter } from 'node:events';
import type { Connection } from 'amqplib';
import { duringAdmission } from './admission.js';
import type { BrokerAccess } from './broker-access.js';
import type { Link } from './link.js';
import { serverView } from './model-events.js';

type Raw = EventEmitter & { readonly connection: Connection };
type Done = (error?: Error) => void;
type Setup<Model> = ((model: Model) => unknown) | ((model: Model, done: Done) => unknown);

/** Gives amqplib its `setup`, which runs on every connection before anything else sees it. */
export class AdmittedModels<From extends Raw, To> {
  readonly #access: BrokerAccess;
  readonly #link: Link;
  readonly #wrap: (raw: From) => To;
  readonly #wrapped = new WeakMap<From, To>();
  readonly #applications = new WeakSet<Error>();
  #view: Connection = Object.freeze({ serverProperties: {} as Connection['serverProperties'] });

  constructor(access: BrokerAccess, link: Link, wrap: (raw: From) => To) {
    this.#access = access;
    this.#link = link;
    this.#wrap = wrap;
  }

  /** @param setup the application’s own, in either of amqplib’s forms */
  setup(setup: Setup<To> | null | undefined): (raw: From) => Promise<void> {
    return (raw) =>
      duringAdmission(raw, async () => {
        this.#access.admit(raw, this.#link.sink);
        this.#link.connected();
        const model = this.of(raw);
        this.#view = serverView(raw.connection);
        if (typeof setup !== 'function') return;
        try {
          await callSetup(setup, model);
        } catch (error) {
          if (error instanceof Error) this.#applications.add(error);
          throw error;
        }
      });
  }

  of(raw: From): To {
    let model = this.#wrapped.get(raw);
    if (model === undefined) this.#wrapped.set(raw, (model = this.#wrap(raw)));
    return model;
  }

  /** What is known of the server now. */
  view(): Connection {
    return this.#view;
  }

  /** Errors of the application’s own setup stay what they are. */
  failure(error: unknown): Error {
    if (error instanceof Error && this.#applications.has(error)) return error;
    return this.#access.failure(error, this.#link.sink);
  }
}

async function callSetup<Model>(setup: Setup<Model>, model: Model): Promise<void> {
  if (setup.length < 2) {
    await (setup as (model: Model) => unknown)(model);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    setup(model, (error) => {
      if (error === undefined || error === null) resolve();
      else reject(error);
    });
  });
}
