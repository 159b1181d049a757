// What the checks look at: this machine’s part, and the brokers.
import { BrokerView } from './broker-view.js';
import type { DoctorOptions } from './doctor-options.js';
import { Samples } from './samples.js';
import { openSubject, type DoctorSubject } from './subject.js';

export interface DoctorContext extends DoctorSubject {
  readonly brokers: BrokerView;
  readonly samples: Samples;
}

/** @throws UsageError ERR_USAGE_ARGUMENT for options that are none */
export function openContext(options: DoctorOptions, nowMs = Date.now()): DoctorContext {
  const subject = openSubject(options, nowMs);
  const brokers = new BrokerView(subject);
  return { ...subject, brokers, samples: new Samples(subject, brokers) };
}
