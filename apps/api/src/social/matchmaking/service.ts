export { offerSeats } from './backfill.js'
export { exportRecording, listQueues } from './queues.js'
export { answerMatch, cancelTicket, createTicket, getTicket } from './tickets.js'
