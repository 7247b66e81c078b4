/** Whom the servers are for. */
export interface IceUser {
  environmentId: string
  playerId: string
  sessionId: string
}

/** One entry of a browser's `iceServers` (W3C WebRTC §4.2.4). */
export interface IceServer {
  urls: string[]
  username?: string
  credential?: string
}

/**
 * Who helps two players to reach each other: our own coturn, or a service that is asked for credentials. One that is
 * bought implements this, and stands in the place of `openIce` where the parts are opened.
 */
export interface IceProvider {
  /**
   * Servers for this session only, worth nothing an hour from `now` at the latest; an empty list when there are none.
   * Throws a Problem such as `unavailable`; games go by the relay then.
   */
  serversFor(user: IceUser, now: Date): Promise<{ servers: IceServer[]; expiresAt: Date }>
}
