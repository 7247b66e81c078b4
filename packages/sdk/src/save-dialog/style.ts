/** Colours meet WCAG 2.2 AA (4.5:1 for text, 3:1 for borders of controls). A page sets the variables on the element. */
const dark = `
  color-scheme: dark; color: var(--text, #e8edf5); --p: var(--paper, #1a212c); --l: var(--line, #6d7a90);
  --s: var(--soft, #b2bdcc); --w: var(--wash, #232c3a); --a: var(--accent, #8ab4f8); --oa: var(--on-accent, #0b1220);
`

export const style = `
:host {
  color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: var(--text, #1b2330);
  --p: var(--paper, #fff); --l: var(--line, #76819a); --s: var(--soft, #4d5a6e); --w: var(--wash, #f2f5fa);
  --a: var(--accent, #1f5fd0); --oa: var(--on-accent, #fff);
}
@media (prefers-color-scheme: dark) { :host(:not([theme=light])) {${dark}} }
:host([theme=dark]) {${dark}}
* { box-sizing: border-box }
dialog {
  color: inherit; background: var(--p); border: 0; border-radius: 14px; padding: 0; width: min(46rem, calc(100vw - 2rem));
  max-height: calc(100dvh - 2rem); box-shadow: 0 18px 60px #0009; overflow: auto; overscroll-behavior: contain;
}
dialog::backdrop { background: #0b1220b3 }
.body { padding: 1.75rem 1.75rem 1.5rem }
h2 { font-size: 1.375rem; line-height: 1.25; margin: 0 0 .5rem; outline: none }
h3 { font-size: 1rem; line-height: 1.35; margin: 0 }
p { margin: 0 }
.intro { color: var(--s); margin-bottom: 1.25rem }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; margin-bottom: 1.5rem }
.side { display: flex; gap: 1rem; border: 1px solid var(--l); border-radius: 10px; padding: .9rem 1rem }
.side > div { min-width: 0 }
.side h3 { overflow-wrap: anywhere }
canvas { flex: none; width: 6.5rem; height: 6.5rem; border-radius: 6px; background: var(--w); object-fit: cover }
dl { display: grid; grid-template-columns: auto 1fr; gap: .1rem .75rem; margin: .4rem 0 0; font-size: .9375rem }
dt { color: var(--s) }
dd { margin: 0; overflow-wrap: break-word }
.badges { display: flex; flex-wrap: wrap; gap: .35rem; margin-top: .6rem }
.badges span { background: var(--w); border-radius: 99px; padding: .1rem .65rem; font-size: .8125rem; font-weight: 600 }
.hint { color: var(--s); font-size: .875rem }
.fields { list-style: none; margin: .75rem 0 1.5rem; padding: 0; border-top: 1px solid var(--l) }
.fields li { border-bottom: 1px solid var(--l); padding: .75rem 0 }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0 }
legend, .label { display: flex; flex-wrap: wrap; gap: .1rem .75rem; align-items: baseline; padding: 0; font-weight: 600; width: 100%; overflow-wrap: anywhere }
legend .hint, .label .hint { font-weight: 400 }
.values { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .5rem; margin-top: .45rem }
.value { display: block; background: var(--w); border: 1px solid transparent; border-radius: 8px; padding: .45rem .7rem; overflow-wrap: anywhere; min-width: 0 }
.value .hint { display: block; font-size: .8125rem }
.value.result { background: transparent; border-color: var(--l) }
label.value { display: grid; grid-template-columns: auto 1fr; gap: 0 .6rem; align-items: center; align-content: center; border-color: var(--l); min-height: 44px; cursor: pointer }
label.value input { width: 1.25rem; height: 1.25rem; margin: 0; accent-color: var(--a); grid-row: span 2 }
label.value:has(input:checked) { border-color: var(--a); box-shadow: inset 0 0 0 1px var(--a) }
.actions { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem }
.actions .lead { grid-column: 1 / -1 }
button {
  font: inherit; font-weight: 600; min-height: 44px; padding: .6rem 1rem; border-radius: 8px; cursor: pointer; text-align: center;
  border: 1px solid var(--l); background: transparent; color: inherit;
}
button small { display: block; font-weight: 400; font-size: .8125rem }
button.lead { background: var(--a); color: var(--oa); border-color: var(--a) }
button.link { border: 0; text-decoration: underline }
button.link:nth-child(3) { grid-column: 1 / -1 }
button[aria-disabled=true] { opacity: .65; cursor: progress }
:is(button, input):focus-visible { outline: 3px solid var(--a); outline-offset: 2px }
.alert { border-left: 4px solid #b3261e; background: #fdecea; color: #5f1412; padding: .6rem .8rem; border-radius: 6px; margin: 0 0 1rem }
.alert:empty { display: none }
@media (min-width: 34rem) and (min-height: 46rem) {
  .actions { position: sticky; bottom: 0; background: var(--p); margin: 0 -1.75rem -1.5rem; padding: 1rem 1.75rem 1rem; border-top: 1px solid var(--l) }
}
@media (max-width: 34rem) {
  .body { padding: 1.25rem 1.1rem }
  .sides, .actions, dl { grid-template-columns: 1fr }
  dt { font-size: .8125rem }
  canvas { width: 5rem; height: 5rem }
}
@media (prefers-reduced-motion: no-preference) { dialog[open] { animation: rise .18s ease-out } }
@keyframes rise { from { opacity: 0; transform: translateY(.75rem) } }
`
