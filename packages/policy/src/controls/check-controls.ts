// What must hold between the controls and the rest of the file.
import { endOfDay, isTooFar, tooFar } from '../acknowledged-until.js';
import type { Problem } from '../problems.js';
import { intervalMs } from '../rotation-schema.js';
import { keysOf } from '../together.js';
import { acknowledgementOf, controls } from './all-controls.js';
import { statedAt } from './stated-controls.js';

const pathOf = (key: string): readonly string[] => key.split('.');
const connectionsKey = 'connections';

/** Judges what is well-formed, so that its answer can stand beside other problems. */
export function checkControls(top: unknown, nowMs: number): Problem[] {
  return [
    ...controls.flatMap(({ key, weak }) => (weak === undefined ? [] : acknowledged(top, key, weak, nowMs))),
    ...everyConnection(top, 'channel_security.tls.mtls', ['tls', 'cert_file'], 'a client certificate'),
    ...everyConnection(top, 'channel_security.isolation.enabled', ['allowed_networks'], 'its networks'),
    ...sameRotation(top),
  ];
}

function acknowledged(top: unknown, key: string, weak: string, nowMs: number): Problem[] {
  const until = acknowledgementOf(key);
  const [value, date] = [statedAt(top, key), statedAt(top, until)];
  const name = pathOf(until).at(-1)!;
  if (value !== weak)
    return date === undefined
      ? []
      : [{ path: pathOf(until), atKey: true, text: 'acknowledges nothing; remove it.' }];
  if (date === undefined)
    return [
      {
        path: pathOf(key),
        text: `weakens what is protected; remove it, or accept it for a time with ${name}: a date, beside it.`,
      },
    ];
  const end = typeof date === 'string' ? endOfDay(date) : null;
  if (end === null) return [];
  if (end <= nowMs) return [{ path: pathOf(until), text: `is over; remove it and ${key}.` }];
  return isTooFar(end, nowMs) ? [{ path: pathOf(until), text: tooFar }] : [];
}

function everyConnection(top: unknown, key: string, asked: readonly string[], what: string): Problem[] {
  if (statedAt(top, key) !== 'true') return [];
  return Object.entries(keysOf(keysOf(top)[connectionsKey])).flatMap(([transport, connection]) =>
    statedAt(connection, asked.join('.')) === undefined
      ? [
          {
            path: [connectionsKey, transport],
            text: `lacks ${what}: ${key} is true; write ${asked.join('.')}.`,
          },
        ]
      : [],
  );
}

/** The same thing may stand in two places, but not differently. */
function sameRotation(top: unknown): Problem[] {
  return ['enabled', 'rotation_interval_hours'].flatMap((name) => {
    const [key, other] = [`agent_encryption.rotation.${name}`, `rotation.${name}`];
    const [stated, own] = [statedAt(top, key), statedAt(top, other)];
    const differ =
      stated !== undefined && own !== undefined && Number(stated) !== Number(own) && stated !== own;
    return differ ? [{ path: pathOf(key), text: `says otherwise than ${other}; keep one of them.` }] : [];
  });
}

/** The file’s values, with what `agent_encryption.rotation` says in the place where rotation is described. */
export function withRotation(top: unknown): unknown {
  const { enabled, rotation_interval_hours: hours } = keysOf(statedAt(top, 'agent_encryption.rotation'));
  // What is wrong with them is told where they stand, and not again here.
  const said = {
    ...(enabled === 'true' || enabled === 'false' ? { enabled } : {}),
    ...(typeof hours === 'string' && intervalMs(hours) !== null ? { rotation_interval_hours: hours } : {}),
  };
  if (Object.keys(said).length === 0) return top;
  const { rotation = {} } = keysOf(top);
  // What is no map is told, and must not vanish behind this.
  if (typeof rotation !== 'object' || rotation === null || Array.isArray(rotation)) return top;
  return { ...keysOf(top), rotation: { ...said, ...rotation } };
}
