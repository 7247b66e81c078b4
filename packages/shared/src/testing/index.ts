export { fromTestAddress, moveTestAddress } from './address.js'
export { type Answer, call, codeOf } from './call.js'
export { startTestClickHouse, type TestClickHouse } from './clickhouse.js'
export {
  freshEnvironment,
  freshPlayer,
  type StackAddress,
  type TestEnvironment,
  type TestPlayer,
} from './environment.js'
export { type KmsMood, startTestKms, type TestKms } from './kms.js'
export {
  type CaughtMail,
  codeInMail,
  type Mailbox,
  mailboxAt,
  startTestMail,
  type TestMail,
} from './mail.js'
export { startTestRedis, type TestRedis } from './redis.js'
export type { SharedStack } from './stack.js'
