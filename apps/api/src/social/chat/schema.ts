import { ChatMessage, readChannel } from '@aethex/shared/chat'
import { queryInteger } from '@aethex/shared/http'
import { z } from 'zod'
import { Id, Page, text } from '../../gateway/shapes.js'
import { PlainText } from '../speech/schema.js'

/** The exact name of a channel; patterns are none. */
export const ChannelName = z
  .string()
  .max(200)
  .refine(name => readChannel(name) !== undefined, 'is not the name of a channel')

const MessageNumber = z.int().min(1).max(2_147_483_647)
const numberInPath = queryInteger(1, 2_147_483_647)

export const InChannel = z.strictObject({ channel: ChannelName })
export const OneMessage = z.strictObject({ channel: ChannelName, number: numberInPath })
export const OnePlayer = z.strictObject({ player_id: Id })

/** Longer than any message may be: such a text is refused before anybody looks into it. */
const MessageText = PlainText(1, 2_000)

const dataBytes = 2_048

const MessageData = z
  .record(z.string(), z.unknown())
  .refine(
    data => Buffer.byteLength(JSON.stringify(data)) <= dataBytes,
    `is larger than ${dataBytes} bytes`,
  )

export const NewMessage = z.strictObject({
  text: MessageText,
  /** What the game wants to send along, such as a linked item. Not shown to the word filter, so not for texts. */
  data: MessageData.optional(),
  reply_to: MessageNumber.optional(),
})
export const ChangedMessage = z.strictObject({ text: MessageText })
export const Announcement = z.strictObject({
  text: MessageText,
  data: MessageData.optional(),
  /** Mentions everybody who reads the channel. */
  mentions_all: z.boolean().default(false),
})

export const MessageAnswer = z.object({ message: ChatMessage.meta({ id: 'ChatMessage' }) })

export const Channel = z
  .object({
    channel: z.string(),
    kind: z.enum(['world', 'group', 'room', 'party', 'direct']),
    /** 0 while nothing was said. */
    last_number: z.int(),
    /** Counts new messages, edits and deletions. */
    last_change: z.int(),
    read_number: z.int(),
    slow_mode_seconds: z.int(),
    max_length: z.int(),
    /** When the player may not write here, and until when (null for ever). */
    mute: z
      .object({ reason: z.string().nullable(), ends_at: z.iso.datetime().nullable() })
      .nullable(),
  })
  .meta({ id: 'ChatChannel' })
export const ChannelAnswer = z.object({ channel: Channel })

const position = queryInteger(0, 2_147_483_647).optional()

/** At most one of the three; the newest messages without any. */
export const HistoryPage = z
  .strictObject({
    limit: queryInteger(1, 100).default(50),
    /** Older than this number, the newest of them. */
    before: position,
    /** Newer than this number, the oldest of them. */
    after: position,
    /** Whatever has changed since this change: new, edited and deleted messages, in the order of their last change. */
    changes_after: position,
  })
  .refine(
    ({ before, after, changes_after: changes }) =>
      [before, after, changes].filter(one => one !== undefined).length < 2,
    'names more than one of before, after and changes_after',
  )

export const History = z.object({
  /** In the order of their numbers; with `changes_after` of their changes. */
  items: z.array(ChatMessage),
  /** Of the channel when this was read: with all pages read, nothing up to there is missing. */
  last_number: z.int(),
  last_change: z.int(),
  /** Whether there are more that way. */
  more: z.boolean(),
})

export const ReadMark = z.strictObject({ number: MessageNumber })
export const ReadMarkAnswer = z.object({ read_number: z.int() })

export const Unread = z.object({
  items: z.array(
    z.object({
      channel: z.string(),
      kind: Channel.shape.kind,
      read_number: z.int(),
      last_number: z.int(),
      /** By others; counted up to 100. */
      unread: z.int(),
      mentions: z.int(),
    }),
  ),
})

export const Silenced = z.object({
  items: z.array(
    z.object({ player_id: z.uuid(), username: z.string(), created_at: z.iso.datetime() }),
  ),
})

export const NewReport = z.strictObject({ reason: text(1, 500) })
export const ReportReceipt = z.object({ report_id: z.uuid() })

// For moderators

const environment = { environment_id: Id }
export const InEnvironment = z.strictObject(environment)
export const StudioChannel = z.strictObject({ ...environment, channel: ChannelName })
export const StudioMessage = StudioChannel.extend({ number: numberInPath })
export const OneMute = z.strictObject({ ...environment, mute_id: Id })
export const OneReport = z.strictObject({ ...environment, report_id: Id })

/** For the audit log: why this was done. */
const Reason = text(1, 1_000)
export const Because = z.strictObject({ reason: Reason })

const Who = z.object({ kind: z.string(), id: z.string().nullable() })

export const NewMute = z.strictObject({
  player_id: Id,
  /** All channels without it. */
  channel: ChannelName.optional(),
  reason: Reason,
  /** What the player is told; nothing without it. */
  public_reason: text(1, 500).optional(),
  /** Null mutes without an end. */
  ends_at: z.iso.datetime({ offset: true }).nullable(),
})

export const Mute = z
  .object({
    id: z.uuid(),
    player_id: z.uuid(),
    channel: z.string().nullable(),
    reason: z.string(),
    public_reason: z.string().nullable(),
    created_at: z.iso.datetime(),
    ends_at: z.iso.datetime().nullable(),
    muted_by: Who,
    lifted_at: z.iso.datetime().nullable(),
    in_force: z.boolean(),
  })
  .meta({ id: 'ChatMute' })
export const MuteAnswer = z.object({ mute: Mute })
export const MutePage = z.strictObject({ ...Page.shape, player_id: Id.optional() })
export const MuteList = z.object({ items: z.array(Mute), next_cursor: z.string().nullable() })

/** A message as it was when it was reported. */
export const ContextMessage = z.object({
  number: z.int(),
  player_id: z.uuid().nullable(),
  username: z.string().nullable(),
  text: z.string().nullable(),
  created_at: z.iso.datetime(),
})

const reportStates = ['open', 'upheld', 'dismissed'] as const

export const Report = z
  .object({
    id: z.uuid(),
    channel: z.string(),
    number: z.int(),
    reported_id: z.uuid(),
    /** Null when the word filter reported. */
    reporter_id: z.uuid().nullable(),
    reason: z.string(),
    /** The reported message and those around it, as they were then. */
    context: z.array(ContextMessage),
    state: z.enum(reportStates),
    created_at: z.iso.datetime(),
    resolved_at: z.iso.datetime().nullable(),
    resolved_by: Who.nullable(),
    resolution: z.string().nullable(),
  })
  .meta({ id: 'ChatReport' })
export const ReportAnswer = z.object({ report: Report })
export const ReportPage = z.strictObject({
  ...Page.shape,
  state: z.enum(reportStates).default('open'),
})
export const ReportList = z.object({ items: z.array(Report), next_cursor: z.string().nullable() })
export const Verdict = z.strictObject({
  state: z.enum(['upheld', 'dismissed']),
  /** What was done about it. */
  resolution: text(1, 1_000),
})

export const ModeratorTicket = z.object({
  /** Dial it with `?ticket=`, then subscribe to `chat.>`. */
  url: z.string(),
  ticket: z.string(),
  expires_in: z.int(),
})
