export { giveUpSeat, grantPass, hasPass, keepSeat, seatedAmong } from './admission.js'
export {
  type ChatChannel,
  type ChatKind,
  chatKinds,
  chatPrefix,
  directChannel,
  everyChannel,
  isWorldName,
  nameOfChannel,
  readChannel,
} from './channels.js'
export { ChatEvent, ChatMessage, readChatEvent, tellChat } from './events.js'
export { tellChatOrLater } from './telling.js'
