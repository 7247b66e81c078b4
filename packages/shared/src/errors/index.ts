export { type ErrorCode, errorCodes } from './codes.js'
export { type Flaw, notFound, Problem, type ProblemDocument, unavailable } from './problem.js'
