// How fast a trail is verified on one core, and whether memory grows with its length.
import { AuditVerifier, Reconciler, type Finding } from '@sealwire/audit';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { saying } from '../progress.ts';
import { measure } from '../rounds.ts';
import { RenderedChain, trust } from './rendered-chain.ts';

const chains = 4;
const onFinding = ({ severity, why }: Finding): void => {
  if (severity === 'finding') failed(why);
};
const mib = 1_048_576;

export async function measureVerify(figures: Figures, { quick }: Options): Promise<void> {
  const events = trailOf(quick ? 20_000 : 60_000);
  const bytes = events.reduce((sum, event) => sum + event.length, 0) / events.length;
  const pass = (reconciles: boolean) => () => {
    const verifier = new AuditVerifier({ trust, onFinding });
    const reconciler = reconciles ? reconcilerOf() : null;
    events.forEach((event, at) => {
      const read = verifier.take(event, { line: at + 1 });
      if (read !== null) reconciler?.take(read);
    });
    if (!verifier.end().ok) failed('the trail does not verify');
    reconciler?.end();
    return events.length;
  };
  const rounds = quick ? 3 : 9;
  const measured = await measure(
    [
      { name: 'verify', run: pass(false) },
      { name: 'reconcile', run: pass(true) },
    ],
    { rounds, warmUps: 1, progress: saying('audit verify') },
  );
  figures.section('Verifying an audit trail', [
    `${events.length.toLocaleString('en')} events of ${Math.round(bytes)} bytes in ${chains} chains, a checkpoint every 10,000; ${rounds} rounds, one core.`,
  ]);
  figures.add('audit.verify.event.bytes', bytes);
  figures.add('audit.verify.events_per_s', measured.perSecond('verify'), 'hash chain, trees, signatures');
  figures.add(
    'audit.verify.reconciled.events_per_s',
    measured.perSecond('reconcile'),
    'and both ends of messages joined',
  );
  figures.add('audit.verify.us', measured.mainThreadUs('verify'), 'of the main thread, an event');
  figures.add('audit.verify.reconciled.us', measured.mainThreadUs('reconcile'), 'the same, with reconciling');
  const many = quick ? 200_000 : 1_000_000;
  const { grownMib, heldMib } = memoryOver(many);
  figures.add(
    'audit.verify.memory.mib',
    heldMib,
    `held after ${many.toLocaleString('en')} events in one pass`,
  );
  figures.add('audit.verify.memory.grown.mib', grownMib, 'more than after a quarter of them');
}

function trailOf(count: number): Buffer[] {
  const all = Array.from({ length: chains }, () => new RenderedChain());
  const events = Array.from({ length: count }, (_, at) => all[at % chains]!.next());
  return [...events, ...all.map((chain) => chain.checkpoint())];
}

const reconcilerOf = () =>
  new Reconciler({ covers: () => true, onUnmatched: () => undefined, graceMs: 300_000 });

/** With events that are made as they are taken, so that nothing but the verifier holds any. */
function memoryOver(count: number): { grownMib: number; heldMib: number } {
  const all = Array.from({ length: chains }, () => new RenderedChain());
  const before = held();
  const verifier = new AuditVerifier({ trust, onFinding });
  let atQuarter = 0;
  for (let at = 0; at < count; at++) {
    verifier.take(all[at % chains]!.next(), { line: at + 1 });
    if (at === count / 4) atQuarter = held();
  }
  const atEnd = held();
  if (verifier.end().proven === 0) failed('nothing was proven');
  return { grownMib: Math.max(0, atEnd - atQuarter) / mib, heldMib: Math.max(0, atEnd - before) / mib };
}

function held(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function failed(why: string): never {
  throw new Error(`audit verify: ${why}`);
}
