import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { Trouble } from './trouble.js'

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}

/** Whether a program could listen on this loopback port right now. */
export async function isPortFree(port: number): Promise<boolean> {
  return listenOnce(port).then(
    () => true,
    () => false,
  )
}

/** The preferred port when it is free, else one the system picks. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isPortFree(preferred))) return preferred
  return listenOnce(0)
}

/**
 * Makes sure that ports with a fixed place are free.
 * @throws Trouble that says how to move all of them.
 */
export async function requireFreePorts(ports: number[], frontDoor: number): Promise<void> {
  for (const port of ports) {
    if (await isPortFree(port)) continue
    const elsewhere = frontDoor + 1000 <= 65000 ? frontDoor + 1000 : 9080
    throw new Trouble(
      `Port ${port} is taken by another program. Stop it, or run: AETHEX_PORT=${elsewhere} npm start`,
    )
  }
}

// Below the range from which systems pick ports for outgoing connections (32768 on Linux): a client that reconnects
// to a part that is down could otherwise be given the part's own port.
const firstInternal = 20_000
const internalCount = 10_000

/** A free port for each name: the remembered one when it is still free, else one picked at random; none of the reserved. */
export async function pickPorts<Name extends string>(
  names: readonly Name[],
  remembered: Partial<Record<string, unknown>>,
  reserved: number[] = [],
): Promise<Record<Name, number>> {
  const taken = new Set(reserved)
  const pick = async (name: Name) => {
    const before = remembered[name]
    let port = typeof before === 'number' ? before : 0
    while (port === 0 || taken.has(port) || !(await isPortFree(port))) {
      port = firstInternal + randomInt(internalCount)
    }
    taken.add(port)
    return [name, port] as const
  }
  const picked: (readonly [Name, number])[] = []
  for (const name of names) picked.push(await pick(name))
  return Object.fromEntries(picked) as Record<Name, number>
}
