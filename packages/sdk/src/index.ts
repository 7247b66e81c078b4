export { type Cloud, type CloudOptions, createCloud } from './cloud.js'
export type { Backoff } from './core/backoff.js'
export { AeThexError, type ErrorDetails, type LocalErrorCode } from './core/error.js'
export { type Failure, type Result, unwrap } from './core/result.js'
export type { User } from './core/session-store.js'
export type { KeyValueStorage } from './core/storage.js'
export type { ErrorCode } from './generated/errors.js'
export type { BlendRules } from './realtime/blend.js'
export type { Chat, UnreadChannel } from './realtime/chat.js'
export type {
  ChatChannelInfo,
  ChatMessage,
  HistoryPage,
  HistoryWish,
  MessageOptions,
} from './realtime/chat-api.js'
export type { ChatChannel } from './realtime/chat-channel.js'
export {
  createServerClock,
  type Latency,
  type ServerClock,
  type ServerClockOptions,
} from './realtime/clock.js'
export type { Codec } from './realtime/codec.js'
export type {
  Match,
  MatchedPlayer,
  MatchmakingEvents,
  MultiplayerEvents,
  PlayerState,
  QueueUpdate,
  RoomMember,
  StateMeta,
} from './realtime/events.js'
export {
  createInterpolator,
  type Interpolator,
  type InterpolatorOptions,
  type StateTimes,
} from './realtime/interpolation.js'
export type { LobbyVerbs } from './realtime/lobby.js'
export type { Lobby, RoomChanges, RoomInvitation } from './realtime/lobby-view.js'
export type { Matchmaking, QueueWish } from './realtime/matchmaking.js'
export type { Multiplayer } from './realtime/multiplayer.js'
export type { NetworkConditions } from './realtime/network-pipe.js'
export {
  createNetworkSimulator,
  type NetworkSimulator,
  type NetworkSimulatorOptions,
} from './realtime/network-simulator.js'
export type {
  PeerEvents,
  PeerMessage,
  PeerOptions,
  PeerSendOptions,
  Peers,
} from './realtime/peers/peers.js'
export type { PeerRoute } from './realtime/peers/route.js'
export type { WebRtc } from './realtime/peers/web-rtc.js'
export {
  createPrediction,
  type NumberedInput,
  type Prediction,
  type PredictionOptions,
  type Reconciliation,
} from './realtime/prediction.js'
export type { PlayerPresence, Presence, ShownStatus } from './realtime/presence.js'
export type { DatagramChannel } from './realtime/simulated-channel.js'
export type { ConnectionState } from './realtime/socket.js'
export type { VoiceOptions } from './realtime/voice/browser-voice.js'
export type { ListenerPose, Position, VoiceEvents } from './realtime/voice/events.js'
export type { VoiceDevice } from './realtime/voice/microphone.js'
export type { VoiceSink, VoiceTransport } from './realtime/voice/transport.js'
export type { Voice, VoiceMember } from './realtime/voice/voice.js'
export type { Transport } from './realtime/way.js'
export type { WebSocketLike, WebSocketMaker } from './realtime/web-socket.js'
export type {
  Account,
  Identity,
  Merge as AccountMerge,
  MergeOffer,
  NewIdentity,
  PublicProfile,
} from './resources/account.js'
export type { AccountMail, Registered } from './resources/account-mail.js'
export type { Age, AgeAnswer, Permissions, Permitted } from './resources/age.js'
export type { Analytics, EventProperties } from './resources/analytics.js'
export type { Auth } from './resources/auth.js'
export type { ConsentAnswer, ConsentChanges, Consents } from './resources/consent.js'
export type {
  BlockedPlayer,
  Friend,
  FriendNews,
  FriendRequest,
  Friends,
} from './resources/friends.js'
export type {
  Admission,
  Group,
  GroupBan,
  GroupChange,
  GroupMember,
  GroupRequest,
  GroupRole,
  Groups,
  GroupWish,
  OwnGroupRequest,
} from './resources/groups.js'
export type { BoardEntry, Leaderboards } from './resources/leaderboards.js'
export type { OAuth, OAuthOptions, OAuthProvider } from './resources/oauth.js'
export type { DeviceCode, DeviceCodeOptions } from './resources/oauth-device.js'
export { createLoopback, type Loopback, type LoopbackOptions } from './resources/oauth-loopback.js'
export type { PartyLeft } from './resources/own-party.js'
export type { Activity, Parties, Party, PartyInvitation } from './resources/parties.js'
export type { Passkey, Passkeys } from './resources/passkeys.js'
export type {
  ChangeOptions,
  DocumentPlace,
  DocumentSearch,
  DocumentWrite,
  PlayerData,
  PlayerDocument,
  WriteOptions,
  WrittenDocument,
} from './resources/player-data.js'
export type { PlayerSession, PlayerSessions } from './resources/player-sessions.js'
export type { AcceptedPolicy, Policies, Policy, PolicyVersion } from './resources/policies.js'
export type { Privacy } from './resources/privacy.js'
export type {
  MatchResult,
  PlayerRating,
  RatedPlayer,
  RatingChange,
  Ratings,
} from './resources/ratings.js'
export type { ListedRoom, RoomInfo, RoomQuery, Rooms, RoomWish } from './resources/rooms.js'
export type {
  ConflictChoice,
  ConflictHandler,
  ConflictPolicy,
  Merge,
  SaveConflict,
} from './resources/saves/conflict.js'
export type { SaveDifference, SaveHistory } from './resources/saves/history.js'
export type { Page, SaveList, SavesUsage, SlotList } from './resources/saves/list-saves.js'
export type {
  Loaded,
  LoadedFrom,
  LocalSave,
  Save,
  Saved,
  SaveFacts,
} from './resources/saves/save.js'
export type {
  RemoteWrite,
  SaveEvents,
  SaveOptions,
  Saves,
  SavesOptions,
  SlotChange,
} from './resources/saves/saves.js'
export { createFileStore, type FileStoreOptions } from './resources/saves/store/file-store.js'
export { createIndexedStore } from './resources/saves/store/indexed-store.js'
export { createMemoryStore } from './resources/saves/store/memory-store.js'
export type { SaveStore } from './resources/saves/store/save-store.js'
export type { SaveThumbnails } from './resources/saves/thumbnails.js'
export type { TransferOptions, TransferProgress } from './resources/saves/transfer.js'
export type { SaveFiles } from './resources/saves/transfer-files.js'
export type {
  AuthenticatorSecret,
  FactorCode,
  SecondFactor,
  SecondFactorStatus,
} from './resources/second-factor.js'
export { decodeValues } from './values/decode.js'
export { encodeValues } from './values/encode.js'
export {
  Color,
  Quaternion,
  UnknownValue,
  Vector2,
  Vector3,
  Vector4,
} from './values/shapes.js'
