import { decode } from '@msgpack/msgpack'
import { expect, test, vi } from 'vitest'
import { readDatagram } from '../datagrams/datagram.js'
import { messagePackCodec } from '../protocol/codec.js'
import { catchUp, newMember } from './member.js'
import { Outbox } from './outbox.js'
import { StateTable } from './state-table.js'
import { Things } from './things.js'

function payload(frame: Buffer) {
  const l = frame[1]! & 127
  const o = l < 126 ? 2 : l === 126 ? 4 : 10
  return frame.subarray(o)
}
for (let seed = 1; seed <= 300; seed++)
  test('datagram seed ' + seed, () => {
    let s = seed * 7919
    const rnd = (n: number) => {
      s = (s * 1103515245 + 12345) & 0x7fffffff
      return (s >> 8) % n
    }
    let now = 1000
    const spy = vi.spyOn(performance, 'now').mockImplementation(() => now)
    const states = new StateTable()
    const members: any[] = []
    const outbox: any = new Outbox({
      states,
      packer: undefined,
      members: () => members,
      tickMs: 0,
      showsOwn: false,
      isHeld: () => false,
      isSeenBy: undefined,
      spend: () => 0,
    } as any)
    outbox.schedule = () => {}
    outbox.makeSure = () => {}
    const things = new Things(states, () => {})
    const writer = newMember('w', 'w', states.add('w', false))
    members.push(writer)
    const reader: any = newMember('r', 'r', states.add('r', false))
    const socket: any[] = []
    let net: any[] = []
    let behind = false
    reader.recipient = {
      takesFrames: true,
      codec: messagePackCodec,
      get isBehind() {
        return behind
      },
      onceCaughtUp() {},
      deliver: (f: Buffer) => socket.push(decode(payload(f))),
      datagrams: {
        isOpen: true,
        backlog: 0,
        send: (b: Buffer) => {
          const d = readDatagram(b)!
          if (rnd(3)) net.push(['s', decode(d.body)])
        },
      },
    }
    members.push(reader)
    // client
    let tick = states.tick
    const known = new Map<number, any>()
    const keys = new Map<number, string>()
    catchUp(reader, 0, states.tick)
    outbox.begin(reader)
    known.set(writer.shown.ref, null)
    const take = (st: any) => {
      if (st[0] <= tick) return true
      tick = st[0]
      let whole = true
      for (let i = 1; i < st.length; i += 2) {
        const [ref, ch] = [st[i], st[i + 1]]
        if (ref === writer.shown.ref) {
          const [f, r] = Array.isArray(ch) ? ch : [ch, []]
          const n = { ...known.get(ref), ...f }
          for (const k of r) delete n[k]
          known.set(ref, n)
          continue
        }
        if (ch === null) {
          known.delete(ref)
          keys.delete(ref)
          continue
        }
        const [f, r, k] = Array.isArray(ch) ? ch : [ch, [], undefined]
        if (k !== undefined) keys.set(ref, k)
        if (!keys.has(ref)) {
          whole = false
          continue
        }
        const n = { ...known.get(ref), ...f }
        for (const x of r) delete n[x]
        known.set(ref, n)
      }
      return whole
    }
    const serverAck = (t: number) => {
      if (t > states.tick || t < states.forgotten) return
      reader.datagramsHeardAt = now
      reader.arrivedTick = Math.max(reader.arrivedTick, t)
    }
    let ackTick = tick
    const steps = 300
    for (let i = 0; i < steps; i++) {
      now += rnd(40) === 0 ? 2500 : 50
      const quiet = i > steps - 60
      if (!quiet)
        for (let k = rnd(4); k > 0; k--) {
          const key = 'k' + rnd(4)
          const op = rnd(5)
          if (op < 2)
            states.update(
              writer.shown,
              { [key]: rnd(50) },
              rnd(3) ? [] : ['k' + rnd(4)].filter(x => x !== key),
              40,
            )
          else if (op < 4)
            things.set('t' + rnd(4), { [key]: rnd(50) }, rnd(3) ? [] : ['k' + rnd(4)])
          else things.remove('t' + rnd(4))
        }
      behind = !quiet && rnd(8) === 0
      outbox.flush()
      // deliver socket partially
      if (quiet || rnd(3))
        for (const f of socket.splice(0, quiet ? 1e9 : rnd(4))) {
          take(f)
          ackTick = Math.max(ackTick, f[0])
        }
      // deliver datagrams in random order
      if (rnd(3)) {
        const some = net.filter(x => x[0] === 's')
        net = net.filter(x => x[0] === 'a')
        some.sort(() => rnd(2) - 0.5)
        for (const [, st] of some)
          if (rnd(5) === 0 && !quiet) net.push(['s', st])
          else if (take(st)) {
            ackTick = Math.max(ackTick, st[0])
            if (rnd(2)) {
              const t = ackTick
              net.push(['a', t])
            }
          }
      }
      // acks arrive late
      net = net.filter(x => {
        if (x[0] !== 'a') return true
        if (rnd(2)) {
          serverAck(x[1])
          return false
        }
        return true
      })
      if (i % 10 === 0 && rnd(2)) serverAck(ackTick)
    }
    if (process.env.DBG)
      console.log(
        'client tick',
        tick,
        'server',
        states.tick,
        'arrived',
        reader.arrivedTick,
        'mtick',
        reader.tick,
        'forgotten',
        states.forgotten,
        'heardAgo',
        now - reader.datagramsHeardAt,
        'left',
        socket.length,
        net.length,
      )
    spy.mockRestore()
    expect(known.get(writer.shown.ref) ?? {}).toEqual({ ...writer.shown.state })
    const seen = Object.fromEntries(
      [...keys].filter(([r]) => known.has(r)).map(([r, k]) => [k, known.get(r)]),
    )
    expect(seen).toEqual(Object.fromEntries([...things.keys()].map(k => [k, things.get(k)])))
  })
