// One broker that can be stopped and started again with the same folder and ports.
import { stat } from 'node:fs/promises';
import type { ServerKind, StopOptions } from './brokers.js';
import type { RunningBroker } from './guarded-process.js';
import { waitUntilUp, type UpSigns } from './wait-until-up.js';

/** How a way starts a broker from its folder, by the `start.sh` of docker/. */
export type Launch = (kind: ServerKind, folder: string, logFile: string) => Promise<RunningBroker>;

/** A broker on disk: its folder holds all that `start.sh` needs. */
export interface BrokerUnit {
  readonly logFile: string;
  /** Settles when it is up; on failure nothing is left running. Does nothing where it is up already. */
  start(): Promise<void>;
  stop(options?: StopOptions): Promise<void>;
}

/** What the broker is, and how it shows that it is up. */
export type UnitPlan = Omit<UpSigns, 'logStart'> & { readonly kind: ServerKind; readonly folder: string };

export function brokerUnit(plan: UnitPlan, launch: Launch): BrokerUnit {
  let running: RunningBroker | null = null;

  async function stop(options: StopOptions = {}): Promise<void> {
    const broker = running;
    running = null;
    await broker?.end(options.kill ?? false);
  }

  async function start(): Promise<void> {
    if (running !== null) return;
    const logStart = await stat(plan.logFile).then(
      ({ size }) => size,
      () => 0,
    );
    running = await launch(plan.kind, plan.folder, plan.logFile);
    try {
      await waitUntilUp(running, { ...plan, logStart });
    } catch (error) {
      await stop({ kill: true });
      throw error;
    }
  }

  return { logFile: plan.logFile, start, stop };
}
