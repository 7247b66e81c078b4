/** An e-mail as it is compared: trimmed, NFKC, lower case. */
export const emailKey = (email: string) => email.trim().normalize('NFKC').toLowerCase()

/** Every spelling that reaches one letter box, as far as that can be told: no `+tag`, no dots or spaces at an end. */
export function letterBoxOf(email: string): string {
  const key = emailKey(email)
  const at = key.lastIndexOf('@')
  const local = key.slice(0, at).split('+', 1)[0] ?? ''
  const trimmed = (part: string) => part.replaceAll(/^[\s.]+|[\s.]+$/g, '')
  return `${trimmed(local)}@${trimmed(key.slice(at + 1))}`
}

/** Without the difference between capital and small letters: ß is ss, İ is i. */
export const foldCase = (text: string) => text.toUpperCase().toLowerCase().replaceAll('\u0307', '')

/**
 * A username as it is compared: NFKC, case folded (ß is ss, İ is i), runs of spaces as one.
 */
export const usernameKey = (username: string) =>
  foldCase(username.normalize('NFKC')).replaceAll(/ +/g, ' ')
