import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Closable } from '@aethex/shared/lifecycle'

/** A way to a server that can be cut and mended. */
export interface BreakableLink extends Closable {
  /** The given URL, through this link. */
  url: string
  cut(): void
  mend(): Promise<void>
}

/** Opens a link to the server that a URL names. */
export async function openBreakableLink(target: string): Promise<BreakableLink> {
  const url = new URL(target)
  const { hostname, port } = url
  const open = new Set<Socket>()
  const server = createServer(near => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => open.delete(socket))
    }
    near.pipe(far).pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const here = (server.address() as AddressInfo).port
  const cut = () => {
    server.close()
    for (const socket of open) socket.destroy()
  }
  url.port = String(here)
  return {
    url: url.href,
    cut,
    mend: async () => {
      server.listen(here, '127.0.0.1')
      await once(server, 'listening')
    },
    close: async () => cut(),
  }
}
