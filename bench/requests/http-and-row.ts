import { createServer } from 'node:http'
import pg from 'pg'
import { z } from 'zod'
import { serveParent, toldByParent } from '../baseline.js'
import { Answer } from './answer.js'

const told = toldByParent(
  z.object({ answer: Answer, database: z.url(), text: z.string(), values: z.array(z.string()) }),
)
const { headers, body } = told.answer
const pool = new pg.Pool({ connectionString: told.database, max: 16 })

serveParent(
  createServer((_request, response) => {
    pool.query({ name: 'row', text: told.text, values: told.values }).then(
      () => response.writeHead(200, headers).end(body),
      () => response.writeHead(500).end(),
    )
  }),
)
