export { defaultBodyLimit, readBytes } from './body.js'
export { answerCors, originRule } from './cors.js'
export { decodeCursor, encodeCursor, pageOf } from './cursor.js'
export { createHealth, type Health, type Part } from './health.js'
export { parseInput, queryInteger } from './input.js'
export { createMetrics, type Metrics } from './metrics.js'
export { openApiDocument } from './openapi.js'
export {
  createPipeline,
  type PathParams,
  type PipelineContext,
  type RequestFacts,
} from './pipeline.js'
export { answerProblem } from './problem-answer.js'
export {
  type Caller,
  type Method,
  type RawBody,
  RawReply,
  Reply,
  type Route,
  routesFor,
} from './route.js'
export { type KeyScope, keyScopes, type Scope, scopes, studioScopes } from './scopes.js'
export { type HttpServer, listen } from './server.js'
export {
  assertStrictJson,
  isForbiddenKey,
  isSafeText,
  maxJsonDepth,
  parseStrictJson,
  parseStrictJsonBytes,
} from './strict-json.js'
