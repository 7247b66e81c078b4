import { route } from '../../gateway/context.js'
import { DeviceCode, DeviceTrade, SignedIn, UserCode, WaitingDevice } from './schema.js'
import { decideDeviceCode, describeDevice, startDeviceCode, tradeDeviceCode } from './service.js'

const newCodes = { name: 'device-codes', quota: 120, windowSeconds: 600 }

/** For games on consoles, televisions and headsets: the player says yes on another device. */
export const deviceRoutes = [
  route({
    id: 'device.code',
    method: 'post',
    path: '/api/v1/auth/device/code',
    summary: 'Answers a code for the player to type elsewhere, and one for the device to ask with.',
    auth: ['client'],
    returns: DeviceCode,
    errors: ['not_found', 'busy'],
    budget: newCodes,
    handle: ctx => startDeviceCode(ctx),
  }),
  route({
    id: 'device.token',
    method: 'post',
    path: '/api/v1/auth/device/token',
    summary: 'Asks whether the player has said yes; not more often than `interval` says.',
    auth: ['client'],
    body: DeviceTrade,
    example: { device_code: 'the code that the device got' },
    returns: SignedIn,
    errors: [
      'authorization_pending',
      'slow_down',
      'device_code_expired',
      'sign_in_denied',
      'second_factor_required',
      'account_banned',
      'account_closed',
    ],
    handle: (ctx, { body }) => tradeDeviceCode(ctx, body.device_code),
  }),
  route({
    id: 'device.describe',
    method: 'post',
    path: '/api/v1/auth/device/describe',
    summary: 'Which device shows this code, for the player to recognise it.',
    auth: ['player'],
    body: UserCode,
    example: { user_code: 'BCDF-GHJK' },
    returns: WaitingDevice,
    errors: ['code_invalid'],
    handle: (ctx, { body }) => describeDevice(ctx, body.user_code),
  }),
  route({
    id: 'device.approve',
    method: 'post',
    path: '/api/v1/auth/device/approve',
    summary: 'Signs the caller in on the device that shows this code.',
    auth: ['player'],
    body: UserCode,
    example: { user_code: 'BCDF-GHJK' },
    errors: ['code_invalid', 'reauthentication_required'],
    handle: (ctx, { body }) => decideDeviceCode(ctx, body.user_code, 'approved'),
  }),
  route({
    id: 'device.deny',
    method: 'post',
    path: '/api/v1/auth/device/deny',
    summary: 'Turns the device that shows this code away.',
    auth: ['player'],
    body: UserCode,
    example: { user_code: 'BCDF-GHJK' },
    errors: ['code_invalid'],
    handle: (ctx, { body }) => decideDeviceCode(ctx, body.user_code, 'denied'),
  }),
]
