/** An e-mail as it is compared: trimmed, NFKC, lower case. */
export const emailKey = (email: string) => email.trim().normalize('NFKC').toLowerCase()

/**
 * A username as it is compared: NFKC, case folded (ß is ss, İ is i), runs of spaces as one.
 */
export const usernameKey = (username: string) =>
  username
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .replaceAll('\u0307', '')
    .replaceAll(/ +/g, ' ')
