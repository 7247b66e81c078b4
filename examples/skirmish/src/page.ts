import { cloud } from './cloud.js'

export function write(id: string, text: string | number): void {
  const element = document.getElementById(id)
  if (element?.textContent !== `${text}`) element?.replaceChildren(`${text}`)
}

/** Brings one screen forward, with a notice if there is something to say; style.css hides the others. */
export function show(screen: 'sign-in' | 'lobby' | 'queue' | 'match' | 'end', notice = ''): void {
  document.body.dataset.screen = screen
  document.getElementById(screen)?.focus()
  write('notice', notice)
  cloud.analytics.trackScreen(screen)
}
