export { deleteMessage, editMessage } from './change.js'
export {
  announceInChannel,
  openModeratorTicket,
  readAnyHistory,
  removeAnyMessage,
} from './moderate.js'
export { liftMute, listMutes, mutePlayer } from './mutes.js'
export { readChannelOf, readHistory, setReadMark, showTyping, unreadChannels } from './read.js'
export { listReports, reportMessage, resolveReport } from './report.js'
export { listSilencedPlayers, silencePlayer, unsilencePlayer } from './silence.js'
export { sendMessage } from './write.js'
