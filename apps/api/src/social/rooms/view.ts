import { type ListedRoom, listedAs, type RoomDefinition } from '@aethex/shared/rooms'

interface Viewer {
  /** May hand the code on. */
  knowsCode: boolean
  /** The host, or a server. */
  hasSay: boolean
}

/** A room as it is answered to whoever asks. */
export const toRoom = (
  roomId: string,
  definition: RoomDefinition,
  listed: ListedRoom | undefined,
  { knowsCode, hasSay }: Viewer,
) => ({
  ...(listed ?? listedAs(roomId, definition, 0, definition.max_members ?? 100)),
  is_listed: definition.is_listed,
  code: (knowsCode ? definition.code : undefined) ?? null,
  banned: hasSay ? definition.banned : null,
})
