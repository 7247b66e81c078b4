const tag = /^\s*([a-z]{2,3}(?:-[a-z0-9]{2,8})*)\s*(?:;|$)/i

/** The first language of Accept-Language, which players write in the order of their wish; undefined for none or any. */
export function askedLanguage(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined {
  const [first = ''] = String(headers['accept-language'] ?? '').split(',', 1)
  const found = tag.exec(first)?.[1]
  return found !== undefined && found.length <= 35 ? found : undefined
}
