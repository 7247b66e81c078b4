export {
  codeGuesses,
  findRoomByCode,
  guesserOf,
  tidyCode,
} from './codes.js'
export {
  findDefinition,
  isMintedRoomId,
  mintRoomId,
  RoomDefinition,
} from './definition.js'
export { closeRoom, createRoom, isClosed, keepRoom, watchClosures } from './keeping.js'
export { findListed, ListedRoom, listedAs, RoomPosition, searchRooms } from './listing.js'
export { answerWhatMayStand, askWhatMayStand, Said, saysMore } from './said.js'
