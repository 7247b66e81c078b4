import { z } from 'zod'
import { Id, Page } from '../../gateway/shapes.js'

/** What a player can agree to. Nothing counts as agreed until they said so. */
export const purposes = ['analytics', 'marketing', 'voice', 'third_parties'] as const
export type Purpose = (typeof purposes)[number]

/** What a parent can allow a child: the purposes, and to write to others. */
export const parentGrants = [...purposes, 'chat'] as const
export type ParentGrant = (typeof parentGrants)[number]

const ofEach = <Shape extends z.ZodType>(shape: Shape) => ({
  analytics: shape,
  marketing: shape,
  voice: shape,
  third_parties: shape,
})

export const Consents = z.object(ofEach(z.boolean())).meta({ id: 'Consents' })

export const consentStates = [
  'granted',
  'denied',
  'undecided',
  'ask_again',
  'needs_age',
  'needs_parent',
] as const
export type ConsentStateName = (typeof consentStates)[number]

const ConsentState = z
  .object({
    /**
     * `undecided`: never asked. `ask_again`: the privacy policy has changed since. `needs_age` and `needs_parent`:
     * not the player's to give (yet).
     */
    state: z.enum(consentStates),
    /** When the last decision was made. */
    since: z.iso.datetime().nullable(),
    /** The version of the privacy policy it was made under. */
    policy_version: z.int().nullable(),
    source: z.enum(['player', 'parent', 'age_answer']).nullable(),
  })
  .meta({ id: 'ConsentState' })

export const ConsentAnswer = z.object({
  /** What counts now. */
  consents: Consents,
  details: z.object(ofEach(ConsentState)),
  /** The version of the privacy policy in force: what to show when asking. */
  policy_version: z.int().nullable(),
})

export const ConsentChange = z.strictObject({
  ...ofEach(z.boolean().optional()),
  /** The version of the privacy policy that the player was shown; refused when another is in force. */
  policy_version: z.int().min(1).max(1_000_000).optional(),
  /** The language in which they were asked. */
  locale: z
    .string()
    .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$/, 'is not a language tag such as de-AT')
    .optional(),
})

/** What the player may do: chat is on for who is no child; everything else is as agreed to. */
export const Permissions = z
  .object({ chat: z.boolean(), ...ofEach(z.boolean()) })
  .meta({ id: 'Permissions' })

export const Permitted = z.object({
  is_child: z.boolean(),
  /** The player has to say how old they are: until then they may as little as a child. */
  age_required: z.boolean(),
  permissions: Permissions,
})

export const InEnvironment = z.strictObject({ environment_id: Id })
export const OnePlayer = z.strictObject({ environment_id: Id, player_id: Id })
export { Page }

export const PrivacyRecord = z
  .object({
    decisions: z.array(
      z.object({
        purpose: z.enum(purposes),
        granted: z.boolean(),
        policy_version: z.int().nullable(),
        source: z.enum(['player', 'parent', 'age_answer']),
        locale: z.string().nullable(),
        device_name: z.string().nullable(),
        decided_at: z.iso.datetime(),
      }),
    ),
    acceptances: z.array(
      z.object({
        kind: z.string(),
        version: z.int(),
        locale: z.string(),
        hash: z.string(),
        accepted_at: z.iso.datetime(),
        network: z.string().nullable(),
        device_name: z.string().nullable(),
      }),
    ),
    is_child: z.boolean(),
    parental_consents: z.array(
      z.object({
        method: z.string(),
        notice_version: z.int(),
        policy_version: z.int().nullable(),
        grants: z.array(z.string()),
        requested_at: z.iso.datetime(),
        given_at: z.iso.datetime().nullable(),
        network: z.string().nullable(),
        device_name: z.string().nullable(),
        confirmed_at: z.iso.datetime().nullable(),
        revoked_at: z.iso.datetime().nullable(),
      }),
    ),
  })
  .meta({ id: 'PrivacyRecord' })

export const RetentionProofs = z.object({
  items: z.array(
    z
      .object({
        id: z.uuid(),
        /** The rule of `privacy.retention`. */
        rule: z.string(),
        /** What was deleted. */
        what: z.string(),
        count: z.int(),
        ran_at: z.iso.datetime(),
      })
      .meta({ id: 'RetentionProof' }),
  ),
  next_cursor: z.string().nullable(),
})
