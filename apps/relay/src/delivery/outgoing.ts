import type { Socket } from 'node:net'

let corked: Socket[] = []

function flush(): void {
  const sockets = corked
  corked = []
  for (const socket of sockets) socket.uncork()
}

/** Writes `frame`; what one turn of the event loop writes to a socket leaves in one system call. */
export function writeSoon(socket: Socket, frame: Buffer): void {
  if (socket.writableCorked === 0) {
    socket.cork()
    // Immediates run when the turn has read from every socket that had something.
    if (corked.push(socket) === 1) setImmediate(flush)
  }
  socket.write(frame)
}
