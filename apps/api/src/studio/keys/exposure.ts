import { audit } from '@aethex/shared/audit'
import type { Parts } from '../../gateway/context.js'
import { tellStudio } from '../webhooks/service.js'
import type { IdentifiedKey } from './identify.js'
import { listOwners, type OwnerRow } from './owner-store.js'

// Once an hour and key: whoever found the key must not be able to fill mailboxes and the audit log with it.
const perKey = { name: 'leak-warning', quota: 1, windowSeconds: 3_600 }

const noticeTo = ({ project, environment }: OwnerRow, { name }: IdentifiedKey, origin: string) => ({
  title: 'A secret key was used in a browser',
  message:
    `A page sent the secret key "${name}" of ${project} (${environment}), so whoever looks at that page has it. ` +
    'We refused the request.\n\n' +
    `The page: ${origin}\n\n` +
    'Rotate the key without an overlap, and use a publishable key in the page.',
})

/** Tells the studio that a page used a secret key: in the audit log, by webhook, and its owners by letter. */
export async function reportExposedKey(
  parts: Parts,
  key: IdentifiedKey,
  page: { origin: string; requestId: string },
): Promise<void> {
  if ((await parts.limits.count(perKey, key.id)).remaining < 0) return
  const origin = page.origin.slice(0, 200)
  await parts.db.transaction(async tx => {
    await audit(tx, {
      environmentId: key.environmentId,
      actor: { kind: 'server', id: key.id },
      action: 'keys.refused_in_browser',
      target: key.id,
      details: { origin },
      requestId: page.requestId,
    })
    await tellStudio(tx, key.environmentId, 'key.exposed', { key_id: key.id, origin })
    for (const owner of await listOwners(key.environmentId, tx)) {
      await parts.mail.queue(tx, {
        environmentId: null,
        to: owner.email,
        template: 'member_notice',
        values: { ...noticeTo(owner, key, origin), name: owner.name },
      })
    }
  })
}
