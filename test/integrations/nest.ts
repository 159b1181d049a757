// Nest applications as the tests write them: decorators are applied by hand, because test files are not compiled with them.
import { setTimeout as wait } from 'node:timers/promises';
import {
  Module,
  type DynamicModule,
  type INestApplicationContext,
  type INestMicroservice,
} from '@nestjs/common';
import { Controller } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientsModule,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  type CustomClientOptions,
  type CustomStrategy,
} from '@nestjs/microservices';
import type { KafkaMessage } from 'kafkajs';
import { bareKafka, fresh } from '../fixture.ts';

type Handle = (data: never, context: never) => unknown;

export interface Handlers {
  /** By pattern. */
  readonly messages?: Readonly<Record<string, Handle>>;
  readonly events?: Readonly<Record<string, Handle>>;
}

/** Nest’s decorators say what it is. */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class
const emptyClass = (): (new () => object) & { readonly prototype: object } => class {};

/** A controller with these handlers, each called with payload and context. */
function controller({ messages = {}, events = {} }: Handlers): new () => object {
  const Handling = emptyClass();
  const decorate = (pattern: string, handle: Handle, decorator: MethodDecorator): void => {
    const descriptor = { value: handle, writable: true, configurable: true };
    Object.defineProperty(Handling.prototype, pattern, descriptor);
    Payload()(Handling.prototype, pattern, 0);
    Ctx()(Handling.prototype, pattern, 1);
    decorator(Handling.prototype, pattern, descriptor);
  };
  for (const [pattern, handle] of Object.entries(messages))
    decorate(pattern, handle, MessagePattern(pattern));
  for (const [pattern, handle] of Object.entries(events))
    decorate(pattern, handle, EventPattern(pattern) as MethodDecorator);
  Controller()(Handling);
  return Handling;
}

/** A microservice that listens. */
export async function serve(given: CustomStrategy, handlers: Handlers): Promise<INestMicroservice> {
  const Root = emptyClass();
  Module({ controllers: [controller(handlers)] })(Root);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
  const app = await NestFactory.createMicroservice(Root, quiet(given));
  await app.listen();
  return app;
}

/** An application that has one client. */
export async function asking<Client>(
  given: CustomClientOptions,
): Promise<{ readonly app: INestApplicationContext; readonly client: Client }> {
  const Root = emptyClass();
  const clients: DynamicModule = ClientsModule.register([{ name: 'CLIENT', ...given }]);
  Module({ imports: [clients] })(Root);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
  const app = await NestFactory.createApplicationContext(Root, quiet({}));
  return { app, client: app.get<Client>('CLIENT') };
}

const quiet = <Options extends object>(options: Options): Options => ({ ...options, logger: false });

/** Until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(20);
}

/** The first records of a topic, as an ordinary client with all rights reads them. */
export async function readRecords(topic: string, count: number): Promise<KafkaMessage[]> {
  const consumer = bareKafka().consumer({ groupId: fresh('reading') });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const seen: KafkaMessage[] = [];
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(message) });
  await until(() => seen.length >= count);
  await consumer.disconnect();
  return seen;
}
