import { Problem } from '../errors/index.js'
import type { Route } from './route.js'

interface Branch<Ctx> {
  fixed: Map<string, Branch<Ctx>>
  parameter: Branch<Ctx> | undefined
  routes: Map<string, { route: Route<Ctx>; names: string[] }>
}

export interface Match<Ctx> {
  route: Route<Ctx>
  params: Record<string, string>
}

export interface Router<Ctx> {
  /** The route of this path and method; undefined for an unknown path; throws `method_not_allowed`. */
  find(method: string, path: string): Match<Ctx> | undefined
}

const branch = <Ctx>(): Branch<Ctx> => ({
  fixed: new Map(),
  parameter: undefined,
  routes: new Map(),
})

function decodeSegment(segment: string): string {
  let text = segment
  try {
    if (segment.includes('%')) text = decodeURIComponent(segment)
  } catch {
    throw new Problem('malformed_request', { detail: 'The path holds a broken percent-encoding.' })
  }
  // What looks like one segment here must not be several, or a parent, to anyone further in.
  if (/[/\\\0]/.test(text) || text === '.' || text === '..') throw new Problem('malformed_request')
  return text
}

/** Builds a tree over the table once. A fixed segment wins over a parameter: `history` over `:save_id`. */
export function createRouter<Ctx>(routes: readonly Route<Ctx>[]): Router<Ctx> {
  const root = branch<Ctx>()
  for (const route of routes) {
    const names: string[] = []
    let at = root
    for (const segment of route.path.slice(1).split('/')) {
      if (segment.startsWith(':')) {
        names.push(segment.slice(1))
        at.parameter ??= branch()
        at = at.parameter
      } else {
        const next = at.fixed.get(segment) ?? branch()
        at.fixed.set(segment, next)
        at = next
      }
    }
    const method = route.method.toUpperCase()
    if (at.routes.has(method)) throw new Error(`two routes answer ${method} ${route.path}`)
    at.routes.set(method, { route, names })
  }

  return {
    find(method, path) {
      const values: string[] = []
      let at: Branch<Ctx> | undefined = root
      // All of them, also behind the point where this table knows no further: others read the path, too.
      for (const segment of path.slice(1).split('/').map(decodeSegment)) {
        const fixed: Branch<Ctx> | undefined = at.fixed.get(segment)
        if (fixed !== undefined) at = fixed
        else if (at.parameter !== undefined && segment !== '') {
          at = at.parameter
          values.push(segment)
        } else return undefined
      }
      if (at.routes.size === 0) return undefined
      const hit = at.routes.get(method === 'HEAD' ? 'GET' : method)
      if (hit === undefined) {
        throw new Problem('method_not_allowed', { headers: { allow: allowedMethods(at.routes) } })
      }
      return {
        route: hit.route,
        params: Object.fromEntries(hit.names.map((name, index) => [name, values[index] ?? ''])),
      }
    },
  }
}

const allowedMethods = (routes: Map<string, unknown>) =>
  [...routes.keys(), ...(routes.has('GET') ? ['HEAD'] : [])].join(', ')
