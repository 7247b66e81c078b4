export { type Letter, type MailOutbox, openMailOutbox } from './outbox.js'
