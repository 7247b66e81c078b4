export { readCalibration } from './calibration.js'
export { reportAsPlayer } from './player-reports.js'
export { listRated, ratingsOf, readHistory, readRating } from './reading.js'
export { readResult, reportResult } from './reporting.js'
