import { Problem } from '@aethex/shared/errors'
import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { ifMatchVersion } from '../../gateway/shapes.js'
import {
  InEnvironment,
  OneStep,
  ReadStep,
  StepAnswer,
  StepContent,
  StepList,
  Trial,
  TrialAnswer,
} from './schema.js'
import { deleteStep, listFormatSteps, readStep, tryStep, writeStep } from './service.js'

const all = '/api/v1/studio/environments/:environment_id/save-formats'
const one = `${all}/:from_version`

const reading = { auth: ['member', 'server'], scope: 'settings:read' } as const
const writing = { auth: ['member', 'server'], scope: 'settings:write' } as const

// Each may cost a thread of the sandbox two seconds.
const budget = { name: 'save-formats', quota: 300, windowSeconds: 60 }

const withETag = (answer: Awaited<ReturnType<typeof readStep>>) =>
  new Reply(answer, { headers: { etag: `"${answer.step.revision}"` } })

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** The revision that a write replaces: one, none at all, or whichever there is. */
function expectedOf(headers: Headers): number | undefined {
  const none = headers['if-none-match']
  if (none === undefined) return ifMatchVersion(headers['if-match'])
  if (none !== '*' || headers['if-match'] !== undefined) {
    throw new Problem('invalid_request', { detail: 'If-None-Match is * here, and comes alone.' })
  }
  return 0
}

export const saveFormatRoutes = [
  route({
    ...reading,
    id: 'save_formats.list',
    method: 'get',
    path: all,
    summary: 'The steps between the formats of saves, without their sources.',
    params: InEnvironment,
    returns: StepList,
    errors: ['not_found'],
    handle: (ctx, { params }) => listFormatSteps(ctx, params.environment_id),
  }),
  route({
    ...reading,
    id: 'save_formats.read',
    method: 'get',
    path: one,
    summary: 'The step from a format to the next one, or an earlier revision of it.',
    params: OneStep,
    query: ReadStep,
    returns: StepAnswer,
    errors: ['not_found'],
    handle: async (ctx, { params, query }) =>
      withETag(await readStep(ctx, params.environment_id, params.from_version, query.revision)),
  }),
  route({
    ...writing,
    id: 'save_formats.write',
    method: 'put',
    path: one,
    summary:
      'Registers the step from a format to the next one; one that was applied is superseded with If-Match only.',
    params: OneStep,
    body: StepContent,
    example: {
      source:
        'export default function migrate(save) {\n  return { ...save, coins: save.gold }\n}\n',
      note: 'Gold became coins.',
    },
    bodyLimit: 524_288,
    returns: StepAnswer,
    errors: [
      'not_found',
      'version_mismatch',
      'save_format_invalid',
      'save_format_applied',
      'limit_reached',
      'busy',
    ],
    budget,
    handle: async (ctx, { params, body, headers }) => {
      const { environment_id, from_version } = params
      return withETag(await writeStep(ctx, environment_id, from_version, body, expectedOf(headers)))
    },
  }),
  route({
    ...writing,
    id: 'save_formats.delete',
    method: 'delete',
    path: one,
    summary: 'Takes a step away by which no save was changed.',
    params: OneStep,
    errors: ['not_found', 'version_mismatch', 'save_format_applied'],
    handle: (ctx, { params, headers }) => {
      const { environment_id, from_version } = params
      return deleteStep(ctx, environment_id, from_version, ifMatchVersion(headers['if-match']))
    },
  }),
  route({
    ...writing,
    id: 'save_formats.try',
    method: 'post',
    path: `${all}/try`,
    summary: 'Leads a given document through the steps, registered or not; nothing is stored.',
    params: InEnvironment,
    body: Trial,
    example: {
      from_version: 3,
      data: { gold: 12 },
      source: 'export default save => ({ coins: save.gold })',
    },
    bodyLimit: 8_912_896,
    returns: TrialAnswer,
    errors: ['not_found', 'save_format_unknown', 'save_format_failed', 'save_format_newer', 'busy'],
    budget,
    handle: (ctx, { params, body }) => tryStep(ctx, params.environment_id, body),
  }),
]
