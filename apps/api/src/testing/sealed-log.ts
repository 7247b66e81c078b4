import { expect, vi } from 'vitest'
import type { Stored } from './stored.js'

/** Resolves once every entry of an organisation (null: of the platform) has its link in the chain. */
export const auditIsSealed = ({ rows }: Stored, organizationId: string | null) =>
  vi.waitFor(
    async () => {
      const waiting = await rows(
        `SELECT u.entry_id FROM audit_unsealed u JOIN audit_entry e ON e.id = u.entry_id
         WHERE e.organization_id IS NOT DISTINCT FROM $1::uuid LIMIT 1`,
        organizationId,
      )
      expect(waiting).toEqual([])
    },
    { timeout: 10_000, interval: 50 },
  )
