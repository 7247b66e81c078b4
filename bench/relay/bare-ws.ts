import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { serveParent } from '../baseline.js'

/** The shortest relay one would write: parse, name the sender, stringify once, send to the other members. */

const rooms = new Map<string, Set<WebSocket>>()
const Join = z.object({ room_id: z.string() })

const server = createServer()
const sockets = new WebSocketServer({ server, clientTracking: false, perMessageDeflate: false })

sockets.on('connection', socket => {
  const playerId = randomUUID()
  let room: Set<WebSocket> | undefined
  let seq = 0

  socket.on('message', data => {
    const message = JSON.parse(data.toString())
    if (message.type === 'player_state_update') {
      seq += 1
      const { state } = message
      const text = JSON.stringify({ type: 'state_update', player_id: playerId, state, seq })
      for (const member of room ?? []) {
        if (member !== socket && member.readyState === WebSocket.OPEN) member.send(text)
      }
    } else if (message.type === 'join_room') {
      const { room_id: roomId } = Join.parse(message)
      room = rooms.get(roomId) ?? new Set()
      rooms.set(roomId, room)
      room.add(socket)
      socket.send(JSON.stringify({ type: 'room_joined', room_id: roomId, members: [] }))
    } else socket.send(JSON.stringify({ type: 'pong', reply_to: message.id }))
  })
  socket.on('close', () => room?.delete(socket))
})

serveParent(server)
