import type { Access } from './schema.js'

/** Who asks: the player whose documents they are, another player, or the studio's server. */
export type Side = 'owner' | 'other' | 'server'

const readable: Record<Side, readonly Access[]> = {
  owner: ['private', 'owner', 'public'],
  other: ['public'],
  server: ['private', 'owner', 'public', 'server'],
}
const writable: Record<Side, readonly Access[]> = {
  owner: ['private', 'public'],
  other: [],
  server: ['private', 'owner', 'public', 'server'],
}

/** The classes of documents that a side may read. */
export const readableBy = (side: Side): readonly Access[] => readable[side]

export const mayRead = (side: Side, access: Access) => readable[side].includes(access)

/** Whether a side may write a document of a class, and make one of it. */
export const mayWrite = (side: Side, access: Access) => writable[side].includes(access)

/** Documents that only the server writes have a room of their own, which no player can fill. */
export const isGiven = (access: Access) => access === 'owner' || access === 'server'
