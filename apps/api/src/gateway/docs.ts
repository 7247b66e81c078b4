import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Problem } from '@aethex/shared/errors'
import express, { type ErrorRequestHandler, type Express } from 'express'

const assets = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AeThex Cloud API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

const start = `SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  persistAuthorization: true,
})
`

const securityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"

/** The pages that people read: /docs, and the document it shows. What it cannot answer goes to `onProblem`. */
export function docsPages(
  openapiFile: URL,
  onProblem: (error: unknown, response: ServerResponse) => void,
): Express {
  const document = readFileSync(openapiFile, 'utf8')
  const app = express()
  app.disable('x-powered-by')
  app.get('/api/v1/openapi.json', (_request, response) => {
    response.type('application/json').set('cache-control', 'no-cache').send(document)
  })
  app.use('/docs', (_request, response, next) => {
    response.set('content-security-policy', securityPolicy).set('x-content-type-options', 'nosniff')
    next()
  })
  app.get('/docs', (_request, response) => {
    response.type('html').send(page)
  })
  app.get('/docs/start.js', (_request, response) => {
    response.type('text/javascript').send(start)
  })
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
    app.get(`/docs/${file}`, (_request, response) => response.sendFile(path.join(assets, file)))
  }
  app.use(() => {
    throw new Problem('not_found')
  })
  const atLast: ErrorRequestHandler = (error, _request, response, _next) =>
    onProblem(error, response)
  app.use(atLast)
  return app
}

/** The paths that express answers; everything else is the route table's. */
export const isDocsPath = (url: string) =>
  url === '/api/v1/openapi.json' || /^\/docs(\/|$)/.test(url)
