export {
  type BusEvents,
  type BusMessage,
  type BusTopic,
  publish,
  revokedAmong,
  subscribe,
} from './events.js'
export {
  type NewsFeed,
  type NewsListener,
  openNewsFeed,
  PlayerNews,
  publishNews,
} from './news.js'
export { announce, type OutboxCourier, startOutboxCourier } from './outbox.js'
export { GroupChange, PartyLeaving } from './party-news.js'
export { answerQuestions } from './questions.js'
export {
  openTopicFeed,
  type TopicFeed,
  type TopicListener,
  tellTopic,
  topicChannel,
} from './topics.js'
