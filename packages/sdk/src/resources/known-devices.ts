import type { Store } from '../core/storage.js'

const name = 'known-devices'
/** Of the accounts that sign in here; the server reads as many. */
const mostTokens = 5

/** The tokens by which accounts know this device: nobody who guesses from elsewhere can lock them out here. */
export interface KnownDevices {
  /** What a sign-in with a password carries. */
  headers(): Record<string, string>
  /** Keeps the token of a sign-in, if it brought one. */
  keep(token: string | undefined): void
}

export function createKnownDevices(store: Store): KnownDevices {
  const read = () => store.readList<unknown>(name).filter(token => typeof token === 'string')
  return {
    headers() {
      const tokens = read()
      return tokens.length === 0 ? {} : { 'x-device-token': tokens.join(',') }
    },
    keep(token) {
      if (token === undefined) return
      const others = read().filter(known => known !== token)
      store.writeList(name, [token, ...others].slice(0, mostTokens))
    },
  }
}
