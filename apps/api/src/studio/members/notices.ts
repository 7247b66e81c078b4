import type { Db } from '@aethex/shared/db'
import type { Parts } from '../../gateway/context.js'

/** Tells a member what happened to their account, so that they notice when it was not them. */
export async function sendNotice(
  { mail }: Parts,
  tx: Db,
  member: { email: string; name: string },
  notice: { title: string; message: string },
): Promise<void> {
  await mail.queue(tx, {
    environmentId: null,
    to: member.email,
    template: 'member_notice',
    values: { ...notice, name: member.name },
  })
}
