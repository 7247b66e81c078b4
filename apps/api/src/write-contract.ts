import { createLog } from '@aethex/shared/log'
import { writeContractOnce } from './app.js'
import { readContractConfig } from './config.js'

// An operator's tool: `node dist/write-contract.js --organization … --written-by … --reason … --overrides '{…}'`.
// It needs the database, so that nothing which a network reaches can raise a limit.
const { config, secrets } = readContractConfig()
const log = createLog('write-contract', config.LOG_LEVEL)
const { id } = await writeContractOnce(
  secrets,
  config.ORGANIZATION,
  {
    tier: config.TIER,
    overrides: config.OVERRIDES,
    priceMinor: config.PRICE_MINOR ?? null,
    validFrom: config.VALID_FROM ?? new Date(),
    validUntil: config.VALID_UNTIL ?? null,
    writtenBy: config.WRITTEN_BY,
    reason: config.REASON,
  },
  log,
)
log.info({ id }, 'the contract is written')
