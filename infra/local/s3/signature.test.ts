import { once } from 'node:events'
import net from 'node:net'
import { GetObjectCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  Bucket,
  clientFor,
  presign,
  type ScratchServer,
  startScratchServer,
} from './scratch-server.js'

let s3: ScratchServer
let object: string
beforeAll(async () => {
  s3 = await startScratchServer()
  object = `${s3.url}/${Bucket}/a%20b.txt`
  await s3.client.send(new PutObjectCommand({ Bucket, Key: 'a b.txt', Body: 'hello' }))
})
afterAll(() => s3.stop())

async function refusal(response: Response): Promise<string> {
  const code = /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1]
  return `${response.status} ${code}`
}

/** Sends bytes as they are and returns all that comes back. */
async function exchange(bytes: string): Promise<string> {
  const { hostname, port } = new URL(s3.url)
  const socket = net.connect(Number(port), hostname)
  let answer = ''
  socket.setEncoding('latin1').on('data', data => {
    answer += data
  })
  socket.write(bytes, 'latin1')
  await once(socket, 'close')
  return answer
}

it('refuses another secret, an unknown key and no signature at all', async () => {
  const list = new ListBucketsCommand({})
  await expect(clientFor(s3.url, 'wrong').send(list)).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
  })
  const url = await presign(object, 'GET')
  const stranger = url.replace('X-Amz-Credential=local', 'X-Amz-Credential=stranger')
  expect(await refusal(await fetch(stranger))).toBe('403 InvalidAccessKeyId')
  expect(await refusal(await fetch(object))).toBe('403 AccessDenied')
  expect(await refusal(await fetch(object, { headers: { authorization: 'Bearer x' } }))).toBe(
    '400 AuthorizationHeaderMalformed',
  )
})

it('accepts presigned downloads, with the disposition the signer chose', async () => {
  const query = { 'response-content-disposition': 'attachment; filename="x y.txt"' }
  const response = await fetch(await presign(object, 'GET', { query }))
  expect(await response.text()).toBe('hello')
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="x y.txt"')
})

it('accepts presigned uploads and keeps metadata carried in the URL', async () => {
  const headers = { 'x-amz-meta-player': 'ada' }
  const url = await presign(`${s3.url}/${Bucket}/upload`, 'PUT', { headers })
  const response = await fetch(url, { method: 'PUT', body: 'from a browser' })
  expect(response.status).toBe(200)
  const stored = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'upload' }))
  expect(await stored.Body?.transformToString()).toBe('from a browser')
  expect(stored.Metadata).toEqual({ player: 'ada' })
})

it('refuses a presigned URL for another key, method or query', async () => {
  const url = await presign(object, 'GET')
  expect(await refusal(await fetch(url.replace('/a%20b.txt', '/other')))).toBe(
    '403 SignatureDoesNotMatch',
  )
  expect(await refusal(await fetch(url, { method: 'PUT', body: 'x' }))).toBe(
    '403 SignatureDoesNotMatch',
  )
  expect(await refusal(await fetch(`${url}&response-content-type=text/html`))).toBe(
    '403 SignatureDoesNotMatch',
  )
})

it('refuses a presigned URL that has expired, lives too long or is not valid yet', async () => {
  const hour = 3_600_000
  const old = { signingDate: new Date(Date.now() - hour), expiresIn: 60 }
  expect(await refusal(await fetch(await presign(object, 'GET', old)))).toBe('403 AccessDenied')
  const early = { signingDate: new Date(Date.now() + hour) }
  expect(await refusal(await fetch(await presign(object, 'GET', early)))).toBe('403 AccessDenied')
  const url = (await presign(object, 'GET')).replace('X-Amz-Expires=60', 'X-Amz-Expires=999999')
  expect(await refusal(await fetch(url))).toBe('400 AuthorizationQueryParametersError')
})

it('refuses x-amz headers that were not signed', async () => {
  const url = await presign(`${s3.url}/${Bucket}/extra`, 'PUT')
  const response = await fetch(url, {
    method: 'PUT',
    body: 'x',
    headers: { 'x-amz-meta-role': 'admin' },
  })
  expect(await refusal(response)).toBe('403 AccessDenied')
})

it('refuses header values no answer could carry', async () => {
  const query = { 'response-content-type': 'text/plain\r\nset-cookie: a=b' }
  expect(await refusal(await fetch(await presign(object, 'GET', { query })))).toBe(
    '400 InvalidArgument',
  )
})

it.each([
  ['a broken escape', 'GET /saves/%zz HTTP/1.1', 'InvalidURI'],
  ['an absolute address', 'GET http://elsewhere/x HTTP/1.1', 'InvalidURI'],
  ['a key that is too long', `GET /saves/${'k'.repeat(1025)} HTTP/1.1`, 'KeyTooLongError'],
  ['an unknown method', 'PATCH /saves/x HTTP/1.1', 'NotImplemented'],
  ['no HTTP', 'what?', 'InvalidRequest'],
])('answers %s with an S3 error and goes on', async (_, line, code) => {
  const answer = await exchange(`${line}\r\nhost: x\r\nconnection: close\r\n\r\n`)
  expect(answer).toContain(`<Code>${code}</Code>`)
  expect((await fetch(`${s3.url}/livez`)).status).toBe(200)
})

it.each([
  ['a size that is no number', 'zz\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
  ['data beyond its size', '3\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
  ['a missing end', '5\r\nhello\r\n', 'IncompleteBody'],
  ['a missing trailer', '5\r\nhello\r\n0\r\n\r\n', 'MalformedTrailerError'],
  ['a wrong trailer', '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', 'BadDigest'],
  ['a colon-less trailer', '5\r\nhello\r\n0\r\nnonsense\r\n\r\n', 'MalformedTrailerError'],
])('refuses a chunked upload with %s', async (_, body, code) => {
  const url = await presign(`${s3.url}/${Bucket}/chunked`, 'PUT', {
    headers: { 'x-amz-trailer': 'x-amz-checksum-crc32' },
  })
  const response = await fetch(url, {
    method: 'PUT',
    body,
    headers: { 'content-encoding': 'aws-chunked' },
  })
  expect(await refusal(response)).toBe(`400 ${code}`)
})

it('refuses malformed XML', async () => {
  const url = await presign(`${s3.url}/${Bucket}`, 'POST', { query: { delete: '' } })
  for (const body of ['', 'nonsense', '<Delete><Object><Key>a', '<Delete></Delete>']) {
    expect(await refusal(await fetch(url, { method: 'POST', body }))).toBe('400 MalformedXML')
  }
})
