// The OCSF 1.8.0 classes that events are of.

/** The labels of its activities too; the label of 99, Other, is the event’s own. */
export interface OcsfClass {
  readonly uid: number;
  readonly name: string;
  readonly categoryUid: number;
  readonly categoryName: string;
  readonly activities: Readonly<Record<number, string>>;
  /** Whether an actor stands in it only by the profile `host`. */
  readonly actorByProfile: boolean;
}

export const apiActivity: OcsfClass = {
  uid: 6003,
  name: 'API Activity',
  categoryUid: 6,
  categoryName: 'Application Activity',
  activities: { 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete', 99: 'Other' },
  actorByProfile: false,
};

export const applicationLifecycle: OcsfClass = {
  uid: 6002,
  name: 'Application Lifecycle',
  categoryUid: 6,
  categoryName: 'Application Activity',
  activities: { 3: 'Start', 4: 'Stop', 8: 'Update', 99: 'Other' },
  actorByProfile: true,
};

export const networkActivity: OcsfClass = {
  uid: 4001,
  name: 'Network Activity',
  categoryUid: 4,
  categoryName: 'Network Activity',
  activities: { 1: 'Open', 2: 'Close', 5: 'Refuse' },
  actorByProfile: true,
};
