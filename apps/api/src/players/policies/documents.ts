import type { DocumentRow, VersionRow } from './store.js'

/** The document in the language that comes nearest to the wanted one (RFC 4647 §3.4), else the first. */
export function inLanguage<Document extends { locale: string }>(
  documents: readonly Document[],
  wanted: string | undefined,
): Document | undefined {
  const subtags = wanted?.toLowerCase().split('-') ?? []
  for (let length = subtags.length; length > 0; length--) {
    const range = subtags.slice(0, length).join('-')
    const found = documents.find(({ locale }) => locale.toLowerCase() === range)
    if (found !== undefined) return found
  }
  // Somebody who reads de-AT reads de-DE rather than another language.
  const relative = documents.find(({ locale }) => locale.toLowerCase().split('-')[0] === subtags[0])
  return relative ?? documents[0]
}

export const ofVersion = (
  documents: readonly DocumentRow[],
  { kind, version }: { kind: string; version: number },
) => documents.filter(document => document.kind === kind && document.version === version)

/** A policy as one reader sees it. */
export function toPolicy(
  row: VersionRow,
  documents: readonly DocumentRow[],
  wanted: string | undefined,
) {
  const document = inLanguage(ofVersion(documents, row), wanted)
  if (document === undefined) throw new Error(`${row.kind} ${row.version} has no document`)
  return {
    kind: row.kind,
    version: row.version,
    locale: document.locale,
    title: document.title,
    url: document.url,
    text: document.body,
    hash: document.content_hash.toString('hex'),
    requires_acceptance: row.requires_acceptance,
    needs_reacceptance: row.needs_reacceptance,
    effective_from: row.effective_from.toISOString(),
  }
}

/** A version as the studio sees it: all languages, without the texts. */
export const toVersion = (row: VersionRow, documents: readonly DocumentRow[]) => ({
  ...row,
  effective_from: row.effective_from.toISOString(),
  published_at: row.published_at.toISOString(),
  documents: ofVersion(documents, row).map(({ locale, title, url, content_hash }) => ({
    locale,
    title,
    url,
    hash: content_hash.toString('hex'),
  })),
})
