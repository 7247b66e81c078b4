import { type ListedRoom, listedAs, type RoomDefinition } from '@aethex/shared/rooms'

/** A room as it is answered; with its code to those who may hand it on. */
export const toRoom = (
  roomId: string,
  definition: RoomDefinition,
  listed: ListedRoom | undefined,
  withCode: boolean,
) => ({
  ...(listed ?? listedAs(roomId, definition, 0, definition.max_members ?? 100)),
  is_listed: definition.is_listed,
  code: (withCode ? definition.code : undefined) ?? null,
})
