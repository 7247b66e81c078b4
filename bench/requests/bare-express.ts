import { createServer } from 'node:http'
import express from 'express'
import { serveParent, toldByParent } from '../baseline.js'
import { Answer } from './answer.js'

const { headers, body } = toldByParent(Answer)

const app = express()
app.disable('x-powered-by')
app.get('/*path', (_request, response) => {
  response.set(headers).send(body)
})

serveParent(createServer(app))
