import { z } from 'zod'
import { Id } from '../../gateway/shapes.js'
import { User, Username } from '../auth/schema.js'

const kibibyte = 1_024

/** Free fields of a game's own choice, bounded as a whole. */
const fields = (maxBytes: number) =>
  z
    .record(z.string().min(1).max(64), z.unknown())
    .refine(
      value => Buffer.byteLength(JSON.stringify(value)) <= maxBytes,
      `is longer than ${maxBytes / kibibyte} KiB`,
    )

export const Locale = z
  .string()
  .max(35)
  .refine(tag => {
    try {
      return Intl.getCanonicalLocales(tag).length === 1
    } catch {
      return false
    }
  }, 'is not a BCP 47 language tag')

/** The player's own view: what only they see is in it. */
export const OwnUser = User.extend({
  locale: z.string().nullable(),
  public_fields: z.record(z.string(), z.unknown()),
  private_fields: z.record(z.string(), z.unknown()),
}).meta({ id: 'OwnUser' })

export const Profile = z.object({ user: OwnUser })

/** What anybody sees of a player. Nothing that leads to the person behind it belongs here. */
export const PublicProfile = z
  .object({
    id: z.uuid(),
    username: z.string(),
    avatar_url: z.string().nullable(),
    public_fields: z.record(z.string(), z.unknown()),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'PublicProfile' })

export const PublicProfileAnswer = z.object({ player: PublicProfile })
export const OnePlayer = z.strictObject({ player_id: Id })

export const ProfileChange = z.strictObject({
  username: Username.optional(),
  avatar_url: z
    .url({ protocol: /^https$/ })
    .max(2_048)
    .nullable()
    .optional(),
  locale: Locale.nullable().optional(),
  /** Replace what was there. */
  public_fields: fields(4 * kibibyte).optional(),
  private_fields: fields(16 * kibibyte).optional(),
})

export const OneAvatar = z.strictObject({
  environment_id: Id,
  player_id: Id,
  avatar: z.string().regex(/^[0-9a-f]{64}\.webp$/, 'is not the name of an avatar'),
})
