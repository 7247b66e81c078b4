export {
  Channel,
  ClientMessage,
  type ClientMessageOf,
  clientMessages,
  maxMembers,
  PlayerState,
  RoomId,
} from './client-messages.js'
export { replyingTo, ServerMessage, serverMessages } from './server-messages.js'
