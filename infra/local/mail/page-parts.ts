export const style = `
:root { color-scheme: light dark; --line: color-mix(in srgb, CanvasText 15%, Canvas);
  --quiet: color-mix(in srgb, CanvasText 65%, Canvas); --accent: #4f6ef7; }
* { box-sizing: border-box; }
body { margin: 0; height: 100dvh; display: grid; grid-template-columns: minmax(16rem, 24rem) 1fr;
  font: 15px/1.45 system-ui, sans-serif; background: Canvas; color: CanvasText; }
nav { display: flex; flex-direction: column; min-height: 0; border-right: 1px solid var(--line); }
nav header { display: flex; justify-content: space-between; align-items: center; padding: .75rem 1rem;
  border-bottom: 1px solid var(--line); }
h1 { font-size: 1.1rem; margin: 0; }
button { font: inherit; padding: .25rem .75rem; border: 1px solid var(--line); border-radius: .5rem;
  background: transparent; color: inherit; cursor: pointer; }
button:hover { border-color: var(--accent); }
ol { list-style: none; margin: 0; padding: 0; overflow-y: auto; flex: 1; }
li a { display: grid; gap: .1rem; padding: .7rem 1rem; border-bottom: 1px solid var(--line);
  border-left: 3px solid transparent; color: inherit; text-decoration: none; }
li a > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
li a:hover { background: color-mix(in srgb, var(--accent) 8%, Canvas); }
li a[aria-current] { border-left-color: var(--accent);
  background: color-mix(in srgb, var(--accent) 14%, Canvas); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
li span, time, dt, .hint { color: var(--quiet); font-size: .85rem; }
.hint { padding: 1.5rem; }
main { display: flex; flex-direction: column; min-width: 0; min-height: 0; overflow: auto; }
main header { padding: 1rem 1.5rem; border-bottom: 1px solid var(--line); }
h2 { font-size: 1.25rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .1rem 1rem; margin: 0; }
dd { margin: 0; overflow-wrap: anywhere; }
iframe { flex: 1; min-height: 20rem; width: 100%; border: 0; background: #fff; color-scheme: light; }
pre { margin: 0; padding: 1rem 1.5rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .9rem; }
details { border-top: 1px solid var(--line); }
summary { padding: .6rem 1.5rem; cursor: pointer; }
@media (max-width: 45rem) { body { grid-template-columns: 1fr; grid-template-rows: 40dvh 1fr; }
  nav { border-right: 0; border-bottom: 1px solid var(--line); } }
`

/** Swaps the list for a fresh one every two seconds, and leaves the mail being read alone. */
export const refreshScript = `
const list = document.getElementById('list')
let known = list.innerHTML
async function refresh() {
  if (document.hidden) return
  const answer = await fetch(location.href)
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const html = fresh.getElementById('list').innerHTML
  if (html !== known) list.innerHTML = known = html
  document.title = fresh.title
}
document.getElementById('clear').addEventListener('click', async () => {
  await fetch('/api/mails', { method: 'DELETE' })
  location.href = '/'
})
setInterval(() => refresh().catch(() => {}), 2000)
`
