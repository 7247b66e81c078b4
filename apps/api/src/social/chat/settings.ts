import { type chatKinds, readChannel } from '@aethex/shared/chat'
import { z } from 'zod'
import { setting } from '../../gateway/setting.js'

const forEachKind = <S extends z.ZodType>(of: (kind: (typeof chatKinds)[number]) => S) =>
  z.strictObject({
    world: of('world'),
    group: of('group'),
    room: of('room'),
    party: of('party'),
    direct: of('direct'),
  })

/** Six hours: whoever wants people to wait longer wants the channel closed. */
const slowSeconds = z.int().min(0).max(21_600)
const Channel = z.string().refine(name => readChannel(name) !== undefined, 'is no channel')

export const chatRules = setting({
  name: 'chat.rules',
  summary: 'Where players may talk, how much and how fast.',
  shape: z.strictObject({
    /** The worlds that have a public channel; null for any name that the game uses. */
    worlds: z
      .array(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/))
      .max(1_000)
      .nullable()
      .default(null),
    /** Code points of a message. */
    max_length: z.int().min(1).max(2_000).default(500),
    /** How long an author may change a message; 0 for not at all. */
    edit_seconds: z.int().min(0).max(86_400).default(900),
    /** Of one player, in all channels together. */
    messages_per_ten_seconds: z.int().min(1).max(100).default(10),
    /** How often a player may say the same within a minute. */
    repeats_per_minute: z.int().min(1).max(100).default(3),
    /** Between two messages of a player in a channel of that kind. */
    slow_mode_seconds: forEachKind(() => slowSeconds.default(0)).prefault({}),
    /** The same for single channels, which comes first. */
    slow_channels: z.record(Channel, slowSeconds).default({}),
    /** Whether each message is also a webhook event, for endpoints that ask for `chat.message`. */
    webhooks: z.boolean().default(false),
  }),
})

const days = z.int().min(1).max(3_650).nullable()
const keptDays = { world: 90, group: 365, room: 7, party: 7, direct: 365 }

export const chatRetention = setting({
  name: 'chat.retention',
  summary: 'After how many days messages and reports are deleted; null for never.',
  shape: z.strictObject({
    days: forEachKind(kind => days.default(keptDays[kind])).prefault({}),
    /** Reports, judged or not, with the messages that they copied. */
    report_days: days.default(365),
  }),
})
