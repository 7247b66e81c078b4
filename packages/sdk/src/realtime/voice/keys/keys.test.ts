import { describe, expect, test } from 'vitest'
import { toBase64 } from '../../../core/base64.js'
import { FrameOpener } from '../frames/opener.js'
import { FrameSealer } from '../frames/sealer.js'
import { agree, makeMemberKeys } from './agreement.js'
import { KeyExchange } from './exchange.js'
import type { KeySignal } from './signals.js'

const hello = new TextEncoder().encode('hello')

async function party(playerId: string) {
  return { playerId, ...(await makeMemberKeys()) }
}

describe('two members', () => {
  test('agree on what only they can unwrap, each way with a key of its own', async () => {
    const [ada, bob, eve] = await Promise.all(['ada', 'bob', 'eve'].map(party))
    if (!ada || !bob || !eve) throw new Error('nobody is here')
    const atAda = await agree('den', ada, bob)
    const atBob = await agree('den', bob, ada)
    const secret = crypto.getRandomValues(new Uint8Array(32))
    const wrapped = await atAda.wrap(4, secret)
    expect(await atBob.unwrap(4, wrapped)).toEqual(secret)
    expect(atBob.safetyNumber).toBe(atAda.safetyNumber)
    expect(atAda.safetyNumber).toMatch(/^(\d{5} ){7}\d{5}$/)
    // Another number, back to where it came from, another room, another member.
    await expect(atBob.unwrap(5, wrapped)).rejects.toThrow()
    await expect(atAda.unwrap(4, wrapped)).rejects.toThrow()
    await expect((await agree('hall', bob, ada)).unwrap(4, wrapped)).rejects.toThrow()
    await expect((await agree('den', eve, ada)).unwrap(4, wrapped)).rejects.toThrow()
  })

  test('see different numbers when somebody sits between them', async () => {
    const [ada, bob, relay] = await Promise.all(['ada', 'bob', 'relay'].map(party))
    if (!ada || !bob || !relay) throw new Error('nobody is here')
    const atAda = await agree('den', ada, { playerId: 'bob', publicKey: relay.publicKey })
    const atBob = await agree('den', bob, { playerId: 'ada', publicKey: relay.publicKey })
    expect(atAda.safetyNumber).not.toBe(atBob.safetyNumber)
  })

  test.each([
    ['of 31 bytes', new Uint8Array(31).fill(9)],
    ['of small order: 0', new Uint8Array(32)],
    ['of small order: 1', Uint8Array.of(1, ...new Uint8Array(31))],
  ])('do not agree on a key %s', async (_what, bytes) => {
    const ada = await party('ada')
    const other = { playerId: 'bob', publicKey: toBase64(bytes) }
    await expect(agree('den', ada, other)).rejects.toThrow()
  })

  test('do not agree with themselves', async () => {
    const ada = await party('ada')
    const mirror = { playerId: 'bob', publicKey: ada.publicKey }
    await expect(agree('den', ada, mirror)).rejects.toThrow()
  })
})

/** A voice room whose relay is in the test's hands. */
class VoiceRoom {
  readonly members = new Map<string, Awaited<ReturnType<VoiceRoom['make']>>>()
  /** Everything that the relay saw. */
  readonly seen: { from: string; to: string; signal: KeySignal }[] = []

  async enter(playerId: string, mostOthers = 7) {
    const member = await this.make(playerId, mostOthers)
    for (const other of this.members.keys()) member.exchange.greet(other)
    this.members.set(playerId, member)
    await this.quiet()
    return member
  }

  /** Out of the room, with everything that it knows. */
  async leave(playerId: string) {
    this.members.delete(playerId)
    for (const { exchange } of this.members.values()) await exchange.forget(playerId)
    await this.quiet()
  }

  async quiet() {
    let before = -1
    while (before !== this.seen.length) {
      before = this.seen.length
      for (const { exchange } of this.members.values()) await exchange.settled()
      await new Promise(resolve => setTimeout(resolve))
    }
  }

  private async make(playerId: string, mostOthers: number) {
    const sealer = new FrameSealer(playerId)
    const openers = new Map<string, FrameOpener>()
    const agreed: string[] = []
    const parted: string[] = []
    const faults: unknown[] = []
    const exchange = new KeyExchange({
      roomId: 'den',
      playerId,
      keys: await makeMemberKeys(),
      mostOthers,
      send: (to, signal) => {
        this.seen.push({ from: playerId, to, signal })
        void this.members.get(to)?.exchange.hear(playerId, signal.kind, signal.data)
      },
      onOwnKey: (keyId, key) => sealer.use(keyId, key),
      onKeyOf(from, keyId, key) {
        const opener = openers.get(from) ?? new FrameOpener(from)
        openers.set(from, opener)
        opener.add(keyId, key)
      },
      onAgreed: from => agreed.push(from),
      onParted: from => {
        parted.push(from)
        openers.delete(from)
      },
      onFault: (_from, thrown) => faults.push(thrown),
    })
    const say = async () => (await sealer.seal(hello)) ?? new Uint8Array(0)
    const hears = async (from: string, frame: Uint8Array<ArrayBuffer>) =>
      'plain' in ((await openers.get(from)?.open(frame)) ?? {})
    return { exchange, sealer, openers, agreed, parted, faults, say, hears }
  }
}

describe('the members of a voice room', () => {
  test('hear each other, however they came in, and see the same numbers two by two', async () => {
    const room = new VoiceRoom()
    const names = ['ada', 'bob', 'cyd', 'dan']
    for (const name of names) await room.enter(name)
    for (const from of names) {
      for (const to of names.filter(name => name !== from)) {
        const [speaker, listener] = [room.members.get(from), room.members.get(to)]
        const frame = await speaker?.say()
        expect([from, to, await listener?.hears(from, frame ?? hello)]).toEqual([from, to, true])
        const number = speaker?.exchange.safetyNumberOf(to)
        expect(number).toBe(listener?.exchange.safetyNumberOf(from))
      }
    }
    for (const member of room.members.values()) {
      expect(member.agreed).toHaveLength(3)
      expect(member.faults).toEqual([])
    }
  })

  test('who joins opens nothing of what was said before', async () => {
    const room = new VoiceRoom()
    const ada = await room.enter('ada')
    const bob = await room.enter('bob')
    const before = await ada.say()
    const cyd = await room.enter('cyd')
    expect(await bob.hears('ada', before)).toBe(true)
    expect(await cyd.hears('ada', before)).toBe(false)
    expect(await cyd.hears('ada', await ada.say())).toBe(true)
  })

  test('who left opens nothing of what is said afterwards', async () => {
    const room = new VoiceRoom()
    const ada = await room.enter('ada')
    const bob = await room.enter('bob')
    const cyd = await room.enter('cyd')
    expect(await cyd.hears('ada', await ada.say())).toBe(true)
    await room.leave('cyd')
    for (const [name, speaker, listener] of [
      ['ada', ada, bob],
      ['bob', bob, ada],
    ] as const) {
      const after = await speaker.say()
      expect(await cyd.hears(name, after)).toBe(false)
      expect(await listener.hears(name, after)).toBe(true)
    }
    expect(ada.parted).toEqual(['cyd'])
  })

  test('one who leaves while keys are being changed gets none of the new ones', async () => {
    const room = new VoiceRoom()
    const ada = await room.enter('ada')
    const cyd = await room.enter('cyd')
    const bob = room.enter('bob')
    await room.leave('cyd')
    await bob
    await room.quiet()
    expect(await cyd.hears('ada', await ada.say())).toBe(false)
    expect(await (await bob).hears('ada', await ada.say())).toBe(true)
  })

  test('one who comes back with new keys is heard again, under another number', async () => {
    const room = new VoiceRoom()
    const ada = await room.enter('ada')
    await room.enter('bob')
    const before = ada.exchange.safetyNumberOf('bob')
    room.members.delete('bob')
    const bob = await room.enter('bob')
    expect(ada.exchange.safetyNumberOf('bob')).not.toBe(before)
    expect(ada.parted).toEqual(['bob'])
    expect(await ada.hears('bob', await bob.say())).toBe(true)
    expect(await bob.hears('ada', await ada.say())).toBe(true)
  })

  test('get a key that was lost on the way by asking again', async () => {
    const room = new VoiceRoom()
    const ada = await room.enter('ada')
    const bob = await room.enter('bob')
    bob.openers.delete('ada')
    expect(await bob.hears('ada', await ada.say())).toBe(false)
    bob.exchange.askAgain('ada')
    await room.quiet()
    expect(await bob.hears('ada', await ada.say())).toBe(true)
    expect([ada.parted, bob.parted]).toEqual([[], []])
  })

  test('are as many as were allowed, whatever the others think', async () => {
    const room = new VoiceRoom()
    const ada = await room.enter('ada', 2)
    for (const name of ['bob', 'cyd', 'dan']) await room.enter(name)
    expect(ada.agreed).toEqual(['bob', 'cyd'])
    expect(ada.exchange.safetyNumberOf('dan')).toBeUndefined()
  })

  test('the relay sees public keys and sealed ones, and what it repeats or changes does nothing', async () => {
    const room = new VoiceRoom()
    const ada = await room.enter('ada')
    const bob = await room.enter('bob')
    await room.enter('cyd')
    const seen = structuredClone(room.seen)
    for (const { from, to, signal } of seen) {
      if (to !== 'bob' || signal.kind !== 'voice_frame_key') continue
      void bob.exchange.hear(from, signal.kind, signal.data)
      const raised = { ...signal.data, key_id: signal.data.key_id + 100 }
      void bob.exchange.hear(from, signal.kind, raised)
    }
    await room.quiet()
    expect(bob.faults.length).toBeGreaterThan(0)
    expect(await bob.hears('ada', await ada.say())).toBe(true)
    const kinds = new Set(seen.map(({ signal }) => signal.kind))
    expect(kinds).toEqual(new Set(['voice_key', 'voice_frame_key']))
  })

  test.each([
    null,
    'hi',
    {},
    { public_key: 7, seen: null },
    { public_key: 'x'.repeat(300), seen: null },
    { public_key: '###', seen: null },
    { public_key: '', seen: null },
  ])('take no harm from %j', async data => {
    const room = new VoiceRoom()
    const ada = await room.enter('ada')
    const bob = await room.enter('bob')
    await ada.exchange.hear('mal', 'voice_key', data)
    await ada.exchange.hear('bob', 'voice_frame_key', data)
    expect(ada.faults).toHaveLength(2)
    expect(await ada.hears('bob', await bob.say())).toBe(true)
  })
})
