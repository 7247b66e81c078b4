import { h } from '../auth-element/dom.js'
import { fill } from '../auth-element/texts.js'
import type { Cloud } from '../cloud.js'
import type { ConflictChoice, SaveConflict } from '../resources/saves/conflict.js'
import { createFields, type FieldsView } from './fields.js'
import type { Words } from './plain-words.js'
import { createSides, newerOf, type Picture } from './sides.js'
import { style } from './style.js'
import { textsIn } from './texts.js'

/** What a game adds to the dialog; both may be left out. */
export interface SaveDialogOptions {
  /** What players call a field, by its JSON pointer; undefined: the dialog makes a label of the path. */
  label?: (path: string, slot: string) => string | undefined
  /** A picture of what this device has saved: the server has only that of the other one. */
  picture?: (slot: string) => Blob | undefined | Promise<Blob | undefined>
}

type Saves = Cloud['saves']

interface Action {
  choice(): ConflictChoice
  text: string
  hint: string
}

const none: Picture = Promise.resolve(undefined)

/** The same conflict may be met again, when what waits is sent once more: choices that were made already stay. */
const isSameQuestion = (a: SaveConflict, b: SaveConflict): boolean =>
  a.theirs?.save.version === b.theirs?.save.version &&
  a.mine.made_at === b.mine.made_at &&
  JSON.stringify(a.preview) === JSON.stringify(b.preview)

/** Tab goes round in the dialog: by itself it would pass through the browser's own buttons. */
function keepFocus(dialog: HTMLDialogElement, event: KeyboardEvent): void {
  if (event.key !== 'Tab') return
  const stops = [...dialog.querySelectorAll<HTMLElement>('button, input:checked')]
  const focused = stops.findIndex(each => each.matches(':focus'))
  const isLeaving = event.shiftKey ? focused <= 0 : focused === stops.length - 1
  if (!isLeaving) return
  event.preventDefault()
  stops.at(event.shiftKey ? -1 : 0)?.focus()
}

/**
 * `<aethex-save-conflict>`: asks the player what is to become of two saves that were made apart. `attach(cloud)` opens
 * it for each conflict that nothing else settles. Fires `conflict-resolved` with `detail.slot` and `detail.choice`, and
 * `conflict-postponed` with `detail.slot`. Attributes: `locale`, and `theme` (`light`, `dark`; the system's unless said).
 */
export class SaveConflictElement extends HTMLElement {
  private readonly root = this.attachShadow({ mode: 'open' })
  private readonly waiting = new Map<string, SaveConflict>()
  private saves: Saves | undefined
  private options: SaveDialogOptions = {}
  private detach: (() => void) | undefined
  private shown: { slot: string; dialog: HTMLDialogElement } | undefined

  /** Asks about conflicts of this cloud, those that are open already too; answers the function that ends it. */
  attach(cloud: Pick<Cloud, 'saves'>, options: SaveDialogOptions = {}): () => void {
    this.detach?.()
    const { saves } = cloud
    this.saves = saves
    this.options = options
    const stop = saves.on('conflict', (slot, _mine, _error, conflict) => this.ask(slot, conflict))
    const detach = () => {
      stop()
      this.waiting.clear()
      this.close()
      this.saves = undefined
    }
    this.detach = detach
    this.open()
    return detach
  }

  /** Asks again about what the player wanted to decide later; false when nothing is open. */
  open(): boolean {
    for (const conflict of this.saves?.conflicts() ?? []) this.ask(conflict.save_id, conflict)
    return this.shown !== undefined
  }

  connectedCallback(): void {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(style)
    this.root.adoptedStyleSheets = [sheet]
    this.showNext()
  }

  disconnectedCallback(): void {
    this.close()
  }

  private ask(slot: string, conflict: SaveConflict): void {
    const asked = this.waiting.get(slot)
    this.waiting.set(slot, conflict)
    const isShown = this.shown?.slot === slot
    if (isShown && asked !== undefined && isSameQuestion(asked, conflict)) return
    // What is shown is not what there is any more.
    if (isShown) this.close()
    this.showNext()
  }

  private close(): void {
    const { shown } = this
    this.shown = undefined
    shown?.dialog.close()
    shown?.dialog.remove()
  }

  private done(slot: string, name?: string, detail: object = {}): void {
    this.waiting.delete(slot)
    this.close()
    if (name !== undefined) {
      const about = { detail: { slot, ...detail }, bubbles: true, composed: true }
      this.dispatchEvent(new CustomEvent(name, about))
    }
    this.showNext()
  }

  private showNext(): void {
    const [next] = this.waiting
    if (this.shown !== undefined || !this.isConnected || next === undefined) return
    const [slot, conflict] = next
    const dialog = this.dialog(slot, conflict)
    this.shown = { slot, dialog }
    this.root.append(dialog)
    // The browser keeps the focus in it, makes all else unreachable, and gives the focus back.
    dialog.showModal()
  }

  private words(): Words {
    const own = this.getAttribute('locale')
    const { language, ...words } = textsIn([...(own === null ? [] : [own]), ...navigator.languages])
    this.lang = language
    return words
  }

  private pictures(slot: string, { theirs }: SaveConflict): { mine: Picture; theirs: Picture } {
    const { saves, options } = this
    const own = async () => options.picture?.(slot)
    const other = async () => {
      const version = theirs?.save.version
      if (version === undefined) return undefined
      const answer = await saves?.thumbnail(slot, { version })
      return answer?.success ? answer.image : undefined
    }
    return { mine: own(), theirs: theirs?.save.thumbnail ? other() : none }
  }

  private dialog(slot: string, conflict: SaveConflict): HTMLDialogElement {
    const words = this.words()
    const { texts } = words
    const fields =
      conflict.merged === undefined || conflict.preview.length === 0
        ? undefined
        : createFields({
            conflict,
            words,
            newer: newerOf(conflict),
            label: path => this.options.label?.(path, slot),
          })
    const name = conflict.theirs?.save.name ?? conflict.mine.facts.name ?? slot
    const alert = h('div', { class: 'alert', role: 'alert' })
    const dialog = h(
      'dialog',
      { 'aria-labelledby': 'title', 'aria-describedby': 'intro', part: 'dialog' },
      h(
        'div',
        { class: 'body' },
        // Not a button: a key that was meant for the game must not decide anything.
        h('h2', { id: 'title', tabindex: '-1', autofocus: true }, texts.title),
        h('p', { id: 'intro', class: 'intro' }, fill(texts.intro, { name })),
        createSides(conflict, words, this.pictures(slot, conflict)),
        fields?.element,
        alert,
        this.actions(slot, conflict, { fields, words, alert }),
      ),
    )
    // Escape.
    dialog.addEventListener('cancel', event => {
      event.preventDefault()
      this.done(slot, 'conflict-postponed')
    })
    dialog.addEventListener('keydown', event => keepFocus(dialog, event))
    // What is typed here is not played.
    for (const kind of ['keydown', 'keyup', 'keypress']) {
      dialog.addEventListener(kind, event => event.stopPropagation())
    }
    return dialog
  }

  private actions(
    slot: string,
    { theirs }: SaveConflict,
    parts: { fields: FieldsView | undefined; words: Words; alert: HTMLElement },
  ): HTMLElement {
    const { fields, alert } = parts
    const { texts } = parts.words
    const isDeleted = theirs === null
    const merge = fields && {
      choice: () => ({ answers: fields.answers() }),
      text: texts.merge,
      hint: texts.merge_hint,
    }
    const actions: Action[] = [
      ...(merge === undefined ? [] : [merge]),
      {
        choice: () => 'mine',
        text: texts.keep_mine,
        hint: isDeleted ? texts.keep_mine_deleted_hint : texts.keep_mine_hint,
      },
      {
        choice: () => 'theirs',
        text: isDeleted ? texts.take_deleted : texts.take_theirs,
        hint: texts.take_theirs_hint,
      },
    ]
    if (!isDeleted) {
      actions.push({ choice: () => 'keep_both', text: texts.keep_both, hint: texts.keep_both_hint })
    }
    const group = h('div', { class: 'actions' })
    const button = ({ choice, text, hint }: Action, at: number) =>
      h(
        'button',
        {
          type: 'button',
          class: merge !== undefined && at === 0 ? 'lead' : undefined,
          click: () => void this.decide(slot, choice(), { group, alert, texts }),
        },
        text,
        h('small', {}, hint),
      )
    group.append(
      ...actions.map(button),
      h(
        'button',
        {
          type: 'button',
          class: 'link',
          click: () => this.done(slot, 'conflict-postponed'),
        },
        texts.later,
      ),
    )
    return group
  }

  private async decide(
    slot: string,
    choice: ConflictChoice,
    { group, alert, texts }: { group: HTMLElement; alert: HTMLElement; texts: Words['texts'] },
  ): Promise<void> {
    const buttons = [...group.querySelectorAll('button')]
    if (this.saves === undefined || buttons.some(each => each.ariaDisabled === 'true')) return
    // Disabled ones would lose the focus.
    for (const each of buttons) each.ariaDisabled = 'true'
    alert.textContent = ''
    const result = await this.saves.resolve(slot, choice)
    for (const each of buttons) each.ariaDisabled = null
    // Meanwhile another conflict may be shown.
    if (this.shown?.dialog.contains(group) !== true) return
    if (result.success) return this.done(slot, 'conflict-resolved', { choice })
    // Somebody else has decided.
    if (result.error.code === 'not_found') return this.done(slot)
    alert.textContent = fill(texts.failed, { reason: result.error.message })
  }
}

/** Makes `<aethex-save-conflict>` known to the page. */
export function defineSaveConflictElement(name = 'aethex-save-conflict'): void {
  if (customElements.get(name) === undefined) customElements.define(name, SaveConflictElement)
}
