import type { Brand } from './branding.js'
import { type Block, fill } from './letter-text.js'

/** What stands on the page. */
export interface Page {
  locale: string
  subject: string
  blocks: readonly Block[]
  values: ReadonlyMap<string, string>
  brand: Brand
  /** The last lines, without markup. */
  footer: readonly string[]
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Makes any text safe within an element and within a quoted attribute. */
const escapeHtml = (text: string) => text.replaceAll(/[&<>"']/g, char => entities[char] ?? char)

const rightToLeft = new Set(['ar', 'fa', 'he', 'ur'])
const directionOf = (locale: string) =>
  rightToLeft.has(locale.split('-')[0] ?? '') ? 'rtl' : 'ltr'

const channel = (hex: string) => {
  const value = Number.parseInt(hex, 16) / 255
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}

/** Black or white, whichever is easier to read on a colour `#rrggbb` (WCAG 2.2, relative luminance). */
export function readableOn(color: string): '#000000' | '#ffffff' {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(at => channel(color.slice(at, at + 2)))
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  return luminance > 0.179 ? '#000000' : '#ffffff'
}

const styles = {
  body: "margin:0;padding:24px;background-color:#f1f2f4;color:#1c1e21;font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;font-size:16px;line-height:1.5",
  card: 'max-width:560px;margin:0 auto;padding:32px;background-color:#ffffff;border-radius:8px',
  heading: 'margin:0 0 16px;font-size:22px;line-height:1.3',
  text: 'margin:0 0 16px',
  code: 'margin:0 0 16px;padding:12px;background-color:#f1f2f4;border-radius:4px;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:16px;overflow-wrap:anywhere',
  plainLink: 'margin:0 0 16px;font-size:13px;overflow-wrap:anywhere',
  footer:
    'margin:24px 0 0;padding-top:16px;border-top:1px solid #d8dadf;font-size:13px;color:#565b63',
}

const buttonStyle = (accent: string) =>
  `display:inline-block;padding:12px 20px;border-radius:6px;background-color:${accent};color:${readableOn(accent)};font-weight:600;text-decoration:none`

const anchor = (link: string, label: string, style: string) =>
  `<a href="${escapeHtml(link)}" style="${style}">${escapeHtml(label)}</a>`

function blockHtml(block: Block, { brand, values }: Page): string {
  switch (block.kind) {
    case 'button':
      // The address itself stands below: a button can hide where it leads.
      return `<p style="${styles.text}">${anchor(block.link, block.label, buttonStyle(brand.accentColor))}</p>
<p style="${styles.plainLink}">${anchor(block.link, block.link, 'color:#1a4fb4')}</p>`
    case 'code':
      return `<p style="${styles.code}"><code>${escapeHtml(block.code)}</code></p>`
    case 'text': {
      const text = fill(escapeHtml(block.text), name => escapeHtml(values.get(name) ?? ''))
      return `<p style="${styles.text}">${text.replaceAll('\n', '<br>\n')}</p>`
    }
  }
}

const logoHtml = ({ logoUrl, name }: Brand) =>
  logoUrl === null
    ? ''
    : `<p style="${styles.text}"><img src="${escapeHtml(logoUrl)}" alt="${escapeHtml(name)}" height="48" style="height:48px;max-width:100%;border:0"></p>\n`

/** The letter as HTML: one column, real text, every value escaped, nothing that must be loaded to be read. */
export function toHtml(page: Page): string {
  const { locale, subject, blocks, brand, footer } = page
  const title = escapeHtml(subject)
  const lines = footer.map(escapeHtml).join('\n').replaceAll('\n', '<br>\n')
  const closing = lines === '' ? '' : `\n<p style="${styles.footer}">${lines}</p>`
  return `<!doctype html>
<html lang="${escapeHtml(locale)}" dir="${directionOf(locale)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>${title}</title>
</head>
<body style="${styles.body}">
<div role="article" aria-label="${title}" lang="${escapeHtml(locale)}" style="${styles.card}">
${logoHtml(brand)}<h1 style="${styles.heading}">${title}</h1>
${blocks.map(block => blockHtml(block, page)).join('\n')}${closing}
</div>
</body>
</html>
`
}

function blockText(block: Block, { values }: Page): string {
  switch (block.kind) {
    case 'button':
      return block.label === block.link ? block.link : `${block.label}:\n${block.link}`
    case 'code':
      return `    ${block.code}`
    case 'text':
      return fill(block.text, name => values.get(name) ?? '')
  }
}

/** The same letter without markup. */
export const toText = (page: Page): string =>
  [...page.blocks.map(block => blockText(block, page)), page.footer.join('\n')]
    .filter(part => part !== '')
    .join('\n\n')
    .concat('\n')
