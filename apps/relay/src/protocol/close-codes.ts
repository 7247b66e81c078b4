/** Why a socket is closed by us (RFC 6455 §7.4; from 4000 on our own: do not dial again with the same ticket). */
export const closeCodes = {
  protocolError: 1002,
  unreadable: 1007,
  policy: 1008,
  restart: 1012,
  unauthorized: 4001,
  forbidden: 4003,
  replaced: 4009,
} as const

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes]

/** A frame that cannot be understood at all: the socket is closed with this code. */
export class UnreadableFrame extends Error {
  constructor(
    readonly closeCode: CloseCode,
    reason: string,
  ) {
    super(reason)
  }
}
