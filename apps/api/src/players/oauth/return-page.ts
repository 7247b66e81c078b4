import { createHash } from 'node:crypto'
import { Reply } from '@aethex/shared/http'
import type { Flow } from './flow.js'

// The page may run this one script and nothing else; what it needs stands in attributes of the body.
const script = `const { origin, message, elsewhere } = document.body.dataset
if (window.opener) {
  window.opener.postMessage(JSON.parse(message), origin)
  window.close()
} else location.replace(elsewhere)`

const scriptHash = createHash('sha256').update(script).digest('base64')

const policy = [
  "default-src 'none'",
  `script-src 'sha256-${scriptHash}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const escaped = (text: string) =>
  text.replaceAll(/[&<>"']/g, character => `&#${character.codePointAt(0)};`)

const attributes = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([name, value]) => `data-${name}="${escaped(value)}"`)
    .join(' ')

/** The game's own address with the code behind it. */
function addressWith({ redirectUri, gameState }: Flow, code: string): URL {
  const url = new URL(redirectUri)
  url.searchParams.append('code', code)
  if (gameState !== undefined) url.searchParams.append('state', gameState)
  return url
}

const quiet = { 'referrer-policy': 'no-referrer' }

/** Hands the code to the game: by redirect, or from a popup to the window that opened it and to no other origin. */
export function leadBack(flow: Flow, code: string, setCookie: string) {
  const address = addressWith(flow, code)
  if (flow.mode !== 'popup') {
    const headers = { ...quiet, 'set-cookie': setCookie, location: address.href }
    return new Reply('', { status: 302, headers })
  }
  const message = { type: 'aethex.signed_in', code, state: flow.gameState ?? null }
  const data = attributes({
    origin: address.origin,
    message: JSON.stringify(message),
    elsewhere: address.href,
  })
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Back to the game</title>
<body ${data}>
<p>You may close this window.</p>
<script>${script}</script>
</html>
`
  return new Reply(page, {
    headers: { ...quiet, 'set-cookie': setCookie, 'content-security-policy': policy },
  })
}
