import { parseArgs } from 'node:util'
import { runPart } from '../run-part.js'
import { startClickHouse } from './server.js'

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    port: { type: 'string', default: '8123' },
    user: { type: 'string', default: 'default' },
    password: { type: 'string', default: process.env.CLICKHOUSE_PASSWORD ?? '' },
    database: { type: 'string', default: 'default' },
  },
})
const { dir, port, ...login } = values
if (!dir) throw new Error('Say where the data lives: --dir <directory>')

await runPart(async () => {
  const clickhouse = await startClickHouse({ dir, port: Number(port), ...login })
  return { ready: { port: clickhouse.port }, close: () => clickhouse.close() }
})
