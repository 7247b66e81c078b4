import { generateKeyPairSync, randomUUID, verify } from 'node:crypto'
import { type AccessTokens, accessTokens, type KeyRing } from '@aethex/shared/auth'
import { importJWK, jwtVerify } from 'jose'
import jwt from 'jsonwebtoken'
import type { Bench } from '../bench.js'
import { countingCpu } from '../cpu.js'
import { drive } from '../load.js'
import type { Contestant } from '../measure.js'

const timing = { rounds: 5, seconds: 0.7, warmUpSeconds: 1 }
const issuer = 'https://bench.example'
const kind = 'player+jwt'
const tokenCount = 4_000
const batchSize = 50

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const keys: KeyRing = {
  signing: () => ({ kid: 'bench', privateKey }),
  find: kid => (kid === 'bench' ? publicKey : undefined),
}

interface Token {
  text: string
  signed: Buffer
  signature: Buffer
}

function mintTokens(audience: string): Token[] {
  const { mint } = accessTokens(issuer, keys)
  return Array.from({ length: tokenCount }, () => {
    const text = mint({ kind, audience, subject: randomUUID(), sessionId: randomUUID() })
    const dot = text.lastIndexOf('.')
    return {
      text,
      signed: Buffer.from(text.slice(0, dot)),
      signature: Buffer.from(text.slice(dot + 1), 'base64url'),
    }
  })
}

/** Goes round the tokens for ever, by the batch: a clock around each verification would cost as much as some do. */
function inBatches(
  name: string,
  tokens: readonly Token[],
  check: (batch: readonly Token[]) => unknown,
): Contestant {
  let at = 0
  const work = async () => {
    const batch = tokens.slice(at, at + batchSize)
    at = (at + batchSize) % tokens.length
    await check(batch)
  }
  const run = async (seconds: number) => {
    const sample = await countingCpu(process.pid, () => drive([work], seconds))
    return {
      ...sample,
      operations: sample.operations * batchSize,
      latenciesMs: sample.latenciesMs.map(ms => ms / batchSize),
    }
  }
  return { name, run }
}

const oneByOne = (check: (token: Token) => unknown) => (batch: readonly Token[]) => {
  for (const token of batch) check(token)
}

/** Verifies tokens that were never seen: whenever they have all been, it forgets them. */
function freshVerify(audience: string): (token: Token) => unknown {
  let verifier: AccessTokens
  let seen = 0
  return ({ text }) => {
    if (seen++ % tokenCount === 0) verifier = accessTokens(issuer, keys)
    verifier.verify(text, kind, audience)
  }
}

/** What it costs to know who asks: from memory, and with the signature. */
export async function benchTokens(bench: Bench): Promise<void> {
  bench.progress.begin('verification of access tokens')
  const audience = randomUUID()
  const tokens = mintTokens(audience)
  const josePublicKey = await importJWK(publicKey.export({ format: 'jwk' }), 'ES256')
  const expected = { algorithms: ['ES256' as const], issuer, audience }
  const joseExpected = { ...expected, typ: kind }

  const checkSignature = ({ signed, signature }: Token) => {
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const }
    if (!verify('sha256', signed, key, signature)) throw new Error('a signature did not fit')
  }
  const others = [
    inBatches(
      'jsonwebtoken',
      tokens,
      oneByOne(({ text }) => jwt.verify(text, publicKey, expected)),
    ),
    inBatches('jose', tokens, batch =>
      Promise.all(batch.map(({ text }) => jwtVerify(text, josePublicKey, joseExpected))),
    ),
    inBatches('crypto.verify alone', tokens, oneByOne(checkSignature)),
  ]

  const known = accessTokens(issuer, keys)
  const knownVerify = ({ text }: Token) => known.verify(text, kind, audience)
  oneByOne(knownVerify)(tokens)
  const cached = inBatches('AeThex', tokens, oneByOne(knownVerify))
  await bench.race('access tokens seen before', [cached, ...others], timing)
  const fresh = inBatches('AeThex', tokens, oneByOne(freshVerify(audience)))
  await bench.race('access tokens never seen', [fresh, ...others], timing)
}
