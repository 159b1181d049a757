// channels.<name>.plaintext: whose plaintext passes, how they are known, and until when.
import { endOfDay, untilRule } from './acknowledged-until.js';
import * as field from './fields.js';
import { list, map, oneOf, value } from './fields.js';
import { exactlyOne } from './together.js';

export const plaintextSchema = map({
  insecure_until: value(untilRule, endOfDay),
  from: list(field.sender, 'agents, groups and patterns of agents', 1000).optional(),
  insecure_from: oneOf(['anybody']).optional(),
  // Anybody who may write can set a header: where the broker vouches for the sender, that is asked first.
  sender_header: field.headerName.optional(),
  rabbitmq_sender: oneOf(['user_id', 'header']).default('user_id'),
  type_header: field.headerName.optional(),
}).refine(...exactlyOne('from', 'insecure_from'));
