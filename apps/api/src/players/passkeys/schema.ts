import { z } from 'zod'
import { Id, text } from '../../gateway/shapes.js'

export { SignedIn } from '../auth/schema.js'

const encoded = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[\w-]+$/, 'is not base64url')

// WebAuthn §4: a credential id has up to 1023 bytes.
const CredentialId = encoded(1_364)

// Browsers may add fields to what they answer, so these are not strict: what is not named here is dropped.
const credential = {
  id: CredentialId,
  rawId: CredentialId,
  type: z.literal('public-key'),
  clientExtensionResults: z.object({}).default({}),
}

/** What `navigator.credentials.create` answered, as its `toJSON` writes it (WebAuthn §5.1, RegistrationResponseJSON). */
export const NewCredential = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: encoded(8_192),
      attestationObject: encoded(16_384),
      transports: z
        .array(z.string().regex(/^[a-z-]{1,32}$/))
        .max(10)
        .default([]),
    }),
  })
  .meta({ id: 'NewCredential' })

/** What `navigator.credentials.get` answered, as its `toJSON` writes it (AuthenticationResponseJSON). */
export const Assertion = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: encoded(8_192),
      authenticatorData: encoded(8_192),
      signature: encoded(8_192),
      /** The account, as the authenticator remembers it. */
      userHandle: encoded(128).nullish(),
    }),
  })
  .meta({ id: 'Assertion' })
export type Assertion = z.output<typeof Assertion>

const Descriptor = z.object({ id: z.string(), type: z.string() })

/** For `PublicKeyCredential.parseCreationOptionsFromJSON`. */
export const CreationOptions = z.object({
  options: z.object({
    challenge: z.string(),
    rp: z.object({ name: z.string(), id: z.string().optional() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    pubKeyCredParams: z.array(z.object({ type: z.string(), alg: z.int() })),
    timeout: z.int().optional(),
    excludeCredentials: z.array(Descriptor).optional(),
    authenticatorSelection: z
      .object({ residentKey: z.string().optional(), userVerification: z.string().optional() })
      .optional(),
    attestation: z.string().optional(),
  }),
})

/** For `PublicKeyCredential.parseRequestOptionsFromJSON`. */
export const RequestOptions = z.object({
  options: z.object({
    challenge: z.string(),
    rpId: z.string().optional(),
    timeout: z.int().optional(),
    userVerification: z.string().optional(),
  }),
})

export const Passkey = z
  .object({
    id: z.uuid(),
    name: z.string(),
    /** How the authenticator is reached: `internal`, `usb`, `hybrid` … */
    transports: z.array(z.string()),
    /** Whether it is kept elsewhere too, so that it survives the loss of the device. */
    backed_up: z.boolean(),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Passkey' })

export const NewPasskey = z.strictObject({
  credential: NewCredential,
  name: text(1, 100).optional(),
})
export const PasskeyLogin = z.strictObject({ credential: Assertion })
export const PasskeyName = z.strictObject({ name: text(1, 100) })
export const OnePasskey = z.strictObject({ passkey_id: Id })
export const PasskeyAnswer = z.object({ passkey: Passkey })
export const PasskeyList = z.object({ items: z.array(Passkey), next_cursor: z.null() })

const encodedText = (value: string) => Buffer.from(value).toString('base64url')

const exampleId = {
  id: encodedText('a passkey of Ada'),
  rawId: encodedText('a passkey of Ada'),
  type: 'public-key' as const,
}

/** Credentials in the shape that a browser writes; the docs show them, and the shared tests bend them. */
export const examples = {
  credential: {
    ...exampleId,
    response: {
      clientDataJSON: encodedText('{"type":"webauthn.create"}'),
      attestationObject: encodedText('what the authenticator attests'),
      transports: ['internal'],
    },
  },
  assertion: {
    ...exampleId,
    response: {
      clientDataJSON: encodedText('{"type":"webauthn.get"}'),
      authenticatorData: encodedText('what the authenticator saw'),
      signature: encodedText('its signature'),
    },
  },
}
