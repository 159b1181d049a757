// RabbitMQ’s management API, read only: over TLS as the policy has it, or in clear to this machine alone.
import http from 'node:http';
import https from 'node:https';
import { UsageError, type ConnectionGuard } from '@sealwire/core';
import { readPassphrase } from '@sealwire/identity';

export interface ManagementOptions {
  readonly management?: string;
  readonly managementUser?: string;
  readonly managementPasswordFile?: string;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  /** Its clock, to the second; `null` where it does not say. */
  readonly dateMs: number | null;
}

const limitMs = 5_000;
const maxBodyBytes = 8 * 1024 * 1024;
const local = ['localhost', '127.0.0.1', '[::1]'];

export class Management {
  readonly #url: URL;
  readonly #guard: ConnectionGuard;
  readonly #login: { readonly user: string; readonly passwordFile: string } | null;

  /** @throws UsageError ERR_USAGE_ARGUMENT */
  constructor(
    { management, managementUser, managementPasswordFile }: ManagementOptions,
    guard: ConnectionGuard,
  ) {
    const url = URL.parse(management ?? '');
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
      throw new UsageError(
        'ERR_USAGE_ARGUMENT',
        '--management must be https://host:port, without credentials.',
      );
    this.#url = url;
    this.#guard = guard;
    this.#login =
      managementUser === undefined || managementPasswordFile === undefined
        ? null
        : { user: managementUser, passwordFile: managementPasswordFile };
  }

  get name(): string {
    return this.#url.host;
  }

  /** Whether it may be given a password, and there is one. */
  get canLogIn(): boolean {
    return this.#login !== null && (this.#url.protocol === 'https:' || local.includes(this.#url.hostname));
  }

  /** When it was by its clock, and by this machine’s before and after. No credential is sent. */
  async clock(): Promise<{
    readonly dateMs: number | null;
    readonly beforeMs: number;
    readonly afterMs: number;
  }> {
    const beforeMs = Date.now();
    const { dateMs } = await this.#ask('/api/overview', null);
    return { dateMs, beforeMs, afterMs: Date.now() };
  }

  /**
   * @param path of `/api/`, each part encoded
   * @returns `null` where there is no such thing
   * @throws UsageError ERR_USAGE_SASL where the login is refused; Node’s errors
   */
  async get(path: string): Promise<unknown> {
    const { user, passwordFile } = this.#login!;
    const password = readPassphrase({ file: passwordFile });
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const { status, body } = await this.#ask(`/api/${path}`, authorization);
    if (status === 404) return null;
    if (status === 401 || status === 403)
      throw new UsageError(
        'ERR_USAGE_SASL',
        `The management API refuses ${user}: it needs the tag monitoring, and its password.`,
      );
    if (status !== 200) throw Object.assign(new Error(), { code: `HTTP_${status}` });
    return JSON.parse(body) as unknown;
  }

  #ask(path: string, authorization: string | null): Promise<Answer> {
    const { protocol, hostname, port } = this.#url;
    const host = hostname.replace(/^\[|\]$/g, '');
    const headers = authorization === null ? {} : { authorization };
    return new Promise((resolve, reject) => {
      const options = {
        host,
        port,
        path: `${this.#url.pathname.replace(/\/$/, '')}${path}`,
        headers,
        timeout: limitMs,
      };
      const request =
        protocol === 'https:'
          ? https.request({ ...this.#guard.tlsOptions(host), ...options, agent: false })
          : http.request({ ...options, agent: false });
      request.on('error', reject);
      request.on('timeout', () => request.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })));
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > maxBodyBytes) request.destroy(Object.assign(new Error(), { code: 'EMSGSIZE' }));
          else chunks.push(chunk);
        });
        response.on('end', () => {
          const dateMs = Date.parse(response.headers.date ?? '');
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString('utf8'),
            dateMs: Number.isNaN(dateMs) ? null : dateMs,
          });
        });
        response.on('error', reject);
      });
      request.end();
    });
  }
}
