// What the bench stands on: a folder of keys, and brokers that trust it. All of it is gone when the bench ends.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initFolder } from '@sealwire/cli';
import { openWithTrails, type OpenedSealwire } from 'sealwire';
import { startBrokers, type Brokers, type BrokerUser, type Kind } from '@sealwire/testing';
import { announceFixture } from '../announce-fixture.ts';
import { openAs, writePolicy, type PolicyOptions } from '../fixture.ts';
import { noTrails } from './no-trails.ts';
import { say } from './progress.ts';

const agents = ['orchestrator', 'researcher'];
const all = { configure: '.*', write: '.*', read: '.*' };

export class Stand {
  readonly #want: readonly Kind[];
  readonly #root = mkdtempSync(join(tmpdir(), 'sealwire-bench-'));
  #starting: Promise<Brokers> | null = null;

  constructor(want: readonly Kind[]) {
    this.#want = want;
  }

  async open(): Promise<void> {
    if (this.#want.length === 0) return;
    const folder = join(this.#root, 'sealwire');
    const init = await initFolder({ folder, agents, groups: { team: agents }, brokerHosts: ['localhost'] });
    const { admin, users } = JSON.parse(readFileSync(init.brokersFile, 'utf8')) as {
      admin: BrokerUser;
      users: BrokerUser[];
    };
    this.#starting = startBrokers({
      folder: join(this.#root, 'brokers'),
      tls: { caFile: init.tls.caFile, certFile: init.tls.brokerCertFile, keyFile: init.tls.brokerKeyFile },
      admin,
      users,
      rabbitmqPermissions: Object.fromEntries(users.map(({ name }) => [name, all])),
      want: this.#want,
      log: say,
    });
    const { kafka, rabbitmq } = await this.#starting;
    // Where the tests’ fixture, whose policies and ordinary clients are used here, looks for its brokers.
    announceFixture({ folder, init, admin, agents, brokers: { kafka, rabbitmq } });
  }

  async close(): Promise<void> {
    await (await this.#starting?.catch(() => null))?.stop();
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** One Sealwire for each end of a pipeline. */
export interface Ends {
  readonly sender: OpenedSealwire;
  readonly receiver: OpenedSealwire;
  close(): Promise<void>;
}

/** @param trails `false`: no event is made or written, to see what that costs. Nobody may run like this. */
export async function openEnds(policy: PolicyOptions, { trails = true } = {}): Promise<Ends> {
  const file = writePolicy(policy);
  const open = (agent: string): Promise<OpenedSealwire> =>
    trails ? openAs(agent, file) : openWithTrails(file, { agent }, () => Promise.resolve(noTrails));
  const sender = await open('orchestrator');
  const receiver = await open('researcher');
  return {
    sender,
    receiver,
    close: async () => {
      await sender.close();
      await receiver.close();
    },
  };
}
