import { readFileSync, writeFileSync } from 'node:fs'
import { contractFiles } from './documents.js'

// `--check` compares instead of writing, and fails when a route table has moved on.
const isCheck = process.argv.includes('--check')
const root = new URL('../../', import.meta.url)

const readIfThere = (file: URL) => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

let stale = 0
for (const [path, text] of Object.entries(await contractFiles())) {
  const file = new URL(path, root)
  if (readIfThere(file) === text) continue
  stale++
  if (isCheck) console.error(`generated-files-are-fresh: ${path} is not what the route tables say`)
  else {
    writeFileSync(file, text)
    console.log(`wrote ${path}`)
  }
}
if (isCheck && stale > 0) {
  console.error('Run `npm run generate` and commit what it writes.')
  process.exit(1)
}
