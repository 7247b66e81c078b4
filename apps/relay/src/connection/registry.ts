import { closeCodes } from '../protocol/close-codes.js'
import type { Connection } from './connection.js'

const accountOf = ({ holder }: Connection) => `${holder.environment_id}:${holder.player_id}`

/** Every open socket of this node. Sets keep the order of opening. */
export class ConnectionRegistry {
  private readonly connections = new Set<Connection>()
  private readonly byAccount = new Map<string, Set<Connection>>()

  private readonly perAddress = new Map<string, number>()

  constructor(
    private readonly socketsPerAccount: number,
    private readonly socketsPerAddress: number,
  ) {}

  get size(): number {
    return this.connections.size
  }

  all(): Connection[] {
    return [...this.connections]
  }

  /** Whether one more socket may come from there. */
  hasRoomFor(address: string): boolean {
    return (this.perAddress.get(address) ?? 0) < this.socketsPerAddress
  }

  /** Adds a socket; the oldest of an account that has too many gives way. */
  add(connection: Connection): void {
    const account = accountOf(connection)
    const own = this.byAccount.get(account) ?? new Set()
    this.byAccount.set(account, own)
    own.add(connection)
    this.connections.add(connection)
    this.perAddress.set(connection.address, (this.perAddress.get(connection.address) ?? 0) + 1)
    const [oldest] = own
    if (own.size > this.socketsPerAccount && oldest !== undefined) {
      own.delete(oldest)
      oldest.close(closeCodes.replaced, 'replaced by a newer connection')
    }
  }

  remove(connection: Connection): void {
    if (this.connections.delete(connection)) this.forgetAddress(connection.address)
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

  private forgetAddress(address: string): void {
    const left = (this.perAddress.get(address) ?? 0) - 1
    if (left > 0) this.perAddress.set(address, left)
    else this.perAddress.delete(address)
  }
}
