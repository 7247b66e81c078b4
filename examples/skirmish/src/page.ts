import { cloud } from './cloud.js'

export function write(id: string, text: string | number): void {
  const element = document.getElementById(id)
  if (element?.textContent !== `${text}`) element?.replaceChildren(`${text}`)
}

let hush: ReturnType<typeof setTimeout>

/** Says something for a moment. */
export function tell(notice: string): void {
  write('notice', notice)
  clearTimeout(hush)
  hush = setTimeout(write, 3_000, 'notice', '')
}

/** Brings one screen forward, with a notice if there is something to say; style.css hides the others. */
export function show(screen: 'sign-in' | 'lobby' | 'queue' | 'match' | 'end', notice = ''): void {
  document.body.dataset.screen = screen
  document.getElementById(screen)?.focus()
  clearTimeout(hush)
  write('notice', notice)
  cloud.analytics.trackScreen(screen)
}
