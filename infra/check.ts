import { runChecks } from './checks.js'

// `npm run check`: every check, and no test.
process.exitCode = (await runChecks()) ? 0 : 1
