import { createHash, createHmac, randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'

/** STUN's methods and attributes that this needs (RFC 8489 §18, RFC 8656 §§17–18). */
const methods = { allocate: 0x003, createPermission: 0x008 }
const attributes = {
  username: 0x0006,
  integrity: 0x0008,
  errorCode: 0x0009,
  peer: 0x0012,
  realm: 0x0014,
  nonce: 0x0015,
  transport: 0x0019,
}
const cookie = 0x2112a442

type Attribute = readonly [type: number, value: Buffer]

interface Answer {
  /** 0 when the server agrees. */
  code: number
  attributes: ReadonlyMap<number, Buffer>
}

function attributeBytes([type, value]: Attribute): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4)
  bytes.writeUInt16BE(type, 0)
  bytes.writeUInt16BE(value.length, 2)
  value.copy(bytes, 4)
  return bytes
}

function message(method: number, transaction: Buffer, listed: readonly Attribute[], key?: Buffer) {
  const body = Buffer.concat(listed.map(attributeBytes))
  const head = Buffer.alloc(20)
  head.writeUInt16BE(method, 0)
  // The integrity counts itself in the length that it signs.
  head.writeUInt16BE(body.length + (key === undefined ? 0 : 24), 2)
  head.writeUInt32BE(cookie, 4)
  transaction.copy(head, 8)
  const plain = Buffer.concat([head, body])
  if (key === undefined) return plain
  const integrity = createHmac('sha1', key).update(plain).digest()
  return Buffer.concat([plain, attributeBytes([attributes.integrity, integrity])])
}

function readAnswer(bytes: Buffer): Answer {
  const found = new Map<number, Buffer>()
  for (let at = 20; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2)
    found.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length))
    at += 4 + Math.ceil(length / 4) * 4
  }
  const error = found.get(attributes.errorCode)
  const code = error === undefined ? 0 : (error[2] ?? 0) * 100 + (error[3] ?? 0)
  return { code, attributes: found }
}

/** An IPv4 address and port, hidden as STUN does (RFC 8489 §14.2). */
function xorAddress(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt16BE(0x0001, 0)
  bytes.writeUInt16BE(port ^ (cookie >>> 16), 2)
  const plain = Buffer.from(address.split('.').map(Number)).readUInt32BE(0)
  bytes.writeUInt32BE((plain ^ cookie) >>> 0, 4)
  return bytes
}

/**
 * What a TURN server on this machine says: to an allocation with these credentials, and then to each peer that is to
 * be reached through it. 0 is yes, 401 a wrong or old credential, 403 an address that it does not relay to.
 */
export async function askTurn(
  port: number,
  { username, credential }: { username: string; credential: string },
  peers: readonly string[] = [],
  patienceMs = 3_000,
): Promise<{ allocation: number; peers: Record<string, number> }> {
  const socket = createSocket('udp4')
  const ask = (method: number, listed: readonly Attribute[], key?: Buffer) =>
    new Promise<Answer>((resolve, reject) => {
      const transaction = randomBytes(12)
      const timer = setTimeout(() => reject(new Error('the TURN server is silent')), patienceMs)
      const hear = (bytes: Buffer) => {
        if (!bytes.subarray(8, 20).equals(transaction)) return
        clearTimeout(timer)
        socket.off('message', hear)
        resolve(readAnswer(bytes))
      }
      socket.on('message', hear)
      socket.send(message(method, transaction, listed, key), port, '127.0.0.1')
    })
  try {
    const udp: Attribute = [attributes.transport, Buffer.from([17, 0, 0, 0])]
    const challenge = await ask(methods.allocate, [udp])
    const realm = challenge.attributes.get(attributes.realm) ?? Buffer.alloc(0)
    const nonce = challenge.attributes.get(attributes.nonce) ?? Buffer.alloc(0)
    const key = createHash('md5').update(`${username}:${realm}:${credential}`).digest()
    const proof: Attribute[] = [
      [attributes.username, Buffer.from(username)],
      [attributes.realm, realm],
      [attributes.nonce, nonce],
    ]
    const { code } = await ask(methods.allocate, [udp, ...proof], key)
    const answers: Record<string, number> = {}
    for (const peer of code === 0 ? peers : []) {
      const address: Attribute = [attributes.peer, xorAddress(peer, 40_000)]
      answers[peer] = (await ask(methods.createPermission, [address, ...proof], key)).code
    }
    return { allocation: code, peers: answers }
  } finally {
    socket.close()
  }
}
