import { z } from 'zod'
import { Id } from '../../gateway/shapes.js'

export const InEnvironment = z.strictObject({ environment_id: Id })
export const OneSetting = z.strictObject({
  environment_id: Id,
  setting: z.string().regex(/^[a-z_]{1,40}\.[a-z_]{1,40}$/, 'is not the name of a setting'),
})

/** What is set; its fields are those of the setting's own shape. */
export const SettingValue = z.record(z.string().max(100), z.unknown())

export const SettingDocument = z
  .object({
    name: z.string(),
    summary: z.string(),
    value: SettingValue,
    /** 0 while the setting has its defaults. */
    version: z.int(),
    updated_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Setting' })

export const SettingAnswer = z.object({ setting: SettingDocument })
export const SettingList = z.object({ items: z.array(SettingDocument), next_cursor: z.null() })
