import type { IncomingMessage, ServerResponse } from 'node:http'

/** A part that an app needs, and how to ask it whether it is there. */
export interface Part {
  name: string
  ping(): Promise<void>
  /** Without a required part the app takes no traffic; without another one it only does less. */
  required: boolean
}

const pingMs = 2_000

async function pingWithin(part: Part): Promise<{ ok: boolean; required: boolean }> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${part.name} does not answer`)), pingMs)
  })
  try {
    await Promise.race([part.ping(), late])
    return { ok: true, required: part.required }
  } catch {
    return { ok: false, required: part.required }
  } finally {
    clearTimeout(timer)
  }
}

export interface Health {
  /** From now on /readyz says no, so that balancers stop sending. */
  drain(): void
  isDraining(): boolean
  /** Answers /livez and /readyz; false for other paths. */
  answer(request: IncomingMessage, response: ServerResponse): boolean
}

function write(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  response.end(text)
}

/** /livez: the process turns. /readyz: it should get traffic, with the truth about every part. */
export function createHealth(parts: readonly Part[]): Health {
  let draining = false
  const readiness = async () => {
    const answers = await Promise.all(parts.map(pingWithin))
    const ready = !draining && answers.every(answer => answer.ok || !answer.required)
    const degraded = answers.some(answer => !answer.ok)
    return {
      ready,
      body: {
        status: draining ? 'draining' : ready ? (degraded ? 'degraded' : 'ready') : 'unready',
        parts: Object.fromEntries(parts.map((part, index) => [part.name, answers[index]])),
      },
    }
  }
  return {
    drain: () => {
      draining = true
    },
    isDraining: () => draining,
    answer(request, response) {
      if (request.url === '/livez') {
        write(response, 200, { status: 'live' })
        return true
      }
      if (request.url === '/readyz') {
        void readiness().then(({ ready, body }) => write(response, ready ? 200 : 503, body))
        return true
      }
      return false
    },
  }
}
