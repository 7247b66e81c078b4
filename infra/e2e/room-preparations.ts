type Ask = (path: string, json: unknown) => Promise<Record<string, Record<string, string>>>

/** Rooms and game servers to be read, kept and ended; `post` is a server's. */
export function roomPreparations(post: Ask) {
  const room = async () => {
    const { room } = await post('/rooms', {})
    return { params: { room_id: room?.room_id ?? '' } }
  }
  const gameServer = async () => {
    const json = { name: 'x', host: 'localhost', port: 1, region: 'eu', capacity: 1 }
    const { server, allocation_token } = await post('/game-servers', json)
    return { params: { server_id: server?.server_id ?? '' }, allocation_token }
  }
  const found = async () => ({ params: (await gameServer()).params })
  return {
    'rooms.read': room,
    'rooms.close': room,
    'game_servers.heartbeat': async () => {
      const { params, allocation_token } = await gameServer()
      return { params, json: { players: 1, allocation_token } }
    },
    'game_servers.remove': found,
    'game_servers.join': found,
    'game_servers.redeem': async () => {
      const { params, allocation_token } = await gameServer()
      return { params, json: { join_token: 'A'.repeat(32), allocation_token } }
    },
  }
}
