import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { ifMatchVersion } from '../../gateway/shapes.js'
import { Profile, ProfileChange } from './schema.js'
import { getProfile, updateProfile } from './service.js'

type Versioned = Awaited<ReturnType<typeof getProfile>>

const withETag = ({ profile, version }: Versioned) =>
  new Reply(profile, { headers: { etag: `"${version}"` } })

export const profileRoutes = [
  route({
    id: 'profiles.read',
    method: 'get',
    path: '/api/v1/auth/profile',
    summary: "The signed-in player's own profile; its version is the ETag.",
    auth: ['player'],
    returns: Profile,
    handle: async ctx => withETag(await getProfile(ctx)),
  }),
  route({
    id: 'profiles.update',
    method: 'put',
    path: '/api/v1/auth/profile',
    summary: 'Changes the fields that are given; with If-Match only that version.',
    auth: ['player'],
    body: ProfileChange,
    example: { username: 'Ada Lovelace' },
    returns: Profile,
    errors: ['username_taken', 'version_mismatch'],
    handle: async (ctx, { body, headers }) =>
      withETag(await updateProfile(ctx, body, ifMatchVersion(headers['if-match']))),
  }),
]
