import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
}

export type File = { name: string; size: number; type: string; tag: string }

/** The path of a request target, decoded; undefined when it cannot be one. */
export function pathOf(target: string): string | undefined {
  try {
    const decoded = decodeURIComponent(target.split(/[?#]/, 1)[0] ?? '')
    return decoded.startsWith('/') && !decoded.includes('\0') ? decoded : undefined
  } catch {
    return undefined
  }
}

/** Finds the file for a path below a folder; undefined when there is none, or when it lies elsewhere. */
export async function findFile(folder: string, requested: string): Promise<File | undefined> {
  const wanted = requested.endsWith('/') ? `${requested}index.html` : requested
  try {
    const root = await realpath(folder)
    // The real path: neither dots nor a link lead out of the folder.
    const name = await realpath(path.join(root, wanted))
    if (!name.startsWith(root + path.sep)) return undefined
    const { size, mtimeMs, isFile } = await stat(name).then(found => ({
      size: found.size,
      mtimeMs: found.mtimeMs,
      isFile: found.isFile(),
    }))
    if (!isFile) return undefined
    const type = types[path.extname(name).toLowerCase()] ?? 'application/octet-stream'
    return { name, size, type, tag: `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"` }
  } catch {
    return undefined
  }
}

/** Answers with a file, or 304 when the browser has it. */
export function sendFile(request: IncomingMessage, response: ServerResponse, file: File): void {
  response.setHeader('etag', file.tag)
  if (request.headers['if-none-match'] === file.tag) {
    response.writeHead(304).end()
    return
  }
  response.writeHead(200, { 'content-type': file.type, 'content-length': file.size })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  const stream = createReadStream(file.name)
  stream.on('error', () => response.destroy())
  stream.pipe(response)
}
