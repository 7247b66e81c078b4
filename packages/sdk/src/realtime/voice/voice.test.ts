import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AeThexError, type LocalErrorCode } from '../../core/error.js'
import { createMemoryStorage, createStore, type KeyValueStorage } from '../../core/storage.js'
import { soon } from '../../testing/soon.js'
import type { FrameCipher } from './cipher.js'
import { openSession } from './session.js'
import type { VoiceSink, VoiceTransport } from './transport.js'
import { createVoice } from './voice.js'

/** What carries voice between the doubles of a room: signals arrive a little later, as by a relay. */
class Wire {
  readonly sinks = new Map<string, VoiceSink>()
  readonly said: string[] = []

  transport(playerId: string, capacity = 8): VoiceTransport {
    const say = (...words: unknown[]) => void this.said.push([playerId, ...words].join(' '))
    return {
      capacity,
      open: (_room, sink) => {
        const others = [...this.sinks]
        this.sinks.set(playerId, sink)
        for (const [id, other] of others) {
          sink.here(id)
          other.here(playerId)
        }
      },
      close: () => void this.sinks.delete(playerId),
      send: (to, kind, data) => {
        if (kind === 'voice_mute') say(kind, to, JSON.stringify(data))
        const copy = structuredClone(data)
        setTimeout(() => this.sinks.get(to)?.signal(playerId, kind, copy))
      },
      connect: to => say('connects', to),
      disconnect: to => say('disconnects', to),
      setSending: (to, isSending) => say(isSending ? 'sends to' : 'spares', to),
      replaceTrack: track => say('uses', track.label),
    }
  }
}

class Microphone extends EventTarget implements MediaStreamTrack {
  readonly kind = 'audio'
  readonly id = crypto.randomUUID()
  readonly muted = false
  readonly readyState = 'live'
  readonly onended = null
  readonly onmute = null
  readonly onunmute = null
  contentHint = ''
  enabled = true
  isStopped = false
  constructor(readonly label: string) {
    super()
  }
  stop(): void {
    this.isStopped = true
  }
  clone = () => new Microphone(this.label)
  getCapabilities = () => ({})
  getConstraints = () => ({})
  getSettings = () => ({})
  applyConstraints = async () => {}
}

const room = { room_id: 'den', members: 2 }
let storage: KeyValueStorage
let wire: Wire
beforeEach(() => {
  storage = createMemoryStorage()
  wire = new Wire()
})
const opened: { close(): void }[] = []
afterEach(() => {
  for (const voice of opened.splice(0)) voice.close()
})

function openVoice(playerId: string, capacity = 8) {
  const silences: boolean[] = []
  const volumes = new Map<string, number>()
  const positions = new Map<string, unknown>()
  const levels = new Map<string, number>()
  const microphones: Microphone[] = []
  const cipher: FrameCipher = {
    sealFrom: async () => {},
    openFrom: () => {},
    begin: () => {},
    useOwnKey: () => {},
    useKeyOf: () => {},
    forget: () => {},
    silence: isSilent => void silences.push(isSilent),
    close: () => {},
  }
  const sound = {
    wake: () => {},
    play: () => {},
    stop: () => {},
    setVolume: (id: string, volume: number) => void volumes.set(id, volume),
    setPosition: (id: string, position: unknown) => void positions.set(id, position),
    setListener: () => {},
    measureOwn: () => {},
    levels: () => [...levels],
    close: () => {},
  }
  const errors: AeThexError[] = []
  const world = {
    room: { ...room } as typeof room | undefined,
    mayTalk: async () => true,
    isAble: () => {},
    openMicrophone: async (deviceId?: string) => {
      const microphone = new Microphone(deviceId ?? 'default')
      microphones.push(microphone)
      return microphone
    },
  }
  const voice = createVoice({
    transport: wire.transport(playerId, capacity),
    room: () => world.room,
    playerId: () => playerId,
    mayTalk: () => world.mayTalk(),
    store: createStore(storage, 'pk_test'),
    platform: async () => ({
      assertAble: () => world.isAble(),
      openMicrophone: deviceId => world.openMicrophone(deviceId),
      listMicrophones: async () => [{ device_id: 'usb', name: 'Desk' }],
      createSound: () => sound,
      openSession: parts => openSession({ ...parts, cipher }),
    }),
    onError: error => errors.push(error),
    onFault: thrown => {
      throw thrown
    },
  })
  opened.push(voice)
  const heard: string[] = []
  voice.on('joined', id => heard.push(`${id} joined`))
  voice.on('left', id => heard.push(`${id} left`))
  voice.on('enabled', is => heard.push(is ? 'on' : 'off'))
  voice.on('speaking', (id, is) => heard.push(`${id} ${is ? 'speaks' : 'stops'}`))
  return { voice, world, heard, silences, volumes, positions, levels, microphones, errors }
}

async function together() {
  const [ada, bob] = [openVoice('ada'), openVoice('bob')]
  for (const { voice } of [ada, bob]) expect(await voice.enable()).toEqual({ success: true })
  await soon(() => {
    expect([ada.voice.getMembers().length, bob.voice.getMembers().length]).toEqual([1, 1])
  })
  return { ada, bob }
}

const codeOf = (result: { success: boolean; error?: AeThexError }) => result.error?.code

describe('voice is refused', () => {
  type World = ReturnType<typeof openVoice>['world']
  const spoilt: [LocalErrorCode, Partial<World>][] = [
    ['not_in_room', { room: undefined }],
    ['room_too_large', { room: { room_id: 'hall', members: 9 } }],
    ['voice_not_permitted', { mayTalk: async () => false }],
    ['encryption_missing', { isAble: refuse('encryption_missing') }],
    ['webrtc_missing', { isAble: refuse('webrtc_missing') }],
    ['microphone_denied', { openMicrophone: refuse('microphone_denied') }],
  ]
  test.each(spoilt)('with %s', async (code, facts) => {
    const ada = openVoice('ada')
    Object.assign(ada.world, facts)
    const result = await ada.voice.enable()
    expect(codeOf(result)).toBe(code)
    expect(ada.voice.isEnabled()).toBe(false)
    expect(ada.heard).toEqual([])
    if (code !== 'microphone_denied') expect(ada.microphones).toEqual([])
  })

  test('with a word about the way to larger rooms', async () => {
    const ada = openVoice('ada')
    ada.world.room = { room_id: 'hall', members: 9 }
    const result = await ada.voice.enable()
    expect(result.success ? '' : result.error.message).toMatch(/VoiceTransport over an SFU/)
  })
})

describe('members', () => {
  test('join and leave, and see the same safety number', async () => {
    const { ada, bob } = await together()
    expect(ada.heard).toEqual(['on', 'bob joined'])
    expect(ada.voice.getSafetyNumber('bob')).toMatch(/^\d{5}( \d{5}){7}$/)
    expect(ada.voice.getSafetyNumber('bob')).toBe(bob.voice.getSafetyNumber('ada'))
    expect(wire.said).toEqual(expect.arrayContaining(['ada connects bob', 'bob connects ada']))
    await bob.voice.enable(false)
    await soon(() => expect(ada.heard).toEqual(['on', 'bob joined', 'bob left']))
    expect(bob.heard).toEqual(['on', 'ada joined', 'ada left', 'off'])
    expect(bob.microphones.map(({ isStopped }) => isStopped)).toEqual([true])
    expect(ada.voice.getSafetyNumber('bob')).toBeUndefined()
  })

  test('are gone when the room is left, and the microphone with them', async () => {
    const { ada } = await together()
    ada.voice.leave()
    expect([ada.voice.isEnabled(), ada.voice.getMembers()]).toEqual([false, []])
    expect(ada.microphones[0]?.isStopped).toBe(true)
  })

  test('more than the transport carries are not spoken to, though they are changed clients', async () => {
    const ada = openVoice('ada', 3)
    await ada.voice.enable()
    for (const name of ['bob', 'cyd', 'dan']) await openVoice(name).voice.enable()
    await pause(150)
    expect(ada.voice.getMembers()).toHaveLength(2)
  })
})

describe('the microphone', () => {
  test('is closed with push-to-talk but while the key is down, and nothing is sent soon after', async () => {
    const { ada } = await together()
    const [microphone] = ada.microphones
    expect(microphone?.enabled).toBe(true)
    ada.voice.setPushToTalk(true)
    expect(microphone?.enabled).toBe(false)
    await soon(() => expect(ada.silences.at(-1)).toBe(true))
    ada.voice.talk(true)
    expect([microphone?.enabled, ada.silences.at(-1)]).toEqual([true, false])
    ada.voice.talk(false)
    expect(microphone?.enabled).toBe(false)
  })

  test('is closed while the player is muted, whatever the key does', async () => {
    const { ada } = await together()
    ada.voice.muteSelf(true)
    ada.voice.setPushToTalk(true)
    ada.voice.talk(true)
    expect(ada.microphones[0]?.enabled).toBe(false)
    ada.voice.muteSelf(false)
    expect(ada.microphones[0]?.enabled).toBe(true)
  })

  test('begins closed when push-to-talk was set before', async () => {
    const ada = openVoice('ada')
    ada.voice.setPushToTalk(true)
    await ada.voice.enable()
    expect(ada.microphones[0]?.enabled).toBe(false)
  })

  test('can be changed while talking, and is kept for the next time', async () => {
    const { ada } = await together()
    expect(await ada.voice.listDevices()).toMatchObject({ devices: [{ device_id: 'usb' }] })
    ada.voice.muteSelf(true)
    await ada.voice.useDevice('usb')
    expect(ada.microphones.map(({ isStopped }) => isStopped)).toEqual([true, false])
    expect(ada.microphones[1]).toMatchObject({ label: 'usb', enabled: false })
    expect(wire.said).toContain('ada uses usb')
    ada.voice.leave()
    await ada.voice.enable()
    expect(ada.microphones.at(-1)?.label).toBe('usb')
  })

  test('that is taken away is told', async () => {
    const { ada } = await together()
    ada.microphones[0]?.dispatchEvent(new Event('ended'))
    expect(ada.errors.map(({ code }) => code)).toEqual(['microphone_missing'])
  })

  test('is let go when voice is disabled while it is being asked for', async () => {
    const ada = openVoice('ada')
    const asked = ada.world.openMicrophone
    ada.world.openMicrophone = async () => {
      await pause(20)
      return asked()
    }
    const first = ada.voice.enable()
    await pause(10)
    await ada.voice.enable(false)
    const second = await ada.voice.enable(true)
    expect([codeOf(await first), second.success]).toEqual(['cancelled', true])
    expect(ada.microphones.map(({ isStopped }) => isStopped)).toEqual([true, false])
    expect(ada.heard).toEqual(['on'])
  })

  test('is asked for once by two calls at the same time', async () => {
    const ada = openVoice('ada')
    const results = await Promise.all([ada.voice.enable(), ada.voice.enable()])
    expect(results).toEqual([{ success: true }, { success: true }])
    expect(ada.microphones).toHaveLength(1)
  })
})

describe('consent that is taken back', () => {
  const changed = (voice: boolean) =>
    ({ type: 'permissions_changed', permissions: { chat: true, voice } }) as const

  test('ends voice at once', async () => {
    const { ada, bob } = await together()
    ada.voice.hear(changed(true))
    expect(ada.voice.isEnabled()).toBe(true)
    ada.voice.hear(changed(false))
    expect([ada.voice.isEnabled(), ada.microphones[0]?.isStopped]).toEqual([false, true])
    expect(ada.errors.map(({ code }) => code)).toEqual(['voice_not_permitted'])
    await soon(() => expect(bob.heard.at(-1)).toBe('ada left'))
  })

  test('is asked for after a gap in the news', async () => {
    const { ada } = await together()
    ada.voice.hear({ type: 'news_gap' })
    await pause(10)
    expect(ada.voice.isEnabled()).toBe(true)
    ada.world.mayTalk = async () => false
    ada.voice.hear({ type: 'news_gap' })
    await soon(() => expect(ada.voice.isEnabled()).toBe(false))
  })

  test('is no news to whoever has no voice', () => {
    const ada = openVoice('ada')
    ada.voice.hear(changed(false))
    expect([ada.heard, ada.errors]).toEqual([[], []])
  })
})

describe('a muted player', () => {
  test('is silent here, and does not send any more', async () => {
    const { ada } = await together()
    ada.voice.mutePlayer('bob', true)
    expect(ada.volumes.get('bob')).toBe(0)
    await soon(() => expect(wire.said).toContain('bob spares ada'))
    ada.voice.mutePlayer('bob', false)
    expect(ada.volumes.get('bob')).toBe(1)
    await soon(() => expect(wire.said.at(-1)).toBe('bob sends to ada'))
  })

  test('stays so in later sessions of the same player, and of nobody else', async () => {
    openVoice('ada').voice.mutePlayer('mallory', true)
    expect(openVoice('ada').voice.isMuted('mallory')).toBe(true)
    expect(openVoice('bob').voice.isMuted('mallory')).toBe(false)
    const [ada, mallory] = [openVoice('ada'), openVoice('mallory')]
    await mallory.voice.enable()
    await ada.voice.enable()
    await soon(() => expect(wire.said).toContain('mallory spares ada'))
    expect(ada.voice.getMembers()).toMatchObject([{ player_id: 'mallory', muted: true }])
    ada.voice.mutePlayer('mallory', false)
    expect(openVoice('ada').voice.isMuted('mallory')).toBe(false)
  })

  test('does not show as speaking', async () => {
    const { ada } = await together()
    ada.levels.set('bob', 0.3).set('', 0.3)
    await soon(() =>
      expect(ada.heard).toEqual(expect.arrayContaining(['bob speaks', 'ada speaks'])),
    )
    ada.voice.mutePlayer('bob', true)
    expect(ada.heard.at(-1)).toBe('bob stops')
    await pause(250)
    expect(ada.heard.at(-1)).toBe('bob stops')
  })
})

test('volume and place of a player are kept within bounds and applied', async () => {
  const { ada } = await together()
  for (const [asked, given] of [
    [0.5, 0.5],
    [-1, 0],
    [100, 4],
    [Number.NaN, 1],
  ] as const) {
    ada.voice.setVolume('bob', asked)
    expect(ada.volumes.get('bob')).toBe(given)
  }
  ada.voice.setPosition('bob', { x: 1, y: 2, z: 3 })
  expect(ada.positions.get('bob')).toEqual({ x: 1, y: 2, z: 3 })
})

function refuse(code: LocalErrorCode) {
  return (): never => {
    throw new AeThexError(code, 'No.')
  }
}
