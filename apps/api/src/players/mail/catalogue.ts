/** How a value is checked and shown. */
export type ValueKind = 'text' | 'message' | 'email' | 'code' | 'link' | 'time'

export interface ValueDefinition {
  about: string
  kind: ValueKind
  /** Without it the letter is worth nothing, and is not sent. Where another is missing, its paragraph is left out. */
  required?: boolean
  /** What previews show. */
  sample: string
}

export interface LetterDefinition {
  about: string
  /** Players' letters bear the game's name, and a studio may word them; members' letters are the platform's. */
  reader: 'player' | 'member'
  /** The page of ours that takes the `code`; the letter then has a `link` to it. */
  page?: 'verify' | 'reset'
  /** Whether nothing of the letter is kept once it is sent. */
  forget?: boolean
  values: Readonly<Record<string, ValueDefinition>>
}

const text = (about: string, sample: string): ValueDefinition => ({ about, kind: 'text', sample })
const needed = (definition: ValueDefinition): ValueDefinition => ({ ...definition, required: true })

const username = text('the name of the player', 'Ada')
const code = needed({
  about: 'the code; the letter also links to the page that takes it',
  kind: 'code',
  sample: 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6',
})
const newEmail: ValueDefinition = {
  about: 'the new address, all but its first letter and its domain left out',
  kind: 'email',
  sample: 'a…@example.com',
}
const link: ValueDefinition = {
  about: 'a page below PUBLIC_URL; any other address is refused',
  kind: 'link',
  sample: '/example',
}
const time = (about: string): ValueDefinition => ({
  about,
  kind: 'time',
  sample: '2026-03-01T18:30:00.000Z',
})
const device = text('what the device calls itself', 'Firefox on Linux')
const memberName = text('the name of the member', 'Grace')
const memberCode = needed({ ...code, about: 'the code' })
const minutes = text('how long the code is good', '30')

/** Every letter there is, and the values that whoever queues it hands over. All values are texts. */
export const letters = {
  verify_email: {
    about: 'asks to prove an address, also to finish a registration',
    reader: 'player',
    page: 'verify',
    values: { code, username },
  },
  already_registered: {
    about: 'goes to the owner of an account whose address somebody registered again',
    reader: 'player',
    values: { username },
  },
  reset_password: {
    about: 'lets set a new password',
    reader: 'player',
    page: 'reset',
    values: { code, username },
  },
  password_changed: {
    about: 'says that the password was changed',
    reader: 'player',
    values: { username, device, time: time('when it was changed') },
  },
  email_change_notice: {
    about: 'says at the old address that somebody asked for another one',
    reader: 'player',
    values: { username, new_email: newEmail },
  },
  email_change_confirm: {
    about: 'asks at the new address to confirm it',
    reader: 'player',
    page: 'verify',
    values: { code, username },
  },
  email_changed: {
    about: 'says at the old address that it is not the address of the account any more',
    reader: 'player',
    values: { username, new_email: newEmail },
  },
  new_device: {
    about: 'says that a device signed in for the first time',
    reader: 'player',
    values: { username, device, time: time('when it signed in') },
  },
  second_factor_off: {
    about: 'says that the second factor was turned off',
    reader: 'player',
    values: { username, device, time: time('when it was turned off') },
  },
  passkey_added: {
    about: 'says that a passkey was added, which signs in from now on',
    reader: 'player',
    values: { username, device, time: time('when it was added') },
  },
  account_locked: {
    about: 'says that too many wrong passwords were tried',
    reader: 'player',
    values: { username, until: time('when it opens again') },
  },
  parental_consent_request: {
    about: 'asks a parent or guardian for their consent',
    reader: 'player',
    values: { username, link: needed(link) },
  },
  parental_consent_confirmed: {
    about: 'says that a parent or guardian has consented, and where to take it back',
    reader: 'player',
    values: { username, link },
  },
  inactive_account: {
    about: 'says that an account nobody uses will be deleted, and when',
    reader: 'player',
    values: { username, time: needed(time('when it will be deleted')) },
  },
  erasure_done: {
    about: 'says that the account and everything of it was deleted',
    reader: 'player',
    forget: true,
    values: { receipt: text('the id of the receipt', '01890000-0000-7000-8000-000000000000') },
  },
  invitation: {
    about: 'invites somebody into an organisation',
    reader: 'member',
    values: {
      organization: needed(text('the name of the organisation', 'Analytical Engines')),
      inviter: text('who invites', 'Grace'),
      role: text('the role they would have', 'developer'),
      link,
      code: { ...memberCode, required: false },
    },
  },
  member_verify_email: {
    about: 'asks a member to prove their address',
    reader: 'member',
    values: { name: memberName, code: memberCode, link, minutes },
  },
  member_reset_password: {
    about: 'lets a member set a new password',
    reader: 'member',
    values: { name: memberName, code: memberCode, link, minutes },
  },
  member_notice: {
    about: 'tells a member something of their account or organisation',
    reader: 'member',
    values: {
      title: needed(text('the subject', 'Your organisation has changed')),
      message: needed({ about: 'what there is to say', kind: 'message', sample: 'Hello.' }),
      name: memberName,
      link,
    },
  },
} as const satisfies Record<string, LetterDefinition>

export type LetterName = keyof typeof letters

export const letterNames = Object.keys(letters) as LetterName[]

/** A letter that bears the game's name, and that a studio may word itself. */
export type PlayerLetter = {
  [Name in LetterName]: (typeof letters)[Name]['reader'] extends 'player' ? Name : never
}[LetterName]

export const isLetter = (name: string): name is LetterName => Object.hasOwn(letters, name)

export const isPlayerLetter = (name: LetterName): name is PlayerLetter =>
  letters[name].reader === 'player'

export const playerLetters = letterNames.filter(isPlayerLetter)

export const letterCalled = (name: LetterName): LetterDefinition => letters[name]

/** What every letter may say beside its own values. */
const everywhere = ['game', 'support'] as const

/** The placeholders that a text of this letter may hold. */
export function placeholdersOf(name: LetterName): ReadonlySet<string> {
  const { page, values } = letterCalled(name)
  return new Set([...everywhere, ...Object.keys(values), ...(page === undefined ? [] : ['link'])])
}
