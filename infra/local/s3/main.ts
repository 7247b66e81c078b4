import { parseArgs } from 'node:util'
import { type S3Server, startS3Server } from './server.js'

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    port: { type: 'string', default: '0' },
    'access-key': { type: 'string' },
    'secret-key': { type: 'string' },
    bucket: { type: 'string' },
  },
})
const secretAccessKey = values['secret-key'] ?? process.env.S3_SECRET_ACCESS_KEY
const accessKeyId = values['access-key']
const port = Number(values.port)
if (!values.dir || !accessKeyId || !secretAccessKey || !Number.isInteger(port)) {
  console.error(
    'usage: s3 --dir <folder> --access-key <id> [--port <n>] [--bucket <name>] with --secret-key or S3_SECRET_ACCESS_KEY',
  )
  process.exit(2)
}

let server: S3Server | undefined
let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await server?.close()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
if (process.connected) process.on('disconnect', stop)

server = await startS3Server({
  dir: values.dir,
  port,
  host: '127.0.0.1',
  credentials: { accessKeyId, secretAccessKey },
  bucket: values.bucket,
})
console.log(JSON.stringify({ ready: true, port: server.port }))
