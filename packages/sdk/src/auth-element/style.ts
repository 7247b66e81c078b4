/** Colours meet WCAG 2.2 AA (4.5:1 for text); the accent is the studio's, its text black or white, whichever is readable. */
export const style = `
:host {
  display: block; font: 16px/1.5 system-ui, sans-serif; color: #1b2330;
  --accent: #1f5fd0; --on-accent: #fff; --paper: #fff; --line: #8a94a6; --soft: #4d5a6e;
}
:host([hidden]) { display: none }
* { box-sizing: border-box }
.card { background: var(--paper); border-radius: 14px; padding: 2rem 1.75rem; box-shadow: 0 10px 40px #10203326 }
header { text-align: center; margin-bottom: 1.25rem }
header img { max-height: 48px; max-width: 100% }
.brand { font-weight: 600; color: var(--soft); margin: 0 }
h1 { font-size: 1.375rem; line-height: 1.25; margin: .35rem 0 0; outline: none }
p { margin: 0 0 .75rem }
form { display: grid; gap: 1rem; margin: 0 }
.field { display: grid; gap: .3rem }
label { font-weight: 600; font-size: .9375rem }
.check { display: grid; grid-template-columns: auto 1fr; gap: .6rem; align-items: start; font-weight: 400 }
.check input { width: 1.25rem; height: 1.25rem; margin: .15rem 0 0; accent-color: var(--accent) }
.field :is(input, select) {
  font: inherit; color: inherit; background: transparent; padding: .6rem .75rem; min-height: 44px; width: 100%;
  border: 1px solid var(--line); border-radius: 8px;
}
.hint { color: var(--soft); font-size: .875rem; margin: 0 }
button {
  font: inherit; font-weight: 600; min-height: 44px; padding: .6rem 1rem; border-radius: 8px; cursor: pointer;
  border: 1px solid transparent; background: var(--accent); color: var(--on-accent); width: 100%;
}
button.plain { background: transparent; color: inherit; border-color: var(--line) }
button.link {
  background: none; border: 0; padding: .25rem; min-height: 0; width: auto; font-weight: 600;
  color: inherit; text-decoration: underline;
}
button[aria-busy=true] { opacity: .7; cursor: progress }
a { color: inherit; font-weight: 600 }
:is(a, button, input, select, h1):focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.or { display: flex; align-items: center; gap: .75rem; color: var(--soft); margin: 1.25rem 0 }
.or::before, .or::after { content: ''; flex: 1; border-top: 1px solid var(--line); opacity: .5 }
.ways { display: grid; gap: .6rem }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: center; margin-top: 1.25rem }
footer { color: var(--soft); font-size: .8125rem; text-align: center; margin-top: 1.25rem }
footer p { margin: 0 }
.alert { border-left: 4px solid #b3261e; background: #fdecea; color: #5f1412; padding: .6rem .8rem; border-radius: 6px; margin: 0 0 1rem }
.note { border-left: 4px solid var(--accent); background: #eef3fc; color: #1b2330; padding: .6rem .8rem; border-radius: 6px; margin: 0 0 1rem }
.alert:empty { display: none }
@media (prefers-color-scheme: dark) {
  :host { color: #e8edf5; --paper: #1a212c; --line: #6d7a90; --soft: #b2bdcc }
  option { background: #1a212c }
  .alert { background: #3b1513; color: #ffdad6 }
  .note { background: #1d2a40; color: #e8edf5 }
}
@media (prefers-reduced-motion: no-preference) { button { transition: filter .15s } button:hover { filter: brightness(1.08) } }
`

/** Black or white, whichever stands out more against a colour (WCAG 2.2, relative luminance). */
export function readableOn(color: string): string {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map(at => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b
  return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) ? '#000' : '#fff'
}
