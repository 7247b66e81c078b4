import { checkMigrations } from '../local/migrate.js'
import { withScratchPostgres } from '../local/scratch-postgres.js'
import { sentenceOf } from '../local/trouble.js'

withScratchPostgres(checkMigrations).then(
  () => console.log('The migrations produce exactly the schema.'),
  error => {
    console.error(`migrations-produce-the-schema: prisma/migrations:1: ${sentenceOf(error)}`)
    process.exitCode = 1
  },
)
