import { parseArgs } from 'node:util'
import { runPart } from '../run-part.js'
import { startSite } from './server.js'

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    port: { type: 'string', default: '0' },
    config: { type: 'string' },
  },
})

await runPart(async () => {
  const { dir, port, config } = values
  if (!dir || !config) throw new Error('Say what to serve: --dir <folder> --config <JSON>')
  const { url, api_key } = JSON.parse(config)
  const site = await startSite({ dir, port: Number(port), config: { url, api_key } })
  return { ready: { port: site.port }, close: site.close }
})
