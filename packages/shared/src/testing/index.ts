export { startTestClickHouse, type TestClickHouse } from './clickhouse.js'
export { startTestRedis, type TestRedis } from './redis.js'
