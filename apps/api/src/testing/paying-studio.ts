import type { SharedStack, TestEnvironment } from '@aethex/shared/testing'
import { z } from 'zod'
import { type ContractTerms, writeContract } from '../studio/billing/service.js'
import { type Caller, callerOf } from './caller.js'
import type { Stored } from './stored.js'
import { freshMember, freshOrganization, freshProject, type TestMember } from './studio.js'

/** A studio of one member, with an environment, as somebody whose money and usage are looked at. */
export interface PayingStudio {
  member: TestMember
  organizationId: string
  /** The organisation's part of the studio API, as its owner: path below the organisation. */
  bill: Caller
  /** Its development environment. */
  environment: TestEnvironment
  /** Calls with the environment's publishable key. */
  game: Caller
  /** Calls with its secret key. */
  server: Caller
  /** Writes a contract, as the platform's people do. */
  agree(terms: Partial<ContractTerms>): Promise<void>
}

const Key = z.object({ api_key: z.string() })

/** Founds a studio at `apiUrl`; with terms, under a contract from its first day. */
export async function payingStudio(
  stack: SharedStack,
  stored: Stored,
  { apiUrl = stack.api_url, terms }: { apiUrl?: string; terms?: Partial<ContractTerms> } = {},
): Promise<PayingStudio> {
  const member = await freshMember(apiUrl)
  const organizationId = await freshOrganization(member)
  const agree = async (wanted: Partial<ContractTerms>) => {
    const now = () => new Date()
    await writeContract({ db: stored.db, now }, organizationId, {
      tier: 'free',
      overrides: {},
      priceMinor: null,
      validFrom: new Date(0),
      validUntil: null,
      writtenBy: 'ada',
      reason: 'a test',
      ...wanted,
    })
  }
  if (terms !== undefined) await agree(terms)
  const { id: projectId, development } = await freshProject(member, organizationId)
  const makeKey = async (kind: string) => {
    const path = `/studio/environments/${development}/keys`
    return Key.parse((await member.api('POST', path, { kind, name: kind })).body).api_key
  }
  const [publishableKey, secretKey] = [await makeKey('publishable'), await makeKey('secret')]
  return {
    member,
    organizationId,
    bill: (method, path, json, headers) =>
      member.api(method, `/studio/organizations/${organizationId}${path}`, json, headers),
    environment: {
      apiUrl,
      organizationId,
      projectId,
      environmentId: development,
      publishableKey,
      secretKey,
      memberToken: member.accessToken,
    },
    game: callerOf(apiUrl, { 'x-api-key': publishableKey }),
    server: callerOf(apiUrl, { 'x-api-key': secretKey }),
    agree,
  }
}
