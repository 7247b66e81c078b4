import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { checkout, inCheckout } from '../local/checkout.js'
import { openTree } from '../rules/tree.js'
import { threatsDocument, withoutResults } from './document.js'
import { readResults } from './results.js'
import { titlesIn } from './titles.js'

// Writes docs/threats.md. `--check` compares what the tests say, and not how they went.
const file = inCheckout('docs', 'threats.md')
const fresh = threatsDocument(titlesIn(openTree(checkout)), readResults(checkout))
const there = existsSync(file) ? readFileSync(file, 'utf8') : ''
if (process.argv.includes('--check')) {
  if (withoutResults(there) !== withoutResults(fresh)) {
    console.error(
      'generated-files-are-fresh: docs/threats.md is not what the titles of the tests say',
    )
    console.error('Run `node --import tsx infra/threats/report.ts` and commit what it writes.')
    process.exitCode = 1
  }
} else if (there !== fresh) {
  writeFileSync(file, fresh)
  console.log('wrote docs/threats.md')
}
