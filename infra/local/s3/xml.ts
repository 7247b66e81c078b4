import { S3Error } from './errors.js'

const namedEntities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** One XML element whose content is XML already. */
export function element(name: string, ...content: string[]): string {
  return `<${name}>${content.join('')}</${name}>`
}

/** One XML element holding text; markup and control characters become character references. */
export function textElement(name: string, value: string | number | boolean): string {
  return element(name, escapeXml(String(value)))
}

/** A whole XML answer. */
export function xmlDocument(root: string, ...content: string[]): string {
  const opening = `<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`
  return `<?xml version="1.0" encoding="UTF-8"?>\n${opening}${content.join('')}</${root}>`
}

function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold control characters
  return text.replace(/[&<>"'\u0000-\u001f\u007f]/g, char => `&#${char.charCodeAt(0)};`)
}

/** The inner XML of every element of that name; the bodies S3 clients send use no attributes there. */
export function readElements(xml: string, name: string): string[] {
  const found: string[] = []
  let from = 0
  for (;;) {
    const open = xml.indexOf(`<${name}>`, from)
    if (open < 0) return found
    const start = open + name.length + 2
    const end = xml.indexOf(`</${name}>`, start)
    if (end < 0) throw new S3Error('MalformedXML')
    found.push(xml.slice(start, end))
    from = end
  }
}

/** The text of the first element of that name. */
export function readText(xml: string, name: string): string | undefined {
  return readElements(xml, name).map(decodeEntities)[0]
}

function decodeEntities(text: string): string {
  return text.replace(/&([^;&]*);/g, (_, entity: string) => {
    const named = namedEntities[entity]
    if (named !== undefined) return named
    const number = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(entity)
    const codePoint = number?.[1]
      ? Number.parseInt(number[1], 16)
      : Number(number?.[2] ?? Number.NaN)
    if (!(codePoint <= 0x10ffff)) throw new S3Error('MalformedXML')
    return String.fromCodePoint(codePoint)
  })
}
