import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { views } from './schema.js'

/** What is made once, when it is first asked for: importing this file needs no built SDK. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** The web component of the SDK in one file: the pages are made of what games may embed themselves. */
export const script = once(() =>
  readFileSync(createRequire(import.meta.url).resolve('@aethex/sdk/aethex-auth.min.js'), 'utf8'),
)

export const styles = `
:root { color-scheme: light dark }
* { box-sizing: border-box }
body {
  margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem 1rem;
  font: 16px/1.5 system-ui, sans-serif; background: #eef1f6; color: #1b2330;
}
main { width: 100%; max-width: 26rem }
noscript p { background: #fff; border-radius: .75rem; padding: 1.5rem }
@media (prefers-color-scheme: dark) { body { background: #10151d; color: #e8edf5 } }
`

// A new build has new addresses, so that browsers may keep what they have.
const editionOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)
const edition = once(() => editionOf(script() + styles))

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const inMarkup = (text: string) => text.replaceAll(/[&<>"']/g, letter => escapes[letter] ?? '')

const titles: Record<(typeof views)[number], string> = {
  'sign-in': 'Sign in',
  'sign-up': 'Create an account',
  forgot: 'Reset your password',
  reset: 'Choose a new password',
  verify: 'Confirm your e-mail',
  device: 'Connect a device',
}

export interface PageFacts {
  view: (typeof views)[number]
  key: string
  name: string
}

/** A hosted page: a shell around the web component, which does the rest in the browser. */
export const pageOf = ({ view, key, name }: PageFacts) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${titles[view]} – ${inMarkup(name)}</title>
<link rel="stylesheet" href="/auth/assets/page.css?v=${edition()}">
<link rel="icon" href="data:,">
<script type="module" src="/auth/assets/aethex-auth.js?v=${edition()}"></script>
</head>
<body>
<main>
<aethex-auth api-key="${inMarkup(key)}" url="" view="${view}" hosted></aethex-auth>
<noscript><p>This page needs JavaScript.</p></noscript>
</main>
</body>
</html>
`

const captchaHosts: Record<string, string> = {
  hcaptcha: 'https://hcaptcha.com https://*.hcaptcha.com',
  turnstile: 'https://challenges.cloudflare.com',
}

/** Only our own script runs, and nobody frames the page; a captcha of a third party is let in where it is wanted. */
export function securityPolicy(captcha: string): string {
  const hosts = captchaHosts[captcha] ?? ''
  return [
    "default-src 'none'",
    `script-src 'self' ${hosts}`,
    `style-src 'self' ${hosts}`,
    `frame-src ${hosts === '' ? "'none'" : hosts}`,
    `connect-src 'self' ${hosts}`,
    'img-src https: data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
    .map(rule => rule.trim())
    .join('; ')
}
