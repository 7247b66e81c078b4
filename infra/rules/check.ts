import { checkout } from '../local/checkout.js'
import { sentenceOf } from '../local/trouble.js'
import { checkHouse } from './house-rules.js'
import { tell } from './rule.js'

async function main(): Promise<void> {
  const { violations, files, rules } = await checkHouse(checkout)
  for (const violation of violations) console.error(tell(violation))
  if (violations.length === 0) console.log(`${files} files keep the ${rules} rules of the house.`)
  else process.exitCode = 1
}

main().catch(error => {
  console.error(sentenceOf(error))
  process.exitCode = 1
})
