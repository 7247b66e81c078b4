import wrtc from '@roamhq/wrtc'
import { afterEach, expect, test } from 'vitest'
import type { ClientMessage } from '../generated/messages.js'
import { soon } from '../testing/soon.js'
import { json } from './codec.js'
import { createDatagrams, type Datagrams } from './datagrams.js'

const mark = 7
const relay = new wrtc.RTCPeerConnection()
let datagrams: Datagrams

afterEach(() => {
  datagrams.close()
  relay.close()
})

/** The relay's end of the channel: the counts of the states that came, and how to confirm one. */
async function openRelay() {
  const counts: number[] = []
  let channel: RTCDataChannel | undefined
  relay.addEventListener('datachannel', event => {
    channel = event.channel
    channel.addEventListener('message', ({ data }) => {
      const view = new DataView(data)
      if (view.getUint8(0) === 3) counts.push(view.getUint32(5))
    })
  })

  async function answer({ sdp }: { sdp: string }) {
    await relay.setRemoteDescription({ type: 'offer', sdp })
    await relay.setLocalDescription(await relay.createAnswer())
    await soon(() => expect(relay.iceGatheringState).toBe('complete'))
    return { type: 'datagrams_opened', sdp: relay.localDescription?.sdp ?? '' }
  }

  datagrams = createDatagrams({
    socket: Object({ request: (message: ClientMessage) => answer(Object(message)) }),
    codec: json,
    webRtc: () => wrtc,
    onStates: () => true,
  })
  datagrams.sit(mark, 0)
  datagrams.open()
  await soon(() => expect(datagrams.show({ x: 0 })).toBe(true))
  const confirm = (count: number) => {
    const view = new DataView(new ArrayBuffer(9))
    view.setUint8(0, 2)
    view.setUint32(1, mark)
    view.setUint32(5, count)
    channel?.send(view.buffer)
  }
  return { counts, confirm }
}

test('states that the relay does not confirm go by the socket too, until it does again', async () => {
  const { counts, confirm } = await openRelay()
  const shown = Array.from({ length: 50 }, (_, x) => datagrams.show({ x }))
  // With the one that found the channel open, 40 are taken at their word.
  expect(shown.lastIndexOf(true)).toBe(38)
  await soon(() => expect(counts.at(-1)).toBe(51))
  confirm(51)
  await soon(() => expect(datagrams.show({ x: 51 })).toBe(true))
})
