export { maxMembers, PlayerState, RoomId, replyingTo } from './atoms.js'
export { ClientMessage, type ClientMessageOf, clientMessages } from './client-messages.js'
export { Channel, States } from './room-messages.js'
export {
  contentsOf,
  Frame,
  ServerMessage,
  type ServerMessageOf,
  serverMessages,
} from './server-messages.js'
