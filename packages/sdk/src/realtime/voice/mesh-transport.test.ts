import wrtc from '@roamhq/wrtc'
import { expect, test } from 'vitest'
import { createEmitter } from '../../core/emitter.js'
import { soon } from '../../testing/soon.js'
import type { PeerLink, PeerMesh, PeerMeshEvents } from '../peers/peer-link.js'
import { createMeshTransport } from './mesh-transport.js'
import type { VoiceSink } from './transport.js'

const connect = () => new wrtc.RTCPeerConnection()

test('on another connection the sound begins again as it was: the same microphone, and none for who has muted', async () => {
  let connection = connect()
  const link: PeerLink = {
    playerId: 'bob',
    get connection() {
      return connection
    },
    state: 'connected',
    sendSignal: () => {},
    onSignal: () => () => {},
  }
  const events = createEmitter<PeerMeshEvents>(() => {})
  const mesh: PeerMesh = {
    on: events.on,
    links: () => new Map([['bob', link]]),
    start: () => {},
    stop: () => {},
  }
  const told: string[] = []
  const sink: VoiceSink = {
    here: id => told.push(`here ${id}`),
    gone: id => told.push(`gone ${id}`),
    signal: () => {},
    sender: async () => void told.push('sealed'),
    receiver: () => {},
  }
  const transport = createMeshTransport(mesh)
  const microphone = new wrtc.nonstandard.RTCAudioSource().createTrack()
  const sent = () => connection.getTransceivers().map(({ sender }) => sender.track)
  const renew = () => {
    connection.close()
    connection = connect()
    events.emit('renewed', 'bob', link)
  }

  transport.open({ room_id: 'den', player_id: 'ada' }, sink)
  renew()
  expect(sent()).toEqual([])
  transport.connect('bob', microphone)
  await soon(() => expect(sent()).toEqual([microphone]))
  renew()
  await soon(() => expect(sent()).toEqual([microphone]))
  transport.setSending('bob', false)
  await soon(() => expect(sent()).toEqual([null]))
  renew()
  expect(sent()).not.toContain(microphone)
  await soon(() => expect(sent()).toEqual([null]))
  expect(told).toEqual(['here bob', 'sealed', 'sealed', 'sealed'])
  transport.close()
  connection.close()
})
