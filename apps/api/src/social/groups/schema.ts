import { z } from 'zod'
import { Id, Page, text } from '../../gateway/shapes.js'
import { Username } from '../../players/auth/schema.js'
import { PlainText } from '../speech/schema.js'

export const GroupRole = z.enum(['leader', 'officer', 'member'])
export type GroupRole = z.infer<typeof GroupRole>

/** Who comes in: anybody, who is let in, or who was invited. */
export const Admission = z.enum(['open', 'request', 'invitation'])

/** As a username, but without dots: they part the words of a chat topic, in which the name stands. */
export const GroupName = Username.refine(name => !name.includes('.'), 'has a dot').meta({
  openapi: { type: 'string', minLength: 3, maxLength: 32 },
})

export const World = z.string().regex(/^[a-z0-9_-]{1,32}$/, 'is not a to z, 0 to 9, _ or -')

const size = z.int().min(1).max(1_000)
const description = PlainText(0, 500)

export const Group = z
  .object({
    group_id: z.uuid(),
    name: z.string(),
    description: z.string(),
    /** Where it chats: `chat.<world>.family.<name>`. */
    world: z.string(),
    admission: Admission,
    leader_id: z.uuid(),
    max_members: z.int(),
    member_count: z.int(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Group' })

export const GroupAnswer = z.object({ group: Group })
export const GroupList = z.object({ items: z.array(Group), next_cursor: z.string().nullable() })

/** A group, and what the player is to it. */
export const GroupView = z.object({
  group: Group,
  /** Null for who is no member. */
  role: GroupRole.nullable(),
  /** What is open between the two: a `request` of the player, an `invitation` of the group. */
  pending: z.enum(['request', 'invitation']).nullable(),
})

export const OneGroup = z.strictObject({ group_id: Id })
export const OneMember = z.strictObject({ group_id: Id, player_id: Id })

export const NewGroup = z.strictObject({
  name: GroupName,
  description: description.default(''),
  world: World.default('main'),
  admission: Admission.default('request'),
  /** As many as the studio allows unless said. */
  max_members: size.optional(),
})

export const GroupChanges = z.strictObject({
  name: GroupName.optional(),
  description: description.optional(),
  world: World.optional(),
  admission: Admission.optional(),
  max_members: size.optional(),
})

export const GroupSearch = z.strictObject({
  ...Page.shape,
  /** What the name begins with, in whatever case. */
  prefix: text(1, 32).optional(),
  world: World.optional(),
})

export const JoinRequest = z.strictObject({
  /** For those who decide about a request. */
  message: PlainText(0, 200).default(''),
})
export const Joined = z.object({ status: z.enum(['joined', 'requested']), group: Group })

export const GroupMember = z
  .object({
    player_id: z.uuid(),
    username: z.string(),
    role: GroupRole,
    joined_at: z.iso.datetime(),
  })
  .meta({ id: 'GroupMember' })
export const GroupMemberAnswer = z.object({ member: GroupMember })
export const GroupMembers = z.object({
  items: z.array(GroupMember),
  next_cursor: z.string().nullable(),
})
export const NewRole = z.strictObject({
  /** `leader` hands over the lead; the leader before becomes an officer. */
  role: GroupRole,
})

const Named = z.object({ player_id: z.uuid(), username: z.string() })

/** Somebody at the door of a group. */
export const GroupRequest = z
  .object({
    kind: z.enum(['request', 'invitation']),
    player: Named,
    /** Of an invitation. */
    invited_by: z.uuid().nullable(),
    message: z.string(),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'GroupRequest' })
export const GroupRequests = z.object({
  items: z.array(GroupRequest),
  next_cursor: z.string().nullable(),
})

/** What is open between the player and groups. */
export const OwnRequest = z
  .object({
    kind: z.enum(['request', 'invitation']),
    group: Group,
    invited_by: z.uuid().nullable(),
    message: z.string(),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'OwnGroupRequest' })
export const OwnRequests = z.object({ items: z.array(OwnRequest) })

export const OwnGroups = z.object({
  items: z.array(z.object({ group: Group, role: GroupRole, joined_at: z.iso.datetime() })),
})

export const NewInvitation = z.strictObject({
  player_id: Id,
  message: PlainText(0, 200).default(''),
})
/** `joined` for who had asked before. */
export const Invited = z.object({ status: z.enum(['invited', 'joined']), group: Group })

export const NewGroupBan = z.strictObject({ reason: PlainText(0, 200).default('') })
export const GroupBan = z
  .object({
    player: Named,
    banned_by: z.uuid().nullable(),
    reason: z.string(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'GroupBan' })
export const GroupBans = z.object({ items: z.array(GroupBan), next_cursor: z.string().nullable() })

export const InEnvironment = z.strictObject({ environment_id: Id })
export const GroupOfEnvironment = z.strictObject({ environment_id: Id, group_id: Id })
export const Moderation = z.strictObject({
  name: GroupName.optional(),
  description: description.optional(),
  /** For the audit log. */
  reason: text(1, 500),
})
export const Because = z.strictObject({ reason: text(1, 500) })
