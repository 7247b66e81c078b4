import { cloud } from './cloud.js'

/** Puts text into the element with this id. */
export function write(id: string, text: string | number): void {
  document.getElementById(id)?.replaceChildren(String(text))
}

/** Brings one screen forward; style.css hides the others. */
export function show(screen: 'sign-in' | 'lobby' | 'queue' | 'match' | 'end'): void {
  document.body.dataset.screen = screen
  document.getElementById(screen)?.focus()
  cloud.analytics.trackScreen(screen)
}
