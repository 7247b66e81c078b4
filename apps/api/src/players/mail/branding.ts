import type { Db } from '@aethex/shared/db'
import { entitlementsOfEnvironment } from '../../studio/billing/service.js'
import { readSetting } from '../../studio/settings/service.js'
import { cleanName } from './letter-values.js'
import { mailBranding, mailTemplates } from './settings.js'
import { findGameName } from './store.js'

/** How letters of an environment look, and who they are from. */
export interface Brand {
  /** The game or its studio; the platform for its own letters. */
  name: string
  accentColor: string
  logoUrl: string | null
  supportEmail: string | null
  footer: string
  /** Whether the letter says that it was the platform that sent it. */
  namesUs: boolean
}

const platform = 'AeThex Cloud'
const accentColor = '#1f5fd0'

const plain = { accentColor, logoUrl: null, supportEmail: null, footer: '', namesUs: true }
const house: Brand = { ...plain, name: platform }

/** Whether letters of the environment may look and read as its studio wants: a matter of its tier. */
const brandingOf = async (environmentId: string, db: Db) =>
  (await entitlementsOfEnvironment(environmentId, db)).features.branding

/**
 * The brand of an environment, and how its studio words the letters; null stands for the platform.
 * Undefined when there is no such environment any more.
 */
export async function brandOf(environmentId: string | null, db: Db) {
  if (environmentId === null) return { brand: house, wording: {} }
  const project = await findGameName(environmentId, db)
  if (project === undefined) return undefined
  const game = cleanName(project)
  const allowed = await brandingOf(environmentId, db)
  if (allowed === 'none') return { brand: { ...plain, name: game }, wording: {} }
  const branding = await readSetting(environmentId, db, mailBranding)
  const { letters } = await readSetting(environmentId, db, mailTemplates)
  const brand: Brand = {
    name: branding.studio_name ?? game,
    accentColor: branding.accent_color,
    logoUrl: branding.logo_url,
    supportEmail: branding.support_email,
    footer: branding.footer,
    namesUs: allowed === 'custom',
  }
  return { brand, wording: letters }
}
