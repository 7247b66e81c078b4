import pg from 'pg'

/** Who the apps are to PostgreSQL: a member of the role that the migrations make, with no rights beside it. */
const appUser = 'aethex_api'

/**
 * Makes the user that the apps connect as, or gives it this password.
 * @param ownerUrl the migrated database, as the user that migrates it
 * @returns the URL for the apps
 */
export async function ensureAppUser(ownerUrl: string, password: string): Promise<string> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [appUser])
    if (rowCount === 0) await client.query(`CREATE ROLE ${appUser} LOGIN IN ROLE aethex_app`)
    await client.query(`ALTER ROLE ${appUser} PASSWORD ${pg.escapeLiteral(password)}`)
  } finally {
    await client.end()
  }
  const url = new URL(ownerUrl)
  url.username = appUser
  url.password = password
  return url.href
}
