import { createHash } from 'node:crypto'
import { Reply } from '@aethex/shared/http'

// What the letters carry stands behind the #: `pc_…` asks for consent, `pt_…` looks after one that was given.
const script = `const main = document.querySelector('main')
const code = new URLSearchParams(location.hash.slice(1)).get('code') ?? ''
const meanings = {
  analytics: 'how the game is played may be measured',
  marketing: 'news and offers may be sent',
  voice: 'talking to other players',
  chat: 'writing to other players',
  third_parties: 'data may be given to other companies'
}

function add(parent, tag, text, attributes = {}) {
  const element = Object.assign(document.createElement(tag), attributes)
  if (text) element.textContent = text
  parent.append(element)
  return element
}

async function call(method, path, body) {
  const response = await fetch('/api/v1/privacy/parental-consent' + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  const answer = await response.json()
  if (!response.ok) throw answer
  return answer
}

function say(text) {
  let line = document.querySelector('[role=status]')
  line ??= add(main, 'p', '', { role: 'status' })
  line.textContent = text
}

const refusals = {
  code_invalid: 'This link has expired, was used before, or was replaced by a newer letter.',
  stronger_consent_required: 'The law wants more than a letter for giving data to other companies. Please leave that out.'
}

async function attempt(work) {
  try {
    await work()
  } catch (refusal) {
    say(refusals[refusal.code] ?? 'That did not work. Please try again in a moment.')
  }
}

function addGrants(parent, allowed) {
  const fields = add(parent, 'fieldset')
  add(fields, 'legend', 'What I allow beside the account itself')
  for (const [name, meaning] of Object.entries(meanings)) {
    const label = add(fields, 'label')
    add(label, 'input', '', { type: 'checkbox', name, checked: allowed.includes(name) })
    label.append(' ' + meaning)
  }
  return () => Object.fromEntries([...fields.querySelectorAll('input')].map(box => [box.name, box.checked]))
}

function addButton(parent, text, work) {
  add(parent, 'button', text, { type: 'button' }).addEventListener('click', () => attempt(work))
}

async function showRequest() {
  const notice = await call('POST', '/notice', { code })
  main.replaceChildren()
  add(main, 'h1', 'A child asks for your consent')
  add(main, 'p', 'The name in the game: ' + notice.child.username)
  add(main, 'p', 'A child may play without your consent, but then tells nobody who they are, and none of the following is allowed. Your address is deleted if you do not answer.')
  for (const policy of notice.policies) {
    if (policy.url) add(add(main, 'p'), 'a', policy.title, { href: policy.url, rel: 'noreferrer' })
    else {
      const details = add(main, 'details')
      add(details, 'summary', policy.title)
      add(details, 'pre', policy.text)
    }
  }
  const form = add(main, 'form')
  const grants = addGrants(form, [])
  const label = add(form, 'label')
  add(label, 'input', '', { type: 'checkbox', required: true, name: 'statement' })
  label.append(' I am a parent or guardian of this child, and I agree.')
  add(form, 'button', 'I agree', { type: 'submit' })
  form.addEventListener('submit', event => {
    event.preventDefault()
    attempt(async () => {
      const answer = await call('POST', '', { code, grants: grants(), statement: true })
      main.replaceChildren()
      add(main, 'h1', 'Thank you')
      add(main, 'p', 'Your consent was written down. A second letter will confirm it, and say how to take it back.')
      add(add(main, 'p'), 'a', 'Look after it now', { href: '#code=' + answer.parent_token })
    })
  })
}

async function showConsent() {
  const parent_token = code
  const review = await call('POST', '/review', { parent_token })
  main.replaceChildren()
  add(main, 'h1', 'Your consent')
  const facts = add(main, 'ul')
  add(facts, 'li', 'The name in the game: ' + review.child.username)
  if (review.child.email) add(facts, 'li', 'The e-mail of the account: ' + review.child.email)
  add(facts, 'li', 'The account was made on ' + review.child.created_at.slice(0, 10))
  add(facts, 'li', 'You agreed on ' + review.consent.given_at.slice(0, 10))
  if (review.consent.revoked_at) add(facts, 'li', 'You took it back on ' + review.consent.revoked_at.slice(0, 10))
  else {
    const grants = addGrants(main, review.consent.grants)
    addButton(main, 'Save', async () => {
      await call('PUT', '/grants', { parent_token, grants: grants() })
      say('Saved.')
    })
    addButton(main, 'Take my consent back', async () => {
      await call('POST', '/revoke', { parent_token })
      await showConsent()
    })
  }
  addButton(main, 'Delete the account', async () => {
    if (!confirm('Delete the account and everything in it? There is no way back.')) return
    await call('POST', '/erase', { parent_token })
    main.replaceChildren()
    add(main, 'h1', 'The account is being deleted')
  })
}

addEventListener('hashchange', () => location.reload())
attempt(code.startsWith('pt_') ? showConsent : showRequest)`

const style = `body { font: 1.05rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 40rem; padding: 0 1rem }
label { display: block; margin: .5rem 0 } fieldset { margin: 1rem 0 } pre { white-space: pre-wrap }
button { font: inherit; margin: .5rem .5rem .5rem 0; padding: .5rem 1rem }`

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

const policy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>For parents</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main><p>One moment …</p></main>
<noscript><p>This page needs JavaScript.</p></noscript>
<script>${script}</script>
</body>
</html>
`

/** The page that the letters to parents lead to. What it shows comes as text, never as HTML. */
export const parentPageReply = () =>
  new Reply(page, {
    headers: { 'content-security-policy': policy, 'referrer-policy': 'no-referrer' },
  })
