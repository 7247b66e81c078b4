import { escapeHtml } from './escape-html.js'
import type { Mail, MailSummary } from './mail.js'
import { refreshScript, style } from './page-parts.js'

// A mail's own HTML gets no script, no network and no window but a new one for a link that is clicked.
const mailRules = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'`
const mailSandbox = 'allow-popups allow-popups-to-escape-sandbox'

/** The page's Content-Security-Policy; a mail shown in the page inherits it. */
export function pageRules(nonce: string): string {
  return [
    mailRules,
    `script-src 'nonce-${nonce}'`,
    `connect-src 'self'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ')
}

/** The whole page: the list of mails and the one that is open. */
export function renderPage(mails: MailSummary[], shown: Mail | undefined, nonce: string): string {
  const title = mails.length > 0 ? `Mails (${mails.length})` : 'Mails'
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<nav>
<header><h1>Mails</h1><button type="button" id="clear">Delete all</button></header>
<ol id="list" aria-label="Mails, newest first">${renderList(mails, shown?.id)}</ol>
</nav>
<main>${shown ? renderMail(shown) : '<p class="hint">Choose a mail to read it here.</p>'}</main>
<script nonce="${nonce}">${refreshScript}</script>
</body>
</html>
`
}

function renderList(mails: MailSummary[], shownId: string | undefined): string {
  if (mails.length === 0) return '<li class="hint">No mail yet. It appears here by itself.</li>'
  return mails.map(mail => renderEntry(mail, mail.id === shownId)).join('\n')
}

function renderEntry(mail: MailSummary, isShown: boolean): string {
  return `<li><a href="/?mail=${escapeHtml(mail.id)}"${isShown ? ' aria-current="true"' : ''}>
<strong>${subjectOf(mail)}</strong>
<span>${escapeHtml(mail.to.join(', '))}</span>
${timeOf(mail)}</a></li>`
}

function renderMail(mail: Mail): string {
  const raw = `/api/mails/${escapeHtml(mail.id)}/raw`
  return `<header>
<h2>${subjectOf(mail)}</h2>
<dl>
<dt>From</dt><dd>${escapeHtml(mail.from)}</dd>
<dt>To</dt><dd>${escapeHtml(mail.to.join(', '))}</dd>
<dt>Received</dt><dd>${timeOf(mail)} · <a href="${raw}">download .eml</a></dd>
</dl>
</header>
${renderBody(mail)}`
}

function renderBody({ text, html }: Mail): string {
  if (html === null) return `<pre>${linked(text ?? '')}</pre>`
  const plain =
    text === null ? '' : `<details><summary>Text</summary><pre>${linked(text)}</pre></details>`
  return `<iframe title="The mail" sandbox="${mailSandbox}" srcdoc="${escapeHtml(framed(html))}"></iframe>${plain}`
}

function framed(html: string): string {
  return `<!doctype html><meta http-equiv="Content-Security-Policy" content="${mailRules}"><meta charset="utf-8"><base target="_blank">${html}`
}

function linked(text: string): string {
  // Splitting with a group leaves the addresses at the odd places.
  const parts = text.split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)])/)
  return parts.map((part, i) => (i % 2 === 1 ? link(escapeHtml(part)) : escapeHtml(part))).join('')
}

function link(address: string): string {
  return `<a href="${address}" target="_blank" rel="noreferrer">${address}</a>`
}

function subjectOf(mail: MailSummary): string {
  return escapeHtml(mail.subject || '(no subject)')
}

function timeOf(mail: MailSummary): string {
  const readable = mail.received_at.slice(0, 19).replace('T', ' ')
  return `<time datetime="${mail.received_at}">${readable} UTC</time>`
}
