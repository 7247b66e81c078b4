export { offerSeats } from './backfill.js'
export { exportRecording, listQueues } from './queues.js'
export { cancelTicket, createTicket, getTicket } from './tickets.js'
