import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** What a page and its authenticator say, and may be made to lie about. */
export interface Told {
  origin: string
  rpId: string
  challenge: string
  counter: number
  /** A PIN, a finger or a face was asked for. */
  userVerified: boolean
  userHandle: string | undefined
  /** `webauthn.create` or `webauthn.get`. */
  type: string
}

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest()
const base64url = (bytes: string | Uint8Array) => Buffer.from(bytes).toString('base64url')

// Just enough CBOR (RFC 8949) for an attestation object and a COSE key.
const cborHead = (major: number, value: number) =>
  value < 24
    ? Buffer.of((major << 5) | value)
    : value < 256
      ? Buffer.of((major << 5) | 24, value)
      : Buffer.of((major << 5) | 25, value >> 8, value & 0xff)
const cborInt = (value: number) => (value < 0 ? cborHead(1, -1 - value) : cborHead(0, value))
const cborText = (text: string) =>
  Buffer.concat([cborHead(3, Buffer.byteLength(text)), Buffer.from(text)])
const cborBytes = (bytes: Uint8Array) => Buffer.concat([cborHead(2, bytes.length), bytes])
const cborMap = (...pairs: readonly (readonly [Buffer, Buffer])[]) =>
  Buffer.concat([cborHead(5, pairs.length), ...pairs.flat()])

const flag = { present: 0x01, verified: 0x04, attested: 0x40 }

function authenticatorData({ rpId, counter, userVerified }: Told, attested?: Buffer): Buffer {
  const flags =
    flag.present | (userVerified ? flag.verified : 0) | (attested === undefined ? 0 : flag.attested)
  const count = Buffer.alloc(4)
  count.writeUInt32BE(counter)
  return Buffer.concat([sha256(rpId), Buffer.of(flags), count, attested ?? Buffer.alloc(0)])
}

const clientData = ({ type, challenge, origin }: Told) =>
  Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))

/** An authenticator with one key, and the page that talks to it (WebAuthn §5.1 and §6). It counts its signatures. */
export function createPasskey(page: { origin: string; rpId: string }) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(32)
  const coordinates = publicKey.export({ format: 'jwk' })
  let counter = 0
  let handle: string | undefined

  const tell = (type: string, challenge: string, bent: Partial<Told>): Told => {
    counter += 1
    return {
      type,
      challenge,
      counter,
      userVerified: true,
      userHandle: handle,
      ...page,
      ...bent,
    }
  }
  const coseKey = () =>
    cborMap(
      [cborInt(1), cborInt(2)],
      [cborInt(3), cborInt(-7)],
      [cborInt(-1), cborInt(1)],
      [cborInt(-2), cborBytes(Buffer.from(coordinates.x ?? '', 'base64url'))],
      [cborInt(-3), cborBytes(Buffer.from(coordinates.y ?? '', 'base64url'))],
    )
  const credential = <Response>(response: Response) => ({
    id: base64url(id),
    rawId: base64url(id),
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
    response,
  })

  return {
    /** What `navigator.credentials.create` answers, as JSON. */
    create(options: { challenge: string; user: { id: string } }, bent: Partial<Told> = {}) {
      const told = tell('webauthn.create', options.challenge, bent)
      handle = options.user.id
      const length = Buffer.of(id.length >> 8, id.length & 0xff)
      const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey()])
      const attestationObject = cborMap(
        [cborText('fmt'), cborText('none')],
        [cborText('attStmt'), cborMap()],
        [cborText('authData'), cborBytes(authenticatorData(told, attested))],
      )
      return credential({
        clientDataJSON: base64url(clientData(told)),
        attestationObject: base64url(attestationObject),
        transports: ['internal'],
      })
    },
    /** What `navigator.credentials.get` answers, as JSON. */
    get(options: { challenge: string }, bent: Partial<Told> = {}) {
      const told = tell('webauthn.get', options.challenge, bent)
      const [data, client] = [authenticatorData(told), clientData(told)]
      const signature = sign('sha256', Buffer.concat([data, sha256(client)]), privateKey)
      return credential({
        clientDataJSON: base64url(client),
        authenticatorData: base64url(data),
        signature: base64url(signature),
        ...(told.userHandle === undefined ? {} : { userHandle: told.userHandle }),
      })
    },
  }
}
