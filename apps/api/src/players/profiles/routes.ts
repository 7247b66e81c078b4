import { Reply } from '@aethex/shared/http'
import { z } from 'zod'
import { route } from '../../gateway/context.js'
import { pictureTypes } from '../../gateway/pictures.js'
import { ifMatchVersion } from '../../gateway/shapes.js'
import { avatarBytes } from './avatars.js'
import { OneAvatar, OnePlayer, Profile, ProfileChange, PublicProfileAnswer } from './schema.js'
import {
  getAvatarImage,
  getProfile,
  getPublicProfile,
  removeAvatar,
  setAvatar,
  updateProfile,
} from './service.js'

type Versioned = Awaited<ReturnType<typeof getProfile>>

const withETag = ({ profile, version }: Versioned) =>
  new Reply(profile, { headers: { etag: `"${version}"` } })

const forever = {
  'content-type': 'image/webp',
  'cache-control': 'public, max-age=31536000, immutable',
  'cross-origin-resource-policy': 'cross-origin',
}

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
  route({
    id: 'profiles.show',
    method: 'get',
    path: '/api/v1/players/:player_id',
    summary: 'What everybody sees of a player.',
    auth: ['player', 'server'],
    scope: 'players:read',
    params: OnePlayer,
    returns: PublicProfileAnswer,
    errors: ['not_found'],
    handle: (ctx, { params }) => getPublicProfile(ctx, params.player_id),
  }),
  route({
    id: 'profiles.set_avatar',
    method: 'put',
    path: '/api/v1/auth/avatar',
    summary:
      'Keeps a picture (PNG, JPEG or WebP) as the avatar: cropped to a square and drawn anew.',
    auth: ['player'],
    takes: pictureTypes,
    bodyLimit: avatarBytes,
    returns: z.object({ avatar_url: z.string() }),
    errors: ['image_invalid', 'busy'],
    budget: { name: 'avatar', quota: 60, windowSeconds: 600 },
    handle: (ctx, { bytes }) => setAvatar(ctx, bytes),
  }),
  route({
    id: 'profiles.remove_avatar',
    method: 'delete',
    path: '/api/v1/auth/avatar',
    summary: 'Takes the avatar away.',
    auth: ['player'],
    handle: ctx => removeAvatar(ctx),
  }),
  route({
    id: 'profiles.avatar_image',
    method: 'get',
    path: '/api/v1/avatars/:environment_id/:player_id/:avatar',
    summary: 'The picture itself.',
    auth: ['public'],
    params: OneAvatar,
    answers: 'image/webp',
    errors: ['not_found'],
    handle: async (ctx, { params }) => {
      const { environment_id: environmentId, player_id: playerId, avatar: name } = params
      const image = await getAvatarImage(ctx, { environmentId, playerId, name })
      return new Reply(image, { headers: forever })
    },
  }),
]
