import { route } from '../../gateway/context.js'
import { Page } from '../../gateway/shapes.js'
import {
  FindingList,
  FindingPage,
  InEnvironment,
  NewRun,
  OneRun,
  RunAnswer,
  RunList,
} from './schema.js'
import { listFormatRuns, listRunFindings, readRun, startRun, steerRun } from './service.js'

const all = '/api/v1/studio/environments/:environment_id/save-format-runs'
const one = `${all}/:run_id`

const reading = { auth: ['member', 'server'], scope: 'saves:read' } as const
const writing = { auth: ['member', 'server'], scope: 'saves:write' } as const

const steering = (move: 'pause' | 'resume' | 'cancel', summary: string) =>
  route({
    ...writing,
    id: `save_formats.${move}_run`,
    method: 'post',
    path: `${one}/${move}`,
    summary,
    params: OneRun,
    returns: RunAnswer,
    errors: ['not_found', 'save_format_run_over'],
    handle: (ctx, { params }) => steerRun(ctx, params.environment_id, params.run_id, move),
  })

export const formatRunRoutes = [
  route({
    ...writing,
    id: 'save_formats.start_run',
    method: 'post',
    path: all,
    summary:
      'Walks over the saves of an environment: looks what its steps would make of them, or brings older heads to a format.',
    params: InEnvironment,
    body: NewRun,
    example: { kind: 'dry', schema_version: 4, samples: 5 },
    idempotent: true,
    status: 202,
    returns: RunAnswer,
    errors: ['not_found', 'save_format_unknown', 'save_format_run_active', 'limit_reached'],
    budget: { name: 'save-format-runs', quota: 300, windowSeconds: 3_600 },
    handle: (ctx, { params, body }) => startRun(ctx, params.environment_id, body),
  }),
  route({
    ...reading,
    id: 'save_formats.list_runs',
    method: 'get',
    path: all,
    summary: 'The runs of an environment, newest first.',
    params: InEnvironment,
    query: Page,
    returns: RunList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) => listFormatRuns(ctx, params.environment_id, query),
  }),
  route({
    ...reading,
    id: 'save_formats.read_run',
    method: 'get',
    path: one,
    summary: 'How far a run is, and what it has counted.',
    params: OneRun,
    returns: RunAnswer,
    errors: ['not_found'],
    handle: (ctx, { params }) => readRun(ctx, params.environment_id, params.run_id),
  }),
  route({
    ...reading,
    id: 'save_formats.list_findings',
    method: 'get',
    path: `${one}/findings`,
    summary: 'What a run shows of single versions: the first failures, and samples of differences.',
    params: OneRun,
    query: FindingPage,
    returns: FindingList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) =>
      listRunFindings(ctx, params.environment_id, params.run_id, query),
  }),
  steering('pause', 'Has a run wait where it is.'),
  steering('resume', 'Has a run go on that was paused.'),
  steering('cancel', 'Ends a run; what it has written stays.'),
]
