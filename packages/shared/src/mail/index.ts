export {
  type CourierParts,
  delayAfter,
  deliverDue,
  type WaitingLetter,
  type Writer,
  type Written,
} from './courier.js'
export { type Mailer, type Message, openMailer, Refused, readSender } from './mailer.js'
export { type Letter, type MailOutbox, openMailOutbox, recipientKey } from './outbox.js'
