import type { Closable } from '@aethex/shared/lifecycle'
import type { Parts } from '../../gateway/context.js'
import { rotateByDatabaseTime } from './key-rotation.js'
import { forgetDevicesUnusedSince } from './known-device-store.js'
import { forgetEndedSessions } from './session-store.js'
import { drawMissingSkeletons } from './skeleton-store.js'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const keyLivesDays = 30
const deviceKnownForDays = 180

/** Gives access tokens a new signing key every month, and retires the old one when its tokens are gone. */
export const rotateKeys = ({ db, vault, repeat }: Parts): Closable =>
  repeat({
    name: 'signing-keys',
    everyMs: hourMs,
    work: async () =>
      void (await rotateByDatabaseTime({ db, vault }, { olderThanDays: keyLivesDays })),
  })

/** Forgets what sign-ins have left behind, and draws the skeletons of names from before there were any. */
export const keepAccountsTidy = ({ db, now, repeat }: Parts): Closable =>
  repeat({
    name: 'account-upkeep',
    everyMs: hourMs,
    work: async () => {
      await forgetEndedSessions(db)
      await forgetDevicesUnusedSince(db, new Date(now().getTime() - deviceKnownForDays * dayMs))
      await drawMissingSkeletons(db)
    },
  })
