// How one secureConnect call reaches its broker: the address, the options, and the judgement on every connection.
import { errorMonitor, type EventEmitter } from 'node:events';
import type { TLSSocket } from 'node:tls';
import type { AuditSink, ConnectionGuard, SealwireError } from '@sealwire/core';
import amqplib, { type ChannelModel, type SocketOptions } from 'amqplib';
import type { BrokerAddress } from './broker-address.js';
import { limitHeaderDepth, type FrameReader } from './header-depth.js';
import { connectionFailure } from './connection-failure.js';
import type { ConnectionReports } from './connection-reports.js';

/** A connection of either API; amqplib’s types do not show the socket. */
interface Connected extends EventEmitter {
  readonly connection: unknown;
}

/** Opens and judges connections. Keeps nothing open itself. */
export class BrokerAccess {
  readonly address: BrokerAddress;
  readonly socket: SocketOptions;
  readonly #guard: ConnectionGuard;
  readonly #reports: ConnectionReports;

  constructor(
    guard: ConnectionGuard,
    reports: ConnectionReports,
    address: BrokerAddress,
    socket: SocketOptions,
  ) {
    this.#guard = guard;
    this.#reports = reports;
    this.address = address;
    this.socket = socket;
  }

  /**
   * Judges what was negotiated, has it audited, and its end too, and makes reading safe.
   * @throws SealwireError: close the connection
   */
  admit(model: Connected, sink: AuditSink): void {
    const closed = this.#open(model, sink);
    let lost: Error | null = null;
    // A listener of the name itself would keep an error that nobody handles from ending the process.
    model.once(errorMonitor, (error: Error) => {
      lost = error;
    });
    model.once('close', () => closed(lost));
  }

  #open(model: Pick<Connected, 'connection'>, sink: AuditSink): (error: Error | null) => void {
    const connection = model.connection as FrameReader & { readonly stream: TLSSocket };
    const closed = this.#reports.opened(sink, this.#guard.judge(connection.stream));
    limitHeaderDepth(connection);
    return closed;
  }

  /** The error for the caller; the refusal is audited. */
  failure(error: unknown, sink: AuditSink): SealwireError {
    const failure = connectionFailure(error, this.address.hostname, this.address.port);
    this.#reports.refused(sink, failure);
    return failure;
  }

  /**
   * A connection of Sealwire’s own, for audit and quarantine. Its failures are not audited: the event could only go out by
   * the connection that failed.
   * @throws SealwireError
   */
  async openOwn(sink: AuditSink): Promise<ChannelModel> {
    let model: ChannelModel | null = null;
    try {
      model = await amqplib.connect(this.address, this.socket);
      // Its loss shows at the next write; without a listener it would end the process.
      model.on('error', () => undefined);
      // To tell that it was closed, it would have to be opened.
      this.#open(model, sink);
      return model;
    } catch (error) {
      await model?.close().catch(() => undefined);
      throw connectionFailure(error, this.address.hostname, this.address.port);
    }
  }
}
