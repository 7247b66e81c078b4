import type { LetterName } from '../catalogue.js'
import type { LetterText } from '../letter-text.js'

/** All letters in English, the language of who has chosen none. */
export const english: Readonly<Record<LetterName, LetterText>> = {
  verify_email: {
    subject: 'Confirm your e-mail address for {{game}}',
    body: `Hello {{username}},

please confirm that this address is yours. The link is good for 24 hours.

{{link}}

If the game asks for a code, it is this one:

{{code}}

If you did not ask for this, do nothing: without a confirmation nobody gets an account with your address.`,
    button: 'Confirm address',
  },
  already_registered: {
    subject: 'You already have an account for {{game}}',
    body: `Hello {{username}},

somebody tried to register with this address, but you have an account already. Nothing was changed.

If it was you, sign in as always; if you have forgotten the password, ask for a new one in the game.

If it was not you, there is nothing to do: whoever tried learned nothing.`,
  },
  reset_password: {
    subject: 'Set a new password for {{game}}',
    body: `Hello {{username}},

somebody, hopefully you, asked for a new password. The link is good for 30 minutes, and once.

{{link}}

If the game asks for a code, it is this one:

{{code}}

If it was not you, do nothing: your password stays as it is.`,
    button: 'Set a new password',
  },
  password_changed: {
    subject: 'Your password for {{game}} was changed',
    body: `Hello {{username}},

the password of your account was changed, and every other device was signed out.

When: {{time}}

From: {{device}}

If it was not you, ask for a new password in the game at once. Whoever has your old one cannot sign in any more.`,
  },
  email_change_notice: {
    subject: 'Somebody asked to change your address for {{game}}',
    body: `Hello {{username}},

your account is to get another e-mail address: {{new_email}}. Until it is confirmed there, this one stays.

If it was not you, change your password now: this also stops the change.`,
  },
  email_change_confirm: {
    subject: 'Confirm your new address for {{game}}',
    body: `Hello {{username}},

this is to become the e-mail address of your account. The link is good for 24 hours.

{{link}}

If the game asks for a code, it is this one:

{{code}}

If you did not ask for this, do nothing.`,
    button: 'Confirm new address',
  },
  email_changed: {
    subject: 'Your address for {{game}} was changed',
    body: `Hello {{username}},

the e-mail address of your account is now {{new_email}}. Letters do not come here any more.

If it was not you, write to the makers of {{game}}.`,
  },
  new_device: {
    subject: 'A new device signed in to {{game}}',
    body: `Hello {{username}},

a device that your account did not know has signed in.

Device: {{device}}

When: {{time}}

If it was not you, change your password: this signs out every other device.`,
  },
  second_factor_off: {
    subject: 'The second factor of your {{game}} account was turned off',
    body: `Hello {{username}},

your account asks for no second factor any more: from now on the password alone signs in.

When: {{time}}

From: {{device}}

If it was not you, change your password, which signs out every other device, and turn the second factor on again.`,
  },
  passkey_added: {
    subject: 'A passkey was added to your {{game}} account',
    body: `Hello {{username}},

your account has a new passkey. Whoever holds it signs in without a password.

When: {{time}}

From: {{device}}

If it was not you, remove it in the game, and change your password, which signs out every other device.`,
  },
  account_locked: {
    subject: 'Somebody is guessing your password for {{game}}',
    body: `Hello {{username}},

too many wrong passwords were tried on your account, so sign-ins from unknown devices have to wait for a while. Devices that you have used before are let in.

Until: {{until}}

If it was not you, nobody got in. A password that you use nowhere else keeps it so.`,
  },
  parental_consent_request: {
    subject: 'A child asks for your consent to play {{game}}',
    body: `A child who plays {{game}} named this address as that of a parent or guardian.

The name in the game: {{username}}

Please read what the game would do with the child's data, and say yes or no.

{{link}}

If you know nothing of this, do nothing: without your consent those data are not collected.`,
    button: 'Read and decide',
  },
  parental_consent_confirmed: {
    subject: 'Your consent for {{game}}',
    body: `Thank you: your consent was written down.

The name in the game: {{username}}

You can take it back at any time.

{{link}}`,
    button: 'See or take back',
  },
  inactive_account: {
    subject: 'Your account for {{game}} will be deleted soon',
    body: `Hello {{username}},

nobody has played with your account for a long time. What is not used we do not keep: the account and everything that belongs to it will be deleted.

When: {{time}}

To keep it, sign in once before then.`,
  },
  erasure_done: {
    subject: 'Your account for {{game}} was deleted',
    body: `Your account and everything that belonged to it was deleted, as you asked.

Receipt: {{receipt}}

This was the last letter: we do not have your address any more.`,
  },
  invitation: {
    subject: 'Join {{organization}} on {{game}}',
    body: `{{inviter}} invites you to work on the games of {{organization}}.

Your role would be: {{role}}

{{link}}

If you are asked for a code, it is this one:

{{code}}

If you do not know them, do nothing.`,
    button: 'Join',
  },
  member_verify_email: {
    subject: 'Confirm your e-mail address for {{game}}',
    body: `Hello {{name}},

please confirm that this address is yours.

{{link}}

The code:

{{code}}

It is good for {{minutes}} minutes, and once.

If you did not ask for this, do nothing.`,
    button: 'Confirm address',
  },
  member_reset_password: {
    subject: 'Set a new password for {{game}}',
    body: `Hello {{name}},

somebody, hopefully you, asked for a new password.

{{link}}

The code:

{{code}}

It is good for {{minutes}} minutes, and once.

If it was not you, do nothing: your password stays as it is.`,
    button: 'Set a new password',
  },
  member_notice: {
    subject: '{{title}}',
    body: `Hello {{name}},

{{message}}

{{link}}`,
    button: 'Open the studio',
  },
}

export const englishFooter = {
  sentFor: 'AeThex Cloud sent this letter for {{game}}.',
  platform: 'AeThex Cloud',
  support: 'Questions? Write to {{support}}.',
}
