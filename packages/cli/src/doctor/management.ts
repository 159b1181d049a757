// RabbitMQ’s management API, read only: over TLS as the policy has it, or in clear to this machine alone.
import { UsageError, type ConnectionGuard } from '@sealwire/core';
import type { ManagementAnswer, ManagementLogin } from '@sealwire/amqp';
import { readPassphrase } from '@sealwire/identity';

export interface ManagementOptions {
  readonly management?: string;
  readonly managementUser?: string;
  readonly managementPasswordFile?: string;
}

const limitMs = 5_000;
const maxAnswerBytes = 8 * 1024 * 1024;

export class Management {
  readonly #url: string;
  readonly #guard: ConnectionGuard;
  readonly #login: { readonly user: string; readonly passwordFile: string } | null;

  constructor(
    { management = '', managementUser, managementPasswordFile }: ManagementOptions,
    guard: ConnectionGuard,
  ) {
    this.#url = management;
    this.#guard = guard;
    this.#login =
      managementUser === undefined || managementPasswordFile === undefined
        ? null
        : { user: managementUser, passwordFile: managementPasswordFile };
  }

  get name(): string {
    return URL.parse(this.#url)?.host ?? '--management';
  }

  /** Whether there is a password for it. It is sent over connections that were judged alone. */
  get canLogIn(): boolean {
    return this.#login !== null;
  }

  /** When it was by its clock, and by this machine’s before and after. No credential is sent. */
  async clock(): Promise<{
    readonly dateMs: number | null;
    readonly beforeMs: number;
    readonly afterMs: number;
  }> {
    const beforeMs = Date.now();
    const { dateMs } = await this.#ask(['overview'], null);
    return { dateMs, beforeMs, afterMs: Date.now() };
  }

  /**
   * @param path below `/api/`, in parts as they are
   * @returns `null` where there is no such thing
   * @throws UsageError ERR_USAGE_SASL where the login is refused; what `askManagement` throws
   */
  async get(...path: readonly string[]): Promise<unknown> {
    const { user, passwordFile } = this.#login!;
    const login = { user, password: readPassphrase({ file: passwordFile }) };
    const { status, body } = await this.#ask(path, login);
    if (status === 404) return null;
    if (status === 401 || status === 403)
      throw new UsageError(
        'ERR_USAGE_SASL',
        `The management API refuses ${user}: it needs the tag monitoring, and its password.`,
      );
    if (status !== 200) throw Object.assign(new Error(), { code: `HTTP_${status}` });
    return JSON.parse(body.toString('utf8')) as unknown;
  }

  async #ask(path: readonly string[], login: ManagementLogin | null): Promise<ManagementAnswer> {
    const { askManagement } = await import('@sealwire/amqp');
    return askManagement(this.#guard, this.#url, { method: 'GET', path, login, limitMs, maxAnswerBytes });
  }
}
