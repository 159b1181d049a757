// For applications.
export { secureConnect } from './secure-connect.js';
export { secureConnectCallback, type SecureCallbackOptions } from './secure-connect-callback.js';
export type { Publishing, SecureConnectOptions } from './connect-options.js';

// For packages that connect, and connect again, on somebody’s behalf.
export { checkConnect } from './prepare-connection.js';
export { secureConnector, type SecureConnector } from './secure-connector.js';

// For the command line.
export {
  askManagement,
  type ManagementAnswer,
  type ManagementLogin,
  type ManagementRequest,
} from './ask-management.js';
export { managementTool, type ManagementTool } from './management-tool.js';
export { peekQueue } from './peek-queue.js';
export { holdQueue, type HeldMessage } from './hold-queue.js';
export { redriveTool, type RedriveTool } from './redrive-tool.js';
export { withToolConnection } from './tool-connection.js';
export { amqpHello, amqpMechanisms, answersAmqp } from './listener-hello.js';
export {
  surveyRabbitmq,
  type Presence,
  type RabbitmqQuestions,
  type RabbitmqSurvey,
} from './survey-rabbitmq.js';
