// What was done about what an alert is about: OCSF’s profile Security Control.
import type { AuditEvent, AuditOutcome } from '@sealwire/core';

export interface Security {
  readonly is_alert: true;
  readonly action_id: 1 | 2;
  readonly action: string;
  readonly disposition_id: number;
  readonly disposition: string;
}

const denied = (disposition_id: number, disposition: string): Security => ({
  is_alert: true,
  action_id: 2,
  action: 'Denied',
  disposition_id,
  disposition,
});

const ofOutcome: Readonly<Partial<Record<AuditOutcome, Security>>> = {
  delivered: {
    is_alert: true,
    action_id: 1,
    action: 'Allowed',
    disposition_id: 1,
    disposition: 'Allowed',
  },
  quarantined: denied(3, 'Quarantined'),
  dropped: denied(6, 'Dropped'),
};

const blocked = denied(2, 'Blocked');

export const securityOf = ({ outcome }: Pick<AuditEvent, 'outcome'>): Security =>
  ofOutcome[outcome] ?? blocked;
