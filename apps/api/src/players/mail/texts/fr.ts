import type { PlayerLetter } from '../catalogue.js'
import type { LetterText } from '../letter-text.js'

/** The letters to players in French. */
export const french: Readonly<Record<PlayerLetter, LetterText>> = {
  verify_email: {
    subject: 'Confirmez votre adresse pour {{game}}',
    body: `Bonjour {{username}},

merci de confirmer que cette adresse est la vôtre. Le lien est valable 24 heures.

{{link}}

Si le jeu demande un code, c'est celui-ci :

{{code}}

Si vous n'avez rien demandé, ne faites rien : sans confirmation, personne n'aura de compte à votre adresse.`,
    button: "Confirmer l'adresse",
  },
  already_registered: {
    subject: 'Vous avez déjà un compte pour {{game}}',
    body: `Bonjour {{username}},

quelqu'un a voulu s'inscrire avec cette adresse, mais vous avez déjà un compte. Rien n'a été modifié.

Si c'était vous, connectez-vous comme d'habitude ; si vous avez oublié le mot de passe, demandez-en un nouveau dans le jeu.

Si ce n'était pas vous, il n'y a rien à faire : cette personne n'a rien appris.`,
  },
  reset_password: {
    subject: 'Nouveau mot de passe pour {{game}}',
    body: `Bonjour {{username}},

quelqu'un, vous sans doute, a demandé un nouveau mot de passe. Le lien est valable 30 minutes et une seule fois.

{{link}}

Si le jeu demande un code, c'est celui-ci :

{{code}}

Si ce n'était pas vous, ne faites rien : votre mot de passe reste le même.`,
    button: 'Choisir un mot de passe',
  },
  password_changed: {
    subject: 'Votre mot de passe pour {{game}} a changé',
    body: `Bonjour {{username}},

le mot de passe de votre compte a été changé, et tous les autres appareils ont été déconnectés.

Quand : {{time}}

Depuis : {{device}}

Si ce n'était pas vous, demandez tout de suite un nouveau mot de passe dans le jeu. L'ancien n'ouvre plus rien.`,
  },
  email_change_notice: {
    subject: "Quelqu'un veut changer votre adresse pour {{game}}",
    body: `Bonjour {{username}},

votre compte doit recevoir une autre adresse : {{new_email}}. Tant qu'elle n'est pas confirmée, celle-ci reste valable.

Si ce n'était pas vous, changez votre mot de passe maintenant : cela arrête aussi ce changement.`,
  },
  email_change_confirm: {
    subject: 'Confirmez votre nouvelle adresse pour {{game}}',
    body: `Bonjour {{username}},

cette adresse doit devenir celle de votre compte. Le lien est valable 24 heures.

{{link}}

Si le jeu demande un code, c'est celui-ci :

{{code}}

Si vous n'avez rien demandé, ne faites rien.`,
    button: 'Confirmer la nouvelle adresse',
  },
  email_changed: {
    subject: 'Votre adresse pour {{game}} a changé',
    body: `Bonjour {{username}},

l'adresse de votre compte est maintenant {{new_email}}. Plus aucun courrier n'arrivera ici.

Si ce n'était pas vous, écrivez aux auteurs de {{game}}.`,
  },
  new_device: {
    subject: "Un nouvel appareil s'est connecté à {{game}}",
    body: `Bonjour {{username}},

un appareil que votre compte ne connaissait pas s'est connecté.

Appareil : {{device}}

Quand : {{time}}

Si ce n'était pas vous, changez votre mot de passe : tous les autres appareils seront déconnectés.`,
  },
  second_factor_off: {
    subject: 'Le second facteur de votre compte {{game}} a été désactivé',
    body: `Bonjour {{username}},

votre compte ne demande plus de second facteur : le mot de passe suffit désormais.

Quand : {{time}}

Depuis : {{device}}

Si ce n'était pas vous, changez votre mot de passe, ce qui déconnecte tous les autres appareils, et réactivez le second facteur.`,
  },
  passkey_added: {
    subject: "Une clé d'accès a été ajoutée à votre compte {{game}}",
    body: `Bonjour {{username}},

votre compte a une nouvelle clé d'accès. Qui la possède se connecte sans mot de passe.

Quand : {{time}}

Depuis : {{device}}

Si ce n'était pas vous, retirez-la dans le jeu et changez votre mot de passe : tous les autres appareils seront déconnectés.`,
  },
  account_locked: {
    subject: "Quelqu'un cherche votre mot de passe pour {{game}}",
    body: `Bonjour {{username}},

trop de mots de passe faux ont été essayés sur votre compte : les appareils inconnus doivent donc attendre un moment. Ceux que vous avez déjà utilisés peuvent entrer.

Jusqu'à : {{until}}

Si ce n'était pas vous, personne n'est entré. Un mot de passe que vous n'utilisez nulle part ailleurs vous protège.`,
  },
  parental_consent_request: {
    subject: 'Un enfant demande votre accord pour {{game}}',
    body: `Un enfant qui joue à {{game}} a donné cette adresse comme celle d'un parent ou tuteur.

Le nom dans le jeu : {{username}}

Merci de lire ce que le jeu ferait des données de l'enfant, et de dire oui ou non.

{{link}}

Si vous n'en savez rien, ne faites rien : sans votre accord, ces données ne sont pas recueillies.`,
    button: 'Lire et décider',
  },
  parental_consent_confirmed: {
    subject: 'Votre accord pour {{game}}',
    body: `Merci : votre accord a été enregistré.

Le nom dans le jeu : {{username}}

Vous pouvez le retirer à tout moment.

{{link}}`,
    button: 'Consulter ou retirer',
  },
  inactive_account: {
    subject: 'Votre compte pour {{game}} sera bientôt supprimé',
    body: `Bonjour {{username}},

personne n'a joué avec votre compte depuis longtemps. Nous ne gardons pas ce qui ne sert plus : le compte et tout ce qui lui appartient seront supprimés.

Quand : {{time}}

Pour le garder, connectez-vous une fois avant cette date.`,
  },
  erasure_done: {
    subject: 'Votre compte pour {{game}} a été supprimé',
    body: `Votre compte et tout ce qui lui appartenait ont été supprimés, comme vous l'avez demandé.

Reçu : {{receipt}}

Ceci était le dernier courrier : nous n'avons plus votre adresse.`,
  },
}

export const frenchFooter = {
  sentFor: 'AeThex Cloud a envoyé ce courrier pour {{game}}.',
  support: 'Des questions ? Écrivez à {{support}}.',
}
