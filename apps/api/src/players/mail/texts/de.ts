import type { PlayerLetter } from '../catalogue.js'
import type { LetterText } from '../letter-text.js'

/** The letters to players in German. */
export const german: Readonly<Record<PlayerLetter, LetterText>> = {
  verify_email: {
    subject: 'Bestätige deine E-Mail-Adresse für {{game}}',
    body: `Hallo {{username}},

bitte bestätige, dass diese Adresse dir gehört. Der Link gilt 24 Stunden.

{{link}}

Fragt das Spiel nach einem Code, dann ist es dieser:

{{code}}

Wenn du das nicht wolltest, musst du nichts tun: Ohne Bestätigung bekommt niemand ein Konto mit deiner Adresse.`,
    button: 'Adresse bestätigen',
  },
  already_registered: {
    subject: 'Du hast schon ein Konto für {{game}}',
    body: `Hallo {{username}},

jemand wollte sich mit dieser Adresse anmelden, aber du hast schon ein Konto. Es wurde nichts geändert.

Warst du es, melde dich an wie immer; hast du das Passwort vergessen, fordere im Spiel ein neues an.

Warst du es nicht, ist nichts zu tun: Wer es versucht hat, hat nichts erfahren.`,
  },
  reset_password: {
    subject: 'Neues Passwort für {{game}}',
    body: `Hallo {{username}},

jemand, hoffentlich du, möchte ein neues Passwort setzen. Der Link gilt 30 Minuten und nur einmal.

{{link}}

Fragt das Spiel nach einem Code, dann ist es dieser:

{{code}}

Warst du es nicht, musst du nichts tun: Dein Passwort bleibt, wie es ist.`,
    button: 'Neues Passwort setzen',
  },
  password_changed: {
    subject: 'Dein Passwort für {{game}} wurde geändert',
    body: `Hallo {{username}},

das Passwort deines Kontos wurde geändert, und alle anderen Geräte wurden abgemeldet.

Wann: {{time}}

Von: {{device}}

Warst du es nicht, fordere im Spiel sofort ein neues Passwort an. Mit dem alten kommt niemand mehr hinein.`,
  },
  email_change_notice: {
    subject: 'Jemand möchte deine Adresse für {{game}} ändern',
    body: `Hallo {{username}},

dein Konto soll eine andere E-Mail-Adresse bekommen: {{new_email}}. Bis sie dort bestätigt ist, bleibt es bei dieser.

Warst du es nicht, ändere jetzt dein Passwort: Das hält auch die Änderung auf.`,
  },
  email_change_confirm: {
    subject: 'Bestätige deine neue Adresse für {{game}}',
    body: `Hallo {{username}},

dies soll die E-Mail-Adresse deines Kontos werden. Der Link gilt 24 Stunden.

{{link}}

Fragt das Spiel nach einem Code, dann ist es dieser:

{{code}}

Wenn du das nicht wolltest, musst du nichts tun.`,
    button: 'Neue Adresse bestätigen',
  },
  email_changed: {
    subject: 'Deine Adresse für {{game}} wurde geändert',
    body: `Hallo {{username}},

die E-Mail-Adresse deines Kontos ist jetzt {{new_email}}. Hierher kommen keine Briefe mehr.

Warst du es nicht, schreibe denen, die {{game}} machen.`,
  },
  new_device: {
    subject: 'Ein neues Gerät hat sich bei {{game}} angemeldet',
    body: `Hallo {{username}},

ein Gerät, das dein Konto nicht kannte, hat sich angemeldet.

Gerät: {{device}}

Wann: {{time}}

Warst du es nicht, ändere dein Passwort: Das meldet alle anderen Geräte ab.`,
  },
  second_factor_off: {
    subject: 'Der zweite Faktor deines Kontos für {{game}} wurde abgeschaltet',
    body: `Hallo {{username}},

dein Konto fragt nicht mehr nach einem zweiten Faktor: Von nun an genügt das Passwort.

Wann: {{time}}

Von: {{device}}

Warst du es nicht, ändere dein Passwort, das meldet alle anderen Geräte ab, und schalte den zweiten Faktor wieder ein.`,
  },
  passkey_added: {
    subject: 'Dein Konto für {{game}} hat einen neuen Passkey',
    body: `Hallo {{username}},

deinem Konto wurde ein Passkey hinzugefügt. Wer ihn hat, meldet sich ohne Passwort an.

Wann: {{time}}

Von: {{device}}

Warst du es nicht, entferne ihn im Spiel und ändere dein Passwort: Das meldet alle anderen Geräte ab.`,
  },
  account_locked: {
    subject: 'Jemand rät dein Passwort für {{game}}',
    body: `Hallo {{username}},

für dein Konto wurden zu viele falsche Passwörter versucht. Unbekannte Geräte müssen deshalb eine Weile warten; Geräte, die du schon benutzt hast, kommen hinein.

Bis: {{until}}

Warst du es nicht: Es ist niemand hineingekommen. Ein Passwort, das du nur hier benutzt, sorgt dafür, dass es so bleibt.`,
  },
  parental_consent_request: {
    subject: 'Ein Kind bittet um deine Einwilligung für {{game}}',
    body: `Ein Kind, das {{game}} spielt, hat diese Adresse als die eines Elternteils oder Vormunds genannt.

Der Name im Spiel: {{username}}

Bitte lies, was das Spiel mit den Daten des Kindes tun würde, und sage Ja oder Nein.

{{link}}

Weißt du nichts davon, musst du nichts tun: Ohne deine Einwilligung werden diese Daten nicht erhoben.`,
    button: 'Lesen und entscheiden',
  },
  parental_consent_confirmed: {
    subject: 'Deine Einwilligung für {{game}}',
    body: `Danke: Deine Einwilligung ist festgehalten.

Der Name im Spiel: {{username}}

Du kannst sie jederzeit zurücknehmen.

{{link}}`,
    button: 'Ansehen oder zurücknehmen',
  },
  inactive_account: {
    subject: 'Dein Konto für {{game}} wird bald gelöscht',
    body: `Hallo {{username}},

mit deinem Konto hat seit langer Zeit niemand gespielt. Was niemand braucht, behalten wir nicht: Das Konto und alles, was dazugehört, wird gelöscht.

Wann: {{time}}

Um es zu behalten, melde dich vorher einmal an.`,
  },
  erasure_done: {
    subject: 'Dein Konto für {{game}} wurde gelöscht',
    body: `Dein Konto und alles, was dazugehörte, wurde gelöscht, wie du es wolltest.

Beleg: {{receipt}}

Dies war der letzte Brief: Deine Adresse haben wir nicht mehr.`,
  },
}

export const germanFooter = {
  sentFor: 'AeThex Cloud hat diesen Brief für {{game}} verschickt.',
  support: 'Fragen? Schreibe an {{support}}.',
}
