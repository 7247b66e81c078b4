export {
  answerCircleWishes,
  Circle,
  CircleNews,
  type CircleReader,
  type CirclesChanged,
  circleTopic,
  forgetCircles,
  readCircle,
  wantCircle,
} from './circles.js'
export {
  type ChosenStatus,
  chosenStatuses,
  maxDetailsBytes,
  maxStatusText,
  offline,
  type Presence,
  type PresenceRecord,
  presenceOf,
} from './record.js'
export {
  forgetPresence,
  notePresence,
  type PresenceNote,
  parseSighting,
  presenceTopic,
  readPresences,
  renewPresences,
  type Sighting,
} from './store.js'
