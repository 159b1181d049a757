// What is wrong with an event as an OCSF 1.8.0 event, in tests.
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

export const flatFields = [
  'sender_id',
  'recipient_id',
  'timestamp',
  'message_type',
  'message_hash',
  'channel',
  'encryption_status',
];

interface OcsfEvent {
  readonly class_uid: number;
  readonly category_uid: number;
  readonly activity_id: number;
  readonly type_uid: number;
  readonly [name: string]: unknown;
}

const ajv = new Ajv2020({ allErrors: true, strict: false });
ajv.addSchema(
  JSON.parse(readFileSync(new URL('../ocsf/ocsf-1.8.0.schema.json', import.meta.url), 'utf8')) as object,
);
const validators = new Map<number, ValidateFunction>(
  Object.entries({ 6003: 'api_activity', 6002: 'application_lifecycle', 4001: 'network_activity' }).map(
    ([uid, name]) => [Number(uid), ajv.compile({ $ref: `urn:ocsf:1.8.0#/$defs/class_${name}` })],
  ),
);

/** Captions of OCSF’s dictionary, of the values that events have. The label of 99 is the event’s own. */
const captions: Record<string, Record<number, string>> = {
  class: { 6003: 'API Activity', 6002: 'Application Lifecycle', 4001: 'Network Activity' },
  category: { 4: 'Network Activity', 6: 'Application Activity' },
  severity: { 0: 'Unknown', 1: 'Informational', 2: 'Low', 3: 'Medium', 4: 'High', 5: 'Critical', 6: 'Fatal' },
  status: { 0: 'Unknown', 1: 'Success', 2: 'Failure' },
  action: { 0: 'Unknown', 1: 'Allowed', 2: 'Denied', 3: 'Observed', 4: 'Modified' },
  disposition: { 1: 'Allowed', 2: 'Blocked', 3: 'Quarantined', 5: 'Deleted', 6: 'Dropped' },
};
const activities: Record<number, Record<number, string>> = {
  6003: { 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' },
  6002: {
    1: 'Install',
    2: 'Remove',
    3: 'Start',
    4: 'Stop',
    5: 'Restart',
    6: 'Enable',
    7: 'Disable',
    8: 'Update',
  },
  4001: { 1: 'Open', 2: 'Close', 3: 'Reset', 4: 'Fail', 5: 'Refuse', 6: 'Traffic', 7: 'Listen' },
};
/** Members that stand in an event only by a profile, which has to be listed then. */
const byProfile: Record<string, readonly string[]> = {
  security_control: ['action', 'action_id', 'disposition', 'disposition_id', 'is_alert'],
  trace: ['trace'],
};

/** @returns each once; none: it is a good event of OCSF, once the seven flat fields are left out */
export function ocsfFaults(line: string): string[] {
  const event = JSON.parse(line) as OcsfEvent;
  const faults: string[] = [];
  for (const name of flatFields) if (!Object.hasOwn(event, name)) faults.push(`${name} is missing`);
  const own = Object.fromEntries(
    Object.entries(event).filter(([name]) => !flatFields.includes(name)),
  ) as unknown as OcsfEvent;
  const validate = validators.get(own.class_uid);
  if (validate === undefined) return [`there is no class ${own.class_uid}`];
  if (!validate(own))
    for (const { instancePath, keyword, params } of validate.errors ?? [])
      faults.push(`${instancePath} ${keyword} ${JSON.stringify(params)}`);
  faults.push(...labelFaults(own), ...profileFaults(own));
  return faults;
}

function labelFaults(event: OcsfEvent): string[] {
  const faults: string[] = [];
  const { class_uid, activity_id, type_uid } = event;
  if (type_uid !== class_uid * 100 + activity_id) faults.push(`type_uid is ${type_uid}`);
  const activity = activity_id === 99 ? 'Other' : activities[class_uid]?.[activity_id];
  if (event['type_name'] !== `${captions['class']![class_uid]}: ${activity}`) faults.push('type_name');
  if (activity_id === 99 ? event['activity_name'] === 'Other' : event['activity_name'] !== activity)
    faults.push('activity_name');
  for (const [label, of] of Object.entries(captions)) {
    const uid = label === 'class' || label === 'category';
    const id = event[uid ? `${label}_uid` : `${label}_id`];
    const text = event[uid ? `${label}_name` : label];
    if (id === undefined && text === undefined) continue;
    if (id === 99 ? typeof text !== 'string' || text === '' : text !== of[id as number]) faults.push(label);
  }
  return faults;
}

function profileFaults(event: OcsfEvent): string[] {
  const { profiles = [] } = event['metadata'] as { profiles?: string[] };
  const faults: string[] = [];
  for (const [profile, members] of Object.entries(byProfile))
    if (members.some((name) => name in event) !== profiles.includes(profile)) faults.push(profile);
  // The class API Activity has an actor of its own.
  if (event.class_uid !== 6003 && 'actor' in event !== profiles.includes('host')) faults.push('host');
  return faults;
}
