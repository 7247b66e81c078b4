import { createServer } from 'node:http'
import { serveParent, toldByParent } from '../baseline.js'
import { Answer } from './answer.js'

const { headers, body } = toldByParent(Answer)

serveParent(createServer((_request, response) => response.writeHead(200, headers).end(body)))
