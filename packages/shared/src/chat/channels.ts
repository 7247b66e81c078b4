/**
 * Where people talk. A channel's name is exact, never a pattern, and stands for nothing outside of its environment:
 *
 *     chat.<world>.public             everybody in a world
 *     chat.<world>.family.<name>      a group
 *     chat.room.<room id>             who is in a room
 *     chat.party.<party id>           a party
 *     chat.direct.<id>.<id>           two players, the lesser id first
 */
export type ChatChannel =
  | { kind: 'world'; world: string }
  | { kind: 'group'; world: string; group: string }
  | { kind: 'room'; roomId: string }
  | { kind: 'party'; partyId: string }
  | { kind: 'direct'; playerIds: readonly [string, string] }

export type ChatKind = ChatChannel['kind']

export const chatKinds = ['world', 'group', 'room', 'party', 'direct'] as const

/** What a moderator listens to instead of a channel: all of them. */
export const everyChannel = 'chat.>'
/** How every topic of chat begins. */
export const chatPrefix = 'chat.'

const wordPattern = /^[A-Za-z0-9_-]{1,64}$/
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
// As a group may be called: letters, digits, spaces and `_.-`, of any script.
const groupPattern = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} _.-]{0,62}[\p{L}\p{M}\p{N}])?$/u

const takenWorlds = new Set(['room', 'party', 'direct'])

/** Whether a world can have channels of that name. */
export const isWorldName = (world: string) => wordPattern.test(world) && !takenWorlds.has(world)

function directOf(rest: readonly string[]): ChatChannel | undefined {
  const [one = '', other = '', ...more] = rest
  const isWhole = more.length === 0 && uuidPattern.test(one) && uuidPattern.test(other)
  return isWhole && one < other ? { kind: 'direct', playerIds: [one, other] } : undefined
}

function ofWorld(world: string, rest: readonly string[]): ChatChannel | undefined {
  if (!isWorldName(world)) return undefined
  const [what, ...name] = rest
  if (what === 'public') return name.length === 0 ? { kind: 'world', world } : undefined
  // The dots of the name belong to it.
  const group = name.join('.')
  const isGroup = what === 'family' && groupPattern.test(group)
  return isGroup ? { kind: 'group', world, group } : undefined
}

/** Reads the name of a channel; undefined for whatever is none, patterns among them. */
export function readChannel(name: string): ChatChannel | undefined {
  const [chat, first = '', ...rest] = name.split('.')
  if (chat !== 'chat' || name.length > 200) return undefined
  if (first === 'direct') return directOf(rest)
  const [id = '', ...more] = rest
  const isOne = more.length === 0
  if (first === 'room')
    return isOne && wordPattern.test(id) ? { kind: 'room', roomId: id } : undefined
  if (first === 'party') {
    return isOne && uuidPattern.test(id) ? { kind: 'party', partyId: id } : undefined
  }
  return ofWorld(first, rest)
}

/** The name that `readChannel` reads. */
export function nameOfChannel(channel: ChatChannel): string {
  switch (channel.kind) {
    case 'world':
      return `chat.${channel.world}.public`
    case 'group':
      return `chat.${channel.world}.family.${channel.group}`
    case 'room':
      return `chat.room.${channel.roomId}`
    case 'party':
      return `chat.party.${channel.partyId}`
    case 'direct':
      return `chat.direct.${channel.playerIds.join('.')}`
  }
}

/** The channel of two players. */
export const directChannel = (one: string, other: string): ChatChannel => ({
  kind: 'direct',
  playerIds: one < other ? [one, other] : [other, one],
})
