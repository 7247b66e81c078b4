/** An e-mail as it is compared: trimmed, NFKC, lower case. */
export const emailKey = (email: string) => email.trim().normalize('NFKC').toLowerCase()

/** A username as it is compared: NFKC, lower case. */
export const usernameKey = (username: string) => username.normalize('NFKC').toLowerCase()
