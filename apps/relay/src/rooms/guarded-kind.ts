import type { Logger } from '@aethex/shared/log'
import type { RoomKind } from './room.js'

/**
 * The hooks of a kind, with nothing of what they throw by the clock reaching the node: one studio's mistake must not
 * end everybody's rooms. What `onState` and `onMessage` throw is told to the sender, as for every message.
 */
export function guardedKind(kind: RoomKind, log: Logger): RoomKind {
  const guard = <A extends unknown[], T>(
    name: string,
    hook: ((...args: A) => T) | undefined,
    otherwise: T,
  ) =>
    hook === undefined
      ? undefined
      : (...args: A): T => {
          try {
            return hook.apply(kind, args)
          } catch (error) {
            log.error({ err: error, hook: name }, 'a room kind failed')
            return otherwise
          }
        }
  const { onState, onMessage, onCreate } = kind
  const guarded = {
    hasAuthority: kind.hasAuthority,
    onCreate: onCreate?.bind(kind),
    onState: onState?.bind(kind),
    onMessage: onMessage?.bind(kind),
    onJoin: guard('onJoin', kind.onJoin, undefined),
    onTick: guard('onTick', kind.onTick, undefined),
    onLeave: guard('onLeave', kind.onLeave, undefined),
    onEmpty: guard('onEmpty', kind.onEmpty, undefined),
    isSeenBy: guard('isSeenBy', kind.isSeenBy, false),
    onMove: guard<[Parameters<NonNullable<RoomKind['onMove']>>[0]], unknown>(
      'onMove',
      kind.onMove,
      undefined,
    ),
  }
  return Object.fromEntries(Object.entries(guarded).filter(([, hook]) => hook !== undefined))
}
