// For users.
export { secureKafka, SecureKafka } from './secure-kafka.js';
export { kafkaDirectory, type KafkaDirectoryOptions } from './kafka-directory.js';
export type { AllowedReread, Reread } from './allow-reread.js';
export type { Describe, DescribedRecord, SecureKafkaConfig, SecureKafkaOptions } from './options.js';
export { pinoLogCreator, type StructuredLogger } from './pino-log-creator.js';
export { redactPaths } from './redact-paths.js';
export { origin, type Origin } from '@sealwire/core';

// For the command line.
export { answersKafka, kafkaHello, kafkaMechanisms, kafkaSaslHello } from './listener-hello.js';
export { readSegment, type SegmentRecord, type UnreadBatch } from './read-segment.js';
export { mayWrite, type WriteAnswer } from './may-write.js';
export { surveyKafka, type KafkaSettings, type KafkaSurvey, type SurveyedTopic } from './survey-kafka.js';
export { withAclTool, type AclTool } from './acl-tool.js';
export { allowRereadAt } from './reread-tool.js';
export { peekRecord, type RecordPlace } from './peek-record.js';
export {
  readRange,
  type FindSessions,
  type PartitionRange,
  type RangeReading,
  type RecordRange,
} from './read-range.js';
export { withRedriveTool, type RedriveTool, type ToolRecord } from './redrive-tool.js';
