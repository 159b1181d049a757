// For users.
export type { AuditFileSettings, AuditSettings, AuditSinkName } from './audit-settings.js';
export { checkAgainstDirectory } from './check-against-directory.js';
export { changeText, comparePolicies, type ComparedPolicy, type PolicyChange } from './compare-policies.js';
export { controls } from './controls/all-controls.js';
export { controlNotes, type ControlNotes, type InsecureNote } from './controls/stated-controls.js';
export type { Control, ControlStanding, StatedControl } from './controls/control.js';
export {
  explainRoute,
  type AskedDirectory,
  type RouteExplanation,
  type RouteQuestion,
  type RouteReason,
} from './explain-route.js';
export { loadPolicy, policyFor, policyForProcess, type LoadPolicyOptions } from './load-policy.js';
export { ProvidedToken } from './provided-token.js';
export { openConnectionGuard } from './open-connection-guard.js';
export { openRoutes, routesInSteps, type PolicyRoutes } from './open-routes.js';
export type {
  ChannelPolicy,
  ConnectionPolicy,
  MessagePolicy,
  Policy,
  PolicyPath,
  PolicyTemplate,
  PublishTarget,
  RedrivePolicy,
  RedisReplayStore,
  ReplayPolicy,
  RotationPolicy,
  SaslPolicy,
  KeysPolicy,
  SecretSource,
  SqliteReplayStore,
  TlsPolicy,
} from './policy.js';
export { payloadsOf, type PayloadLine } from './payload-lines.js';
export { readPseudonymKey } from './pseudonym-key.js';
export { operatorSecret } from './operator-secret.js';
export { redisAccess, type RedisAccess } from './redis-access.js';
export { policyJsonSchema } from './policy-json-schema.js';
export { readExamples, tryExamples, type ExampleResult, type PolicyExample } from './policy-examples.js';
export type { PolicySetting, PolicySettings, SettingValue } from './policy-settings.js';
export { comparablePolicy, parsePolicy, readPolicy, readOrThrow as readPolicyBytes } from './read-policy.js';
export { readRevocationLists, type RevocationList } from './revocation-lists.js';
export type { Effect } from './setting-rules.js';
export { refuseWeakRuntime, type Runtime } from './weak-runtime.js';
export { durationMs } from './units.js';
export { isKafkaInOrder, kafkaDrift, type KafkaDrift } from './rights/kafka-drift.js';
export {
  isRabbitmqInOrder,
  rabbitmqChanges,
  rabbitmqDrift,
  type RabbitmqChanges,
  type RabbitmqDrift,
  type RabbitmqExcess,
  type RabbitmqState,
} from './rights/rabbitmq-drift.js';
export {
  defaultExchange,
  rabbitmqRights,
  type RabbitmqAct,
  type RabbitmqRight,
} from './rights/rabbitmq-rights.js';
export { outletUse, type OutletUse } from './rights/outlet-use.js';
export { rabbitmqUser } from './rights/rabbitmq-user.js';
export { kafkaRights, type KafkaRight } from './rights/kafka-rights.js';
export type { AclPolicy, KafkaNames } from './rights/acl-policy.js';
