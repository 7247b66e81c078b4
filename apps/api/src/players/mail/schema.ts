import { z } from 'zod'
import { Id, text } from '../../gateway/shapes.js'
import { playerLetters } from './catalogue.js'
import { MailLocale } from './settings.js'

export const InEnvironment = z.strictObject({ environment_id: Id })

const Template = z.enum(playerLetters)

export const PreviewOrder = z.strictObject({
  template: Template,
  locale: MailLocale,
  /** Samples stand for what is left out. */
  values: z.record(z.string().max(40), text(0, 4_000)).optional(),
})

export const Preview = z.object({ subject: z.string(), text: z.string(), html: z.string() })

export const TestOrder = z.strictObject({ template: Template, locale: MailLocale })

export const TestSent = z.object({ status: z.literal('check_your_mail') })
