import { closeCodes } from '../protocol/close-codes.js'
import type { Connection } from './connection.js'

const accountOf = ({ holder }: Connection) => `${holder.environment_id}:${holder.player_id}`

/** Every open socket of this node. Sets keep the order of opening. */
export class ConnectionRegistry {
  private readonly connections = new Set<Connection>()
  private readonly byAccount = new Map<string, Set<Connection>>()

  constructor(private readonly socketsPerAccount: number) {}

  get size(): number {
    return this.connections.size
  }

  all(): Connection[] {
    return [...this.connections]
  }

  /** Adds a socket; the oldest of an account that has too many gives way. */
  add(connection: Connection): void {
    const account = accountOf(connection)
    const own = this.byAccount.get(account) ?? new Set()
    this.byAccount.set(account, own)
    own.add(connection)
    this.connections.add(connection)
    const [oldest] = own
    if (own.size > this.socketsPerAccount && oldest !== undefined) {
      own.delete(oldest)
      oldest.close(closeCodes.replaced, 'replaced by a newer connection')
    }
  }

  remove(connection: Connection): void {
    this.connections.delete(connection)
    const account = accountOf(connection)
    const own = this.byAccount.get(account)
    own?.delete(connection)
    if (own?.size === 0) this.byAccount.delete(account)
  }

  ofPlayer(environmentId: string, playerId: string): Connection[] {
    return [...(this.byAccount.get(`${environmentId}:${playerId}`) ?? [])]
  }

  ofSession(environmentId: string, playerId: string, sessionId: string): Connection[] {
    const own = this.byAccount.get(`${environmentId}:${playerId}`) ?? []
    return [...own].filter(({ holder }) => holder.session_id === sessionId)
  }
}
